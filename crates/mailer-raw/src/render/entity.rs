//! The tree of MIME parts (RFC 2045, RFC 2046).

use mailer::{Attachment, Draft};

use super::{base64_lines, body::Body, boundary::Boundaries, field::Field, line::CRLF, parameter};

/// A part with its content.
pub(super) enum Entity<'a> {
    /// A text, of the subtype `plain` or `html`.
    Text { subtype: &'static str, text: &'a str },
    /// A file.
    File(&'a Attachment),
    /// Several parts: `mixed`, or `alternative` ones, the best last (RFC 2046 §5.1.4).
    Multipart { subtype: &'static str, parts: Vec<Entity<'a>> },
}

impl<'a> Entity<'a> {
    /// Creates the tree of a draft, as flat as possible. It always has a body, which may be empty.
    pub(super) fn from_draft(draft: &'a Draft) -> Self {
        let body = Self::from_texts(draft.text.as_deref(), draft.html.as_deref());
        if draft.attachments.is_empty() {
            return body;
        }
        let files = draft.attachments.iter().map(Self::File);
        Self::Multipart { subtype: "mixed", parts: std::iter::once(body).chain(files).collect() }
    }

    fn from_texts(text: Option<&'a str>, html: Option<&'a str>) -> Self {
        let plain = |text| Self::Text { subtype: "plain", text };
        match (text, html.map(|text| Self::Text { subtype: "html", text })) {
            (Some(text), Some(html)) => {
                Self::Multipart { subtype: "alternative", parts: vec![plain(text), html] }
            }
            (None, Some(html)) => html,
            (text, None) => plain(text.unwrap_or_default()),
        }
    }

    /// Returns the approximate size in bytes: a guess that saves allocations.
    pub(super) fn size_hint(&self) -> usize {
        const HEADER: usize = 256;
        HEADER
            + match self {
                Self::Text { text, .. } => text.len() + text.len() / 2,
                Self::File(file) => base64_lines::encoded_len(file.content.len()),
                Self::Multipart { parts, .. } => parts.iter().map(Self::size_hint).sum(),
            }
    }

    /// Writes the header, an empty line and the body.
    pub(super) fn write(&self, boundaries: &mut Boundaries, out: &mut String) {
        match self {
            Self::Text { subtype, text } => write_text(subtype, text, out),
            Self::File(file) => write_file(file, out),
            Self::Multipart { subtype, parts } => write_parts(subtype, parts, boundaries, out),
        }
    }
}

fn write_text(subtype: &str, text: &str, out: &mut String) {
    let body = Body::new(text);
    write_field("Content-Type", &format!("text/{subtype}"), &["charset=utf-8".into()], out);
    Field::write("Content-Transfer-Encoding", body.encoding_name(), out);
    out.push_str(CRLF);
    body.write(out);
}

/// Writes a file in base64, whatever its type, so that no server can change it.
fn write_file(file: &Attachment, out: &mut String) {
    let name = file.name.as_str();
    let file_name = if name.is_empty() { Vec::new() } else { parameter::encode("filename", name) };
    write_field("Content-Type", file.type_when_encoded().as_str(), &charset_of(file), out);
    Field::write("Content-Transfer-Encoding", "base64", out);
    write_field("Content-Disposition", "attachment", &file_name, out);
    out.push_str(CRLF);
    base64_lines::encode(&file.content, out);
}

/// Returns `charset=utf-8` for a text file that is valid UTF-8. Without a charset a text means ASCII
/// (RFC 2046 §4.1.2), and readers that guess another one may be wrong.
fn charset_of(file: &Attachment) -> Vec<String> {
    let is_text = file.media_type.as_str().to_ascii_lowercase().starts_with("text/");
    let is_utf8 = is_text && std::str::from_utf8(&file.content).is_ok();
    if is_utf8 { vec!["charset=utf-8".into()] } else { Vec::new() }
}

fn write_parts(subtype: &str, parts: &[Entity], boundaries: &mut Boundaries, out: &mut String) {
    let boundary = boundaries.next();
    let quoted = format!("boundary=\"{boundary}\"");
    write_field("Content-Type", &format!("multipart/{subtype}"), &[quoted], out);
    out.push_str(CRLF);
    for part in parts {
        out.extend(["--", &boundary, CRLF]);
        part.write(boundaries, out);
        // The line end before a boundary belongs to it, not to the part (RFC 2046 §5.1.1).
        out.push_str(CRLF);
    }
    out.extend(["--", &boundary, "--", CRLF]);
}

/// Writes a field with a value and its parameters, folded between them.
fn write_field(name: &str, value: &str, parameters: &[String], out: &mut String) {
    let mut field = Field::begin(name, out);
    let mut word = value;
    for parameter in parameters {
        field.word(&format!("{word};"));
        word = parameter;
    }
    field.word(word);
    field.end();
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use mailer::HeaderText;

    use super::*;

    fn draft() -> Draft {
        let from = "ann@example.com".parse().unwrap();
        Draft::new(from, SystemTime::UNIX_EPOCH, "1@example.com".parse().unwrap())
    }

    fn file(media_type: &str, content: &[u8]) -> Attachment {
        let name = HeaderText::new("a").unwrap();
        Attachment::new(name, media_type.parse().unwrap(), content)
    }

    fn written(draft: &Draft) -> String {
        let mut out = String::new();
        Entity::from_draft(draft).write(&mut Boundaries::new(&draft.message_id), &mut out);
        out
    }

    #[test]
    fn the_tree_is_as_flat_as_possible() {
        let mut draft = draft();
        assert!(matches!(Entity::from_draft(&draft), Entity::Text { subtype: "plain", text: "" }));
        draft.html = Some("<p>".into());
        assert!(matches!(
            Entity::from_draft(&draft),
            Entity::Text { subtype: "html", text: "<p>" }
        ));
        draft.text = Some("p".into());
        assert!(matches!(
            Entity::from_draft(&draft),
            Entity::Multipart { subtype: "alternative", .. }
        ));
        draft.attachments = vec![file("image/png", b"")];
        let Entity::Multipart { subtype: "mixed", parts } = Entity::from_draft(&draft) else {
            panic!("files and texts are mixed");
        };
        assert!(matches!(parts[0], Entity::Multipart { subtype: "alternative", .. }));
        assert!(matches!(parts[1], Entity::File(_)));
    }

    #[test]
    fn every_kind_of_part_is_written() {
        let mut draft = draft();
        draft.text = Some("text".into());
        draft.html = Some("<p>".into());
        draft.attachments = vec![file("image/png", &[0; 3])];
        let wanted = [
            "Content-Type: multipart/mixed; boundary=\"=_1_096e1bde572d9c21\"",
            "",
            "--=_1_096e1bde572d9c21",
            "Content-Type: multipart/alternative; boundary=\"=_2_096e1bde572d9c21\"",
            "",
            "--=_2_096e1bde572d9c21",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 7bit",
            "",
            "text",
            "",
            "--=_2_096e1bde572d9c21",
            "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: 7bit",
            "",
            "<p>",
            "",
            "--=_2_096e1bde572d9c21--",
            "",
            "--=_1_096e1bde572d9c21",
            "Content-Type: image/png",
            "Content-Transfer-Encoding: base64",
            "Content-Disposition: attachment; filename=\"a\"",
            "",
            "AAAA",
            "",
            "--=_1_096e1bde572d9c21--",
            "",
        ];
        assert_eq!(written(&draft).split(CRLF).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn a_file_gets_a_charset_only_if_it_is_utf_8_text() {
        for (media_type, content, wanted) in [
            ("text/csv", "ä".as_bytes(), "text/csv; charset=utf-8"),
            ("text/csv", b"\xE4", "text/csv"),
            ("application/json", b"{}", "application/json"),
            ("message/rfc822", b"A: b\r\n\r\n", "application/octet-stream"),
            ("Multipart/Mixed", b"", "application/octet-stream"),
        ] {
            let mut out = String::new();
            write_file(&file(media_type, content), &mut out);
            assert_eq!(out.split(CRLF).next(), Some(&*format!("Content-Type: {wanted}")));
        }
    }
}

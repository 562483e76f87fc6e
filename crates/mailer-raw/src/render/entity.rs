//! The tree of MIME parts (RFC 2045, RFC 2046).

use mailer::{Attachment, ContentId, Draft, InlineFile};

use super::{base64_lines, body::Body, boundary::Boundaries, field::Field, line::CRLF, parameter};

/// The subtype of an HTML text with the files that it shows.
const RELATED: &str = "related";

/// A part with its content.
pub(super) enum Entity<'a> {
    /// A text, of the subtype `plain` or `html`.
    Text { subtype: &'static str, text: &'a str },
    /// An attached file.
    File(&'a Attachment),
    /// A file that an HTML text shows.
    Inline(&'a InlineFile),
    /// Several parts: `mixed`, or `alternative` ones, the best last (RFC 2046 §5.1.4), or an HTML text and the
    /// files `related` to it (RFC 2387).
    Multipart { subtype: &'static str, parts: Vec<Entity<'a>> },
}

impl<'a> Entity<'a> {
    /// Creates the tree of a draft, as flat as possible. It always has a body, which may be empty.
    pub(super) fn from_draft(draft: &'a Draft) -> Self {
        let inline = draft.inline_files.as_slice();
        // Without an HTML text, nothing shows them.
        let (shown, attached) =
            if draft.html.is_some() { (inline, &[][..]) } else { (&[][..], inline) };
        let body = Self::from_texts(draft.text.as_deref(), draft.html.as_deref(), shown);
        let attached = attached.iter().map(|inline| Self::File(&inline.file));
        let mut files = attached.chain(draft.attachments.iter().map(Self::File)).peekable();
        if files.peek().is_none() {
            return body;
        }
        Self::Multipart { subtype: "mixed", parts: std::iter::once(body).chain(files).collect() }
    }

    fn from_texts(text: Option<&'a str>, html: Option<&'a str>, shown: &'a [InlineFile]) -> Self {
        let plain = |text| Self::Text { subtype: "plain", text };
        let html = html.map(|text| {
            let html = Self::Text { subtype: "html", text };
            if shown.is_empty() {
                return html;
            }
            let parts = std::iter::once(html).chain(shown.iter().map(Self::Inline)).collect();
            Self::Multipart { subtype: RELATED, parts }
        });
        match (text, html) {
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
                Self::Inline(inline) => base64_lines::encoded_len(inline.file.content.len()),
                Self::Multipart { parts, .. } => parts.iter().map(Self::size_hint).sum(),
            }
    }

    /// Writes the header, an empty line and the body.
    pub(super) fn write(&self, boundaries: &mut Boundaries, out: &mut String) {
        match self {
            Self::Text { subtype, text } => write_text(subtype, text, out),
            Self::File(file) => write_file(file, None, out),
            Self::Inline(inline) => write_file(&inline.file, Some(&inline.content_id), out),
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

/// Writes a file in base64, whatever its type, so that no server can change it. A file with a Content-ID is
/// shown in the text that refers to it.
fn write_file(file: &Attachment, id: Option<&ContentId>, out: &mut String) {
    let name = file.name.as_str();
    let file_name = if name.is_empty() { Vec::new() } else { parameter::encode("filename", name) };
    write_field("Content-Type", file.type_when_encoded().as_str(), &charset_of(file), out);
    Field::write("Content-Transfer-Encoding", "base64", out);
    if let Some(id) = id {
        Field::write("Content-ID", format!("<{id}>"), out);
    }
    let disposition = if id.is_some() { "inline" } else { "attachment" };
    write_field("Content-Disposition", disposition, &file_name, out);
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
    let mut parameters = vec![format!("boundary=\"{boundary}\"")];
    if subtype == RELATED {
        // The type of the first part is required (RFC 2387 §3.1).
        parameters.insert(0, "type=\"text/html\"".into());
    }
    write_field("Content-Type", &format!("multipart/{subtype}"), &parameters, out);
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
    fn files_are_related_to_the_html_text_that_shows_them() {
        let mut draft = draft();
        draft.text = Some("text".into());
        let logo = "logo".parse().unwrap();
        draft.inline_files = vec![InlineFile::new(logo, file("image/png", b""))];
        let attached = Entity::from_draft(&draft);
        let Entity::Multipart { subtype: "mixed", parts } = attached else { panic!("not mixed") };
        assert!(matches!(parts[1], Entity::File(_)));

        draft.html = Some("<img src=cid:logo>".into());
        let Entity::Multipart { subtype: "alternative", parts } = Entity::from_draft(&draft) else {
            panic!("two texts are alternatives");
        };
        let Entity::Multipart { subtype: RELATED, parts } = &parts[1] else {
            panic!("not related")
        };
        assert!(matches!(parts[..], [Entity::Text { subtype: "html", .. }, Entity::Inline(_)]));
        let written = written(&draft);
        let field = "Content-Type: multipart/related; type=\"text/html\";\r\n boundary=";
        assert!(written.contains(field), "{written}");
        assert!(
            written.contains("Content-ID: <logo>\r\nContent-Disposition: inline; filename=\"a\"")
        );
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
            write_file(&file(media_type, content), None, &mut out);
            assert_eq!(out.split(CRLF).next(), Some(&*format!("Content-Type: {wanted}")));
        }
    }
}

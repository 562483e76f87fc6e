//! The places at which two stored versions of a message differ, and why.
//!
//! Both versions are read by a MIME parser: what it reads alike is written in different ways, and the reason says
//! in which.

use mail_parser::{
    Header, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders as _,
    PartType,
};
use similar::{ChangeTag, TextDiff};

use crate::difference_reason::DifferenceReason;

/// The most lines that a version shows of a place.
const MAX_LINES: usize = 8;

/// A place at which two versions differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDifference {
    /// The header field or the part.
    pub place: String,
    /// The lines of the reference; empty if it has none.
    pub reference: String,
    /// The lines of the other version.
    pub other: String,
    /// Why they differ.
    pub reason: DifferenceReason,
}

/// Returns the differences of two versions, in the order of the reference; none if one cannot be parsed.
pub(crate) fn stored_differences(reference: &[u8], other: &[u8]) -> Vec<StoredDifference> {
    let parser = MessageParser::default();
    let (Some(one), Some(two)) = (parser.parse(reference), parser.parse(other)) else {
        return Vec::new();
    };
    let (one, two) = (Version::new(&one), Version::new(&two));
    let mut differences = Vec::new();
    let (shape, other_shape) = (one.shape(), two.shape());
    if shape != other_shape {
        let place = "parts of the message";
        differences.push(StoredDifference::new(
            place,
            &shape,
            &other_shape,
            DifferenceReason::Structure,
        ));
        differences.extend(one.headers(&two, 0));
        return differences;
    }
    for index in 0..one.message.parts.len() {
        differences.extend(one.headers(&two, index));
        differences.extend(one.body(&two, index));
    }
    differences.extend(one.end(&two));
    differences
}

impl StoredDifference {
    fn new(place: &str, reference: &str, other: &str, reason: DifferenceReason) -> Self {
        let [reference, other] = [reference, other].map(first_lines);
        Self { place: place.to_owned(), reference, other, reason }
    }
}

/// The first lines of a text, and how many more there are.
fn first_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let count = text.lines().count();
    // A single line is as short as the note that it was left out.
    if count <= MAX_LINES + 1 {
        return text.to_owned();
    }
    let shown: Vec<&str> = text.lines().take(MAX_LINES).collect();
    format!("{}\n... {} more lines", shown.join("\n"), count - MAX_LINES)
}

/// A parsed version of the message.
struct Version<'a> {
    message: &'a Message<'a>,
}

impl<'a> Version<'a> {
    fn new(message: &'a Message<'a>) -> Self {
        Self { message }
    }

    fn part(&self, index: usize) -> Option<&'a MessagePart<'a>> {
        self.message.parts.get(index)
    }

    fn raw(&self, from: u32, to: u32) -> String {
        let raw = self.message.raw_message.get(from as usize..to as usize).unwrap_or_default();
        String::from_utf8_lossy(raw).into_owned()
    }

    /// The types of all parts.
    fn shape(&self) -> String {
        let types: Vec<String> = self.message.parts.iter().map(media_type).collect();
        types.join("\n")
    }

    fn place(&self, index: usize, what: &str) -> String {
        match self.part(index) {
            Some(part) if index > 0 => format!("{what}, part {index} ({})", media_type(part)),
            _ => what.to_owned(),
        }
    }

    /// The differences of the headers of a part.
    fn headers(&self, other: &Self, index: usize) -> Vec<StoredDifference> {
        let (Some(one), Some(two)) = (self.part(index), other.part(index)) else {
            return Vec::new();
        };
        let mut differences = Vec::new();
        let mut rest: Vec<&Header<'_>> = two.headers.iter().collect();
        let mut order = Vec::new();
        for header in &one.headers {
            let place = self.place(index, &format!("field {}", header.name.as_str()));
            let text = self.header(header);
            let Some(found) = rest.iter().position(|it| it.name == header.name) else {
                differences.push(StoredDifference::new(
                    &place,
                    &text,
                    "",
                    DifferenceReason::OnlyOne,
                ));
                continue;
            };
            let counterpart = rest.remove(found);
            order.push((header.name.as_str(), counterpart.offset_field));
            let other_text = other.header(counterpart);
            if text != other_text {
                let reason = field_reason(header, counterpart, &text, &other_text);
                differences.push(StoredDifference::new(&place, &text, &other_text, reason));
            }
        }
        let only = rest.into_iter().map(|header| {
            let place = self.place(index, &format!("field {}", header.name.as_str()));
            StoredDifference::new(&place, "", &other.header(header), DifferenceReason::OnlyOne)
        });
        differences.extend(only);
        differences.extend(self.order(index, &order));
        differences
    }

    /// The difference of the order of the fields that both versions have: each name, and its offset in the
    /// other version.
    fn order(&self, index: usize, fields: &[(&str, u32)]) -> Option<StoredDifference> {
        let mut sorted = fields.to_owned();
        sorted.sort_by_key(|(_, offset)| *offset);
        let names = |fields: &[(&str, u32)]| {
            fields.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("\n")
        };
        let place = self.place(index, "order of the fields");
        (sorted != fields).then(|| {
            StoredDifference::new(&place, &names(fields), &names(&sorted), DifferenceReason::Order)
        })
    }

    fn header(&self, header: &Header<'_>) -> String {
        self.raw(header.offset_field, header.offset_end)
    }

    /// The difference of the content of a part.
    fn body(&self, other: &Self, index: usize) -> Option<StoredDifference> {
        let (one, two) = (self.part(index)?, other.part(index)?);
        if matches!(one.body, PartType::Multipart(_)) {
            return None;
        }
        let text = self.raw(one.offset_body, one.offset_end);
        let other_text = other.raw(two.offset_body, two.offset_end);
        if text == other_text {
            return None;
        }
        let place = self.place(index, "content");
        let (content, other_content) = (one.contents(), two.contents());
        let reason = if without_end(content) != without_end(other_content) {
            DifferenceReason::Content
        } else if content != other_content && index == 0 {
            DifferenceReason::MessageEnd
        } else if content != other_content {
            DifferenceReason::PartEnd
        } else if one.encoding != two.encoding {
            DifferenceReason::TransferEncoding
        } else {
            DifferenceReason::LineBreaks
        };
        let [lines, other_lines] = differing_lines(&text, &other_text);
        Some(StoredDifference::new(&place, &lines, &other_lines, reason))
    }

    /// The difference of what follows the last delimiter.
    fn end(&self, other: &Self) -> Option<StoredDifference> {
        let (one, two) = (self.after_last_delimiter()?, other.after_last_delimiter()?);
        let is_empty = one.trim_ascii().is_empty() && two.trim_ascii().is_empty();
        let reason =
            if is_empty { DifferenceReason::MessageEnd } else { DifferenceReason::Content };
        let [one, two] = [one, two].map(|text| visible(&String::from_utf8_lossy(text)));
        let place = "after the last part";
        (one != two).then(|| StoredDifference::new(place, &one, &two, reason))
    }

    fn after_last_delimiter(&self) -> Option<&'a [u8]> {
        let boundary = self.part(0)?.content_type()?.attribute("boundary")?;
        let delimiter = format!("--{boundary}--");
        let raw: &'a [u8] = &self.message.raw_message;
        let at = raw.windows(delimiter.len()).rposition(|it| it == delimiter.as_bytes())?;
        raw.get(at + delimiter.len()..)
    }
}

fn media_type(part: &MessagePart<'_>) -> String {
    let Some(content_type) = part.content_type() else { return "text/plain".into() };
    format!("{}/{}", content_type.ctype(), content_type.subtype().unwrap_or("*"))
}

fn without_end(content: &[u8]) -> &[u8] {
    content.trim_ascii_end()
}

/// The lines that only one version has. Where only line ends differ, they are made visible.
fn differing_lines(one: &str, two: &str) -> [String; 2] {
    let diff = TextDiff::from_lines(one, two);
    let lines = |tag| {
        let changes = diff.iter_all_changes().filter(|change| change.tag() == tag);
        changes.map(|change| change.value()).collect::<String>()
    };
    let lines = [lines(ChangeTag::Delete), lines(ChangeTag::Insert)];
    if lines[0].trim_ascii_end() == lines[1].trim_ascii_end() {
        return lines.map(|lines| lines.replace("\r\n", "\\r\\n\n"));
    }
    lines.map(|lines| visible(&lines))
}

/// An empty line as a mark that can be seen.
fn visible(text: &str) -> String {
    let line =
        |line: &str| if line.trim_ascii().is_empty() { "\\r\\n\n".into() } else { line.to_owned() };
    text.split_inclusive('\n').map(line).collect()
}

fn field_reason(one: &Header<'_>, two: &Header<'_>, text: &str, other: &str) -> DifferenceReason {
    if unfolded(text) == unfolded(other) {
        return DifferenceReason::Folding;
    }
    match one.name {
        HeaderName::Date => return DifferenceReason::Date,
        HeaderName::MessageId => return DifferenceReason::MessageId,
        _ => {}
    }
    if one.value != two.value {
        let without = |name| without(name, &one.value) == without(name, &two.value);
        return match () {
            () if without("boundary") => DifferenceReason::Boundary,
            () if without("charset") => DifferenceReason::CharacterSet,
            () => DifferenceReason::Value,
        };
    }
    let is_encoded = |text: &str| text.contains("=?") && text.contains("?=");
    if is_encoded(text) || is_encoded(other) {
        DifferenceReason::EncodedWords
    } else {
        DifferenceReason::Form
    }
}

/// A field in one line (RFC 5322 §2.2.3).
fn unfolded(field: &str) -> String {
    field.replace("\r\n", "")
}

/// The value of a field without this parameter.
fn without<'a>(parameter: &str, value: &HeaderValue<'a>) -> HeaderValue<'a> {
    let mut value = value.clone();
    if let HeaderValue::ContentType(content_type) = &mut value {
        let attributes = content_type.attributes.take().unwrap_or_default();
        content_type.attributes =
            Some(attributes.into_iter().filter(|it| it.name != parameter).collect());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Place and reason of each difference.
    fn reasons(one: &str, two: &str) -> Vec<(String, DifferenceReason)> {
        let crlf = |text: &str| text.replace('\n', "\r\n").into_bytes();
        let differences = stored_differences(&crlf(one), &crlf(two)).into_iter();
        differences.map(|it| (it.place, it.reason)).collect()
    }

    fn reason(one: &str, two: &str) -> DifferenceReason {
        let [(_, reason)] = reasons(one, two).try_into().unwrap();
        reason
    }

    #[test]
    fn a_field_has_the_reason_of_its_kind() {
        use DifferenceReason::{CharacterSet, Date, EncodedWords, Folding, Form, MessageId, Value};
        let pairs = [
            (
                "Date: Mon, 30 Nov 2026 08:00:00 +0000",
                "Date: Mon, 30 Nov 2026 08:00:01 +0000",
                Date,
            ),
            ("Message-ID: <1@example.test>", "Message-ID: <2@example.test>", MessageId),
            ("Subject: one two", "Subject: one\n two", Folding),
            (
                "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
                "Subject: =?utf-8?b?R3LDvMOfZQ==?=",
                EncodedWords,
            ),
            ("From: Ann <a@example.test>", "From: \"Ann\" <a@example.test>", Form),
            ("Subject: one", "Subject: two", Value),
            ("Content-Type: text/plain; charset=utf-8", "Content-Type: text/plain", CharacterSet),
        ];
        for (one, two, expected) in pairs {
            let with_body = |field: &str| format!("{field}\n\nHello\n");
            assert_eq!(reason(&with_body(one), &with_body(two)), expected, "{one}");
        }
    }

    #[test]
    fn equal_versions_do_not_differ() {
        assert_eq!(reasons("Subject: one\n\nHello\n", "Subject: one\n\nHello\n"), []);
    }

    #[test]
    fn fields_may_be_missing_or_elsewhere() {
        let one = "Subject: one\nTo: a@example.test\nCc: b@example.test\n\nHello\n";
        let two = "To: a@example.test\nSubject: one\nX-Mailer: x\n\nHello\n";
        let expected = [
            ("field Cc".to_owned(), DifferenceReason::OnlyOne),
            ("field X-Mailer".to_owned(), DifferenceReason::OnlyOne),
            ("order of the fields".to_owned(), DifferenceReason::Order),
        ];
        assert_eq!(reasons(one, two), expected);
    }

    #[test]
    fn content_is_compared_after_it_is_decoded() {
        use DifferenceReason::{Content, LineBreaks, MessageEnd, TransferEncoding};
        let quoted = |body: &str| {
            format!(
                "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{body}"
            )
        };
        assert_eq!(
            reason(&quoted("Gr=C3=BC=C3=9Fe\n"), &quoted("Gr=C3=BC=\n=C3=9Fe\n")),
            LineBreaks
        );
        assert_eq!(reason(&quoted("Hello\n"), &quoted("Hello\n\n")), MessageEnd);
        assert_eq!(reason(&quoted("Hello\n"), &quoted("Bye\n")), Content);
        let base64 = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nSGVsbG8K\n";
        let both = reasons(&quoted("Hello\n").replace("Hello\n", "Hello=0A"), base64);
        assert!(both.contains(&("content".to_owned(), TransferEncoding)), "{both:?}");
    }

    #[test]
    fn parts_have_boundaries_and_ends() {
        use DifferenceReason::{Boundary, MessageEnd, PartEnd, Structure};
        let multipart = |boundary: &str, content: &str, end: &str| {
            format!(
                "Content-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\nContent-Type: text/plain\n\n\
                 {content}\n--{boundary}\nContent-Type: text/html\n\n<p>Hello</p>\n--{boundary}--\n{end}"
            )
        };
        let (one, two) = (multipart("a", "Hello\n", ""), multipart("bb", "Hello", "\n"));
        let expected = [
            ("field Content-Type".to_owned(), Boundary),
            ("content, part 1 (text/plain)".to_owned(), PartEnd),
            ("after the last part".to_owned(), MessageEnd),
        ];
        assert_eq!(reasons(&one, &two), expected);
        let plain = "Content-Type: text/plain\n\nHello\n";
        assert!(reasons(&one, plain).iter().any(|(_, reason)| *reason == Structure));
    }

    #[test]
    fn long_differences_are_shortened() {
        let lines = |count: usize| "line\r\n".repeat(count);
        assert_eq!(first_lines(&lines(MAX_LINES + 1)).lines().count(), MAX_LINES + 1);
        let long = first_lines(&lines(40));
        assert!(long.ends_with("... 32 more lines"), "{long}");
        assert_eq!(stored_differences(b"", b""), []);
    }
}

//! The header of a message, read from the beginning of its file.

use mailer::Error;

use crate::{Field, Remark, field, first_line, first_line::Start, lines::Lines};

/// The header of a message, and the position in the file where its body starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// All lines, each with CRLF at its end.
    text: Vec<u8>,
    body_start: usize,
    counted_end: Option<u64>,
    notes: Vec<Remark>,
}

impl Header {
    /// Parses the header from the first bytes of a file. `is_whole` states that they are the whole file.
    ///
    /// Returns `None` if the bytes do not reach the empty line that ends the header. Call it again with
    /// more bytes then. Each of CR, LF and CRLF ends a line, as it does when the message is sent, so that
    /// no line end can hide a Bcc.
    ///
    /// # Errors
    /// [`mailer::Kind::Message`] if the file is empty, or if it does not start with a header field, after
    /// what mail programs write before one.
    pub fn parse(bytes: &[u8], is_whole: bool) -> Result<Option<Self>, Error> {
        let Some(Start { at, counted_end, notes }) = first_line::find(bytes, is_whole)? else {
            return Ok(None);
        };
        let mut text = Vec::with_capacity(bytes.len() - at);
        for line in Lines::new(bytes, at, is_whole) {
            if line.text.is_empty() {
                return Ok(Some(Self { text, body_start: line.start, counted_end, notes }));
            }
            text.extend_from_slice(line.text);
            text.extend_from_slice(b"\r\n");
        }
        Ok(is_whole.then_some(Self { text, body_start: bytes.len(), counted_end, notes }))
    }

    /// Returns the fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        field::fields(&self.text)
    }

    /// Returns a note for each thing that was dropped before the header.
    #[must_use]
    pub fn notes(&self) -> &[Remark] {
        &self.notes
    }

    /// Returns the position in the file where the rest of the message starts: the empty line after the
    /// header.
    #[must_use]
    pub fn body_start(&self) -> usize {
        self.body_start
    }

    /// Returns the end of the message in the file according to the byte count before it (Apple Mail's
    /// .emlx). The count is right if a [property list](crate::is_property_list) starts there. Otherwise the
    /// message ends with the file.
    #[must_use]
    pub fn counted_end(&self) -> Option<u64> {
        self.counted_end
    }

    /// Returns the header without its Bcc and Resent-Bcc fields and their folded lines. The case of the
    /// names does not matter. Every line ends in CRLF; all other bytes are those of the file.
    #[must_use]
    pub fn without_bcc(&self) -> Vec<u8> {
        let mut kept = Vec::with_capacity(self.text.len());
        let is_shown = |field: &Field<'_>| !field.is("bcc") && !field.is("resent-bcc");
        self.fields().filter(is_shown).for_each(|field| kept.extend_from_slice(field.raw()));
        kept
    }
}

/// Whether these bytes begin the XML property list that follows the message in an .emlx file.
#[must_use]
pub fn is_property_list(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    start.starts_with(b"<?xml")
        || start.starts_with(b"<!DOCTYPE plist")
        || start.starts_with(b"<plist")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(bytes: &[u8]) -> Header {
        Header::parse(bytes, true).unwrap().unwrap()
    }

    #[test]
    fn bcc_is_removed_with_its_folded_lines_and_nothing_else_is() {
        let header = parse(
            b"From: a@example.com\r\nBCC: x@example.com,\r\n\ty@example.com\r\n\
              X-Bcc: no\r\nbcc : z\r\nResent-Bcc: w\r\nTo: b@example.com\r\n\r\nBcc: body",
        );
        assert_eq!(
            header.without_bcc(),
            b"From: a@example.com\r\nX-Bcc: no\r\nTo: b@example.com\r\n"
        );
    }

    #[test]
    fn no_line_end_hides_a_bcc() {
        for end in ["\r", "\n", "\r\n"] {
            let text = format!("To: b{end}X: one\rBcc: c{end}{end}body");
            let header = parse(text.as_bytes());
            assert_eq!(header.without_bcc(), b"To: b\r\nX: one\r\n", "{end:?}");
            assert_eq!(&text[header.body_start()..], format!("{end}body"), "{end:?}");
        }
    }

    #[test]
    fn a_message_may_consist_of_a_header_only() {
        let header = parse(b"To: b");
        assert_eq!((header.without_bcc(), header.body_start()), (b"To: b\r\n".to_vec(), 5));
        assert_eq!(Header::parse(b"To: b\n", false).unwrap(), None);
        assert_eq!(Header::parse(b"To: b\n\r", false).unwrap(), None);
    }

    proptest! {
        #[test]
        fn no_bcc_remains_in_any_header_and_nothing_else_is_lost(
            fields in proptest::collection::vec(
                ("(?i:bcc|resent-bcc|x-bcc|to|[!-9;-~]{1,5})[ \t]{0,2}", "[ -~]{0,9}(\r\n[ \t][ -~]{0,9}){0,2}"),
                0..8,
            ),
        ) {
            let text = |fields: &[(String, String)]| -> String {
                fields.iter().map(|(name, value)| format!("{name}:{value}\r\n")).collect()
            };
            let is_bcc = |name: &str| {
                ["bcc", "resent-bcc"].contains(&name.trim_end().to_ascii_lowercase().as_str())
            };
            let others: Vec<_> = fields.iter().filter(|(name, _)| !is_bcc(name)).cloned().collect();
            let whole = format!("X:\r\n{}", text(&fields));
            prop_assert_eq!(parse(whole.as_bytes()).without_bcc(), format!("X:\r\n{}", text(&others)).into_bytes());
        }

        #[test]
        fn bytes_after_the_header_do_not_change_it(
            text in "(\u{feff})?(From x\n)?(To|Bcc): ([ab,\r\n :]|\r\n){0,30}", cut in 0_usize..40,
        ) {
            let bytes = text.as_bytes();
            let early = Header::parse(&bytes[..cut.min(bytes.len())], false);
            if let Ok(Some(header)) = early {
                prop_assert_eq!(Some(header), Header::parse(bytes, true).unwrap());
            }
        }
    }
}

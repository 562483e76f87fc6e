//! The reasons for a difference between two stored versions of a message, with their sources.

/// Why two versions of a message differ at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceReason {
    /// The time at which the message was rendered.
    Date,
    /// The message's identifier.
    MessageId,
    /// The text between the parts.
    Boundary,
    /// The same value, folded at other places.
    Folding,
    /// The same text in other encoded words.
    EncodedWords,
    /// The same value in another form.
    Form,
    /// The same content in another transfer encoding.
    TransferEncoding,
    /// The same content in other lines.
    LineBreaks,
    /// A further line end at the end of a part.
    PartEnd,
    /// A further line end at the end of the message.
    MessageEnd,
    /// The order of the fields.
    Order,
    /// A field that only one version has.
    OnlyOne,
    /// Other parts.
    Structure,
    /// A character set that only one version names.
    CharacterSet,
    /// Another value of a field.
    Value,
    /// Another content.
    Content,
}

impl DifferenceReason {
    /// Returns the reason as a sentence or two.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.text_and_source().0
    }

    /// Returns the section of the RFC that it comes from.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.text_and_source().1
    }

    fn text_and_source(self) -> (&'static str, &'static str) {
        match self {
            Self::Date => {
                ("Each client writes the time at which it rendered the message.", "RFC 5322 §3.6.1")
            }
            Self::MessageId => (
                "A message has an identifier that no other message has. Each client made its own.",
                "RFC 5322 §3.6.4",
            ),
            Self::Boundary => (
                "The line between parts is a text of the client's choice. It must not occur in the parts, so \
                 most clients choose it at random.",
                "RFC 2046 §5.1.1",
            ),
            Self::Folding => (
                "The same value, folded into lines at other places. Readers join the lines again.",
                "RFC 5322 §2.2.3",
            ),
            Self::EncodedWords => (
                "The same text in other encoded words: Q leaves ASCII readable, B is base64. Where a word is cut \
                 is up to the client.",
                "RFC 2047 §4",
            ),
            Self::Form => (
                "The same value in another form: with or without quotes, or a parameter in numbered pieces.",
                "RFC 5322 §3.2.4; RFC 2231 §3",
            ),
            Self::TransferEncoding => {
                ("The same content in another transfer encoding.", "RFC 2045 §6")
            }
            Self::LineBreaks => (
                "The same content, encoded into other lines. Readers remove these line breaks.",
                "RFC 2045 §6.7",
            ),
            Self::PartEnd => (
                "The line end before a delimiter belongs to the delimiter. One version has a further one before \
                 it, which belongs to the part.",
                "RFC 2046 §5.1.1",
            ),
            Self::MessageEnd => (
                "One version ends with a further line end. Readers do not show it, and DKIM ignores empty lines \
                 at the end.",
                "RFC 6376 §3.4.3",
            ),
            Self::Order => ("Header fields may be in any order.", "RFC 5322 §3.6"),
            Self::OnlyOne => ("Only one version has this field.", "RFC 5322 §3.6"),
            Self::Structure => ("The versions consist of different parts.", "RFC 2046 §5.1"),
            Self::CharacterSet => (
                "Only one version names the character set. Without it, readers take the text for US-ASCII.",
                "RFC 2046 §4.1.2",
            ),
            Self::Value => ("The values are not the same.", "RFC 5322 §2.2"),
            Self::Content => ("The contents are not the same.", "RFC 5322 §2.3"),
        }
    }
}

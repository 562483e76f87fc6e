//! The content of a message in the form that lettre accepts: bytes in memory.

use std::{ops::Range, sync::Arc};

use lettre::address::Envelope;
use mailer::{Error, Mail, Message};

use crate::render;

/// Content to pass to lettre. Cloning copies no bytes.
///
/// A message that is in memory already is shared with the caller, as lettre's users do it. Only a
/// message in a file is read into memory, because lettre accepts no other form.
#[derive(Clone)]
pub(crate) enum Content {
    /// A prepared message in memory.
    Shared(Message),
    /// A draft that lettre's builder rendered, or the bytes of a file.
    Owned(Arc<Vec<u8>>),
}

impl Content {
    /// Renders a draft, or reads a file.
    ///
    /// # Errors
    /// Returns an error if the draft cannot be rendered or the file cannot be read.
    pub(crate) fn new(mail: &Mail, envelope: &Envelope) -> Result<Self, Error> {
        match mail.content() {
            mailer::Content::Draft(draft) => render::draft(draft, envelope).map(Self::owned),
            mailer::Content::Message(message) if message.as_bytes().is_some() => {
                Ok(Self::Shared(message.clone()))
            }
            mailer::Content::Message(message) => {
                let mut bytes = message.to_vec()?;
                bytes.truncate(without_last_line_end(&bytes).len());
                Ok(Self::owned(bytes))
            }
        }
    }

    fn owned(bytes: Vec<u8>) -> Self {
        Self::Owned(Arc::new(bytes))
    }

    /// Returns the bytes to pass to lettre. A prepared message loses its last CRLF, because lettre ends
    /// everything that it sends with CRLF, dot, CRLF. So the server receives the message unchanged.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(message) => without_last_line_end(message.as_bytes().unwrap_or_default()),
            Self::Owned(bytes) => bytes,
        }
    }
}

fn without_last_line_end(message: &[u8]) -> &[u8] {
    message.strip_suffix(b"\r\n").unwrap_or(message)
}

/// Returns the pieces of `length` bytes that lettre writes one by one, each of at most `size` bytes. There
/// is at least one piece, because lettre writes empty content too.
pub(crate) fn pieces(length: usize, size: usize) -> impl DoubleEndedIterator<Item = Range<usize>> {
    let count = length.div_ceil(size).max(1);
    (0..count).map(move |index| {
        let start = index * size;
        start..start.saturating_add(size).min(length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(mail: impl Into<mailer::Content>) -> Content {
        let recipients = vec!["bob@example.com".parse().unwrap()];
        let mail = Mail::new(mailer::Envelope::new(None, recipients).unwrap(), mail);
        Content::new(&mail, &render::envelope(mail.envelope()).unwrap()).unwrap()
    }

    #[test]
    fn a_message_in_memory_is_passed_on_without_a_copy() {
        let message = Message::from_bytes("A: b\r\n\r\nc\r\n").unwrap();
        let bytes = content(message.clone()).bytes().as_ptr();
        assert_eq!(bytes, message.as_bytes().unwrap().as_ptr());
    }

    #[test]
    fn a_prepared_message_loses_its_last_line_end_in_memory_and_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "A: b\n\nc\n\n").unwrap();
        for message in [Message::from_file(file.path()), Message::from_bytes("A: b\n\nc\n\n")] {
            assert_eq!(content(message.unwrap()).bytes(), b"A: b\r\n\r\nc\r\n");
        }
    }

    #[test]
    fn pieces_cover_the_content_in_order() {
        let all = |length, size| {
            let bounds = pieces(length, size).map(|piece| (piece.start, piece.end));
            bounds.collect::<Vec<_>>()
        };
        assert_eq!(all(0, 4), [(0, 0)]);
        assert_eq!(all(4, 4), [(0, 4)]);
        assert_eq!(all(9, 4), [(0, 4), (4, 8), (8, 9)]);
        assert_eq!(all(9, usize::MAX), [(0, 9)]);
    }
}

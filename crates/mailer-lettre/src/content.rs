//! The content of a message as lettre takes it: bytes in memory.

use std::{ops::Range, sync::Arc};

use lettre::address::Envelope;
use mailer::{Error, Mail, Message};

use crate::render;

/// Content that lettre can be handed. Cloning copies no bytes.
///
/// A message that is in memory already is borrowed from the caller, as lettre's users do it. Only a
/// message in a file is read into memory, because lettre takes it no other way.
#[derive(Clone)]
pub(crate) enum Content {
    /// A prepared message in memory.
    Given(Message),
    /// What lettre's builder made of a draft, or the bytes of a file.
    Made(Arc<Vec<u8>>),
}

impl Content {
    /// # Errors
    /// Anything that keeps a draft from being rendered or a file from being read.
    pub(crate) fn new(mail: &Mail, envelope: &Envelope) -> Result<Self, Error> {
        match mail.content() {
            mailer::Content::Draft(draft) => render::draft(draft, envelope).map(Self::made),
            mailer::Content::Message(message) if message.as_bytes().is_some() => {
                Ok(Self::Given(message.clone()))
            }
            mailer::Content::Message(message) => {
                let mut bytes = message.to_vec()?;
                bytes.truncate(without_last_line_end(&bytes).len());
                Ok(Self::made(bytes))
            }
        }
    }

    fn made(bytes: Vec<u8>) -> Self {
        Self::Made(Arc::new(bytes))
    }

    /// The bytes that lettre is handed. A prepared message goes without its last CRLF, because lettre
    /// ends everything that it sends with CRLF, dot, CRLF: so what arrives is what was given.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Given(message) => without_last_line_end(message.as_bytes().unwrap_or_default()),
            Self::Made(bytes) => bytes,
        }
    }
}

fn without_last_line_end(message: &[u8]) -> &[u8] {
    message.strip_suffix(b"\r\n").unwrap_or(message)
}

/// The pieces of `length` bytes that lettre writes one by one, each of `size` bytes at most: one
/// piece at least, since lettre writes empty content, too.
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
    fn a_message_in_memory_is_handed_over_without_a_copy() {
        let message = Message::from_bytes("A: b\r\n\r\nc\r\n").unwrap();
        let bytes = content(message.clone()).bytes().as_ptr();
        assert_eq!(bytes, message.as_bytes().unwrap().as_ptr());
    }

    #[test]
    fn a_prepared_message_goes_without_its_last_line_end_wherever_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "A: b\n\nc\n\n").unwrap();
        for message in [Message::from_file(file.path()), Message::from_bytes("A: b\n\nc\n\n")] {
            assert_eq!(content(message.unwrap()).bytes(), b"A: b\r\n\r\nc\r\n");
        }
    }

    #[test]
    fn pieces_are_all_of_it_in_order() {
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

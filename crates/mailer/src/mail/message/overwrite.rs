//! Messages that differ in a few characters.

use std::sync::Arc;

use super::Message;
use crate::{Error, Kind};

impl Message {
    /// Overwrites bytes of a message in memory with `text`, from byte `at` on: for example, with a new number
    /// in a Message-ID. The rest of the message is neither read nor copied. If a clone is still in use, the
    /// message is copied first, and the clone does not change.
    ///
    /// ```
    /// use mailer::Message;
    /// let mut message = Message::from_bytes("Subject: no. 1\r\n\r\nA line.\r\n")?;
    /// message.overwrite(13, b"2")?;
    /// assert!(message.to_vec()?.starts_with(b"Subject: no. 2\r\n"));
    /// # Ok::<(), mailer::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::Message`] if the message is in a file or ends before the text would, or if the new or the old
    /// text is not printable ASCII: then the message could get other lines or need another extension of the
    /// server.
    pub fn overwrite(&mut self, at: usize, text: &[u8]) -> Result<(), Error> {
        let is_printable = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
        let range = at..at.saturating_add(text.len());
        let can_be = self.rest.is_none()
            && is_printable(text)
            && self.head.get(range.clone()).is_some_and(is_printable);
        if !can_be {
            return Err(Error::new(Kind::Message, "the message cannot be overwritten there"));
        }
        if let Some(place) = Arc::make_mut(&mut self.head).get_mut(range) {
            place.copy_from_slice(text);
            self.facts.may_have_dot_lines |= text.contains(&b'.');
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_bytes_change_and_clones_keep_theirs() {
        let mut message = Message::from_bytes("A: 1\r\n\r\ntext\r\n").unwrap();
        let before = message.clone();
        message.overwrite(3, b"2").unwrap();
        assert_eq!(message.to_vec().unwrap(), b"A: 2\r\n\r\ntext\r\n");
        assert_eq!(before.to_vec().unwrap(), b"A: 1\r\n\r\ntext\r\n");
    }

    #[test]
    fn a_message_without_clones_is_not_copied() {
        let mut message = Message::from_bytes("A: 1\r\n\r\ntext\r\n").unwrap();
        let place = Arc::as_ptr(&message.head);
        message.overwrite(3, b"2").unwrap();
        assert_eq!(Arc::as_ptr(&message.head), place);
    }

    #[test]
    fn neither_lines_nor_needed_extensions_can_change() {
        let mut message = Message::from_bytes("A: caf\u{e9}\r\n\r\ntext\r\n").unwrap();
        let cases: [(usize, &[u8]); 6] =
            [(3, b"\r"), (3, b"\xe9"), (8, b"x"), (6, b"x"), (99, b"x"), (usize::MAX, b"xx")];
        for (at, text) in cases {
            assert!(message.overwrite(at, text).is_err(), "{text:?} at {at}");
        }
        assert_eq!(message.to_vec().unwrap(), "A: caf\u{e9}\r\n\r\ntext\r\n".as_bytes());
    }
}

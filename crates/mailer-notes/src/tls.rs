//! Tokens of TLS records, by size and order.

use mailer::Step;

use crate::{note::Note, piece::Speaker, scanner::Mark, table::tls as table};

/// The size of a record with a ChangeCipherSpec: a header of 5 bytes, and one byte.
const CHANGE_CIPHER_SPEC: u16 = 6;
/// The size of a record with an alert in the clear: a header of 5 bytes, and two bytes.
const ALERT: u16 = 7;

/// The sides whose first record of the handshake has been marked.
#[derive(Debug, Default)]
pub(crate) struct Handshake {
    client_started: bool,
    server_started: bool,
}

impl Handshake {
    /// Marks the records of one piece.
    pub(crate) fn mark(&mut self, speaker: Speaker, step: Step, sizes: &[u16]) -> Vec<Mark> {
        let marked = sizes.iter().filter(|&&size| size > 0).map(|&size| {
            let note = match step {
                Step::Tls => self.note(speaker, size),
                _ => &table::DATA,
            };
            Mark { length: size.into(), note, decoded: None }
        });
        marked.collect()
    }

    fn note(&mut self, speaker: Speaker, size: u16) -> &'static Note {
        let (started, hello) = match speaker {
            Speaker::Client => (&mut self.client_started, &table::CLIENT_HELLO),
            Speaker::Server => (&mut self.server_started, &table::SERVER_HELLO),
        };
        if std::mem::replace(started, true) {
            return if size == CHANGE_CIPHER_SPEC {
                &table::CHANGE_CIPHER_SPEC
            } else {
                &table::HANDSHAKE
            };
        }
        if size == ALERT { &table::ALERT } else { hello }
    }
}

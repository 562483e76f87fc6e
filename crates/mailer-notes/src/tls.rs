//! Tokens of TLS records, by content type and order.

use mailer::Step;

use crate::{
    note::Note,
    piece::{Speaker, TlsRecord},
    scanner::Mark,
    table::tls as table,
};

/// The content types of RFC 8446 §B.1.
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// The sides whose first record of the handshake has been marked.
#[derive(Debug, Default)]
pub(crate) struct Handshake {
    client_started: bool,
    server_started: bool,
}

impl Handshake {
    /// Marks the records of one piece.
    pub(crate) fn mark(
        &mut self,
        speaker: Speaker,
        step: Step,
        records: &[TlsRecord],
    ) -> Vec<Mark> {
        let marked = records.iter().filter(|record| record.size > 0).map(|record| {
            let note = self.note(speaker, step, record.content_type);
            Mark { length: record.size.into(), note, decoded: None }
        });
        marked.collect()
    }

    fn note(&mut self, speaker: Speaker, step: Step, content_type: u8) -> &'static Note {
        match content_type {
            CHANGE_CIPHER_SPEC => &table::CHANGE_CIPHER_SPEC,
            ALERT => &table::ALERT,
            HANDSHAKE => self.handshake(speaker),
            APPLICATION_DATA if step == Step::Tls => &table::ENCRYPTED_HANDSHAKE,
            APPLICATION_DATA => &table::DATA,
            _ => &table::UNKNOWN_RECORD,
        }
    }

    fn handshake(&mut self, speaker: Speaker) -> &'static Note {
        let (started, hello) = match speaker {
            Speaker::Client => (&mut self.client_started, &table::CLIENT_HELLO),
            Speaker::Server => (&mut self.server_started, &table::SERVER_HELLO),
        };
        if std::mem::replace(started, true) { &table::HANDSHAKE } else { hello }
    }
}

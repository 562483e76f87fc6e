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

/// The part of the handshake that has passed.
#[derive(Debug, Default)]
pub(crate) struct Handshake {
    client_started: bool,
    server_started: bool,
    client_changed_cipher: bool,
    /// Whether the client's Finished is a handshake record, as in TLS 1.2.
    is_tls_1_2: bool,
    /// The number of application data records from the client.
    from_client: u32,
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
            CHANGE_CIPHER_SPEC => {
                self.client_changed_cipher |= speaker == Speaker::Client;
                &table::CHANGE_CIPHER_SPEC
            }
            ALERT => &table::ALERT,
            HANDSHAKE => self.handshake(speaker),
            APPLICATION_DATA => self.application_data(speaker, step),
            _ => &table::UNKNOWN_RECORD,
        }
    }

    fn handshake(&mut self, speaker: Speaker) -> &'static Note {
        self.is_tls_1_2 |= speaker == Speaker::Client && self.client_changed_cipher;
        let (started, hello) = match speaker {
            Speaker::Client => (&mut self.client_started, &table::CLIENT_HELLO),
            Speaker::Server => (&mut self.server_started, &table::SERVER_HELLO),
        };
        if std::mem::replace(started, true) { &table::HANDSHAKE } else { hello }
    }

    /// In TLS 1.3, Finished is the last message of a handshake that a side sends (RFC 8446 §2). The keys change after
    /// it, so no command shares its record (RFC 8446 §5.1): after one record from the client, the server has read no
    /// command.
    fn application_data(&mut self, speaker: Speaker, step: Step) -> &'static Note {
        self.from_client += u32::from(speaker == Speaker::Client);
        let has_seen_handshake = self.client_started && !self.is_tls_1_2;
        match (speaker, self.from_client) {
            (Speaker::Server, 0) if step == Step::Tls => &table::ENCRYPTED_HANDSHAKE,
            (Speaker::Client, 1) if has_seen_handshake => &table::CLIENT_FINISHED,
            // With TLS from the first byte, the greeting comes without a command.
            (Speaker::Server, 1) if has_seen_handshake && step != Step::Greeting => {
                &table::AFTER_HANDSHAKE
            }
            _ => &table::DATA,
        }
    }
}

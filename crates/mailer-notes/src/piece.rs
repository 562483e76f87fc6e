//! The input: the pieces of a dialogue, as they were on the wire.

use mailer::Step;

/// The side that sent a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The client, which sends the mail.
    Client,
    /// The server, which receives it.
    Server,
}

/// A piece of a dialogue: what one side sent in one step.
///
/// A line may be cut into several pieces of the same speaker and step. Content may be cut anywhere.
/// Its pieces have [`Step::Content`] or, for the final dot, [`Step::EndOfData`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The side that sent it.
    pub speaker: Speaker,
    /// The step that it belongs to.
    pub step: Step,
    /// The bytes, or the TLS records that hid them.
    pub wire: Wire<'a>,
}

/// What was sent: bytes that the sender of the mail saw in the clear, or TLS records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire<'a> {
    /// Bytes of SMTP with their line ends and with dot-stuffing. Secrets may be masked as `****`.
    Bytes(&'a [u8]),
    /// TLS records.
    TlsRecords(&'a [TlsRecord]),
}

/// A TLS record, as far as it is not encrypted: its header (RFC 8446 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TlsRecord {
    /// The content type: 20 to 23. TLS 1.3 gives every encrypted record the type 23, application data.
    pub content_type: u8,
    /// The size in bytes, including the header of 5 bytes.
    pub size: u16,
}

impl<'a> Piece<'a> {
    /// Returns a piece that the client sent.
    #[must_use]
    pub fn client(step: Step, bytes: &'a [u8]) -> Self {
        Self { speaker: Speaker::Client, step, wire: Wire::Bytes(bytes) }
    }

    /// Returns a piece that the server sent in reply to this step.
    #[must_use]
    pub fn server(step: Step, bytes: &'a [u8]) -> Self {
        Self { speaker: Speaker::Server, step, wire: Wire::Bytes(bytes) }
    }

    /// Returns TLS records. In [`Step::Tls`] they are the handshake.
    #[must_use]
    pub fn tls_records(speaker: Speaker, step: Step, records: &'a [TlsRecord]) -> Self {
        Self { speaker, step, wire: Wire::TlsRecords(records) }
    }
}

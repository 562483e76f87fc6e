//! The scripted server: it performs a list of steps, for tests of clients.
//!
//! The embedded server follows the protocol, except for its faults. The scripted server does whatever
//! its script says: it sends any bytes at any time, stops within a TLS handshake, never reads or never
//! closes. It shares no code with the embedded server's dialogue.
//!
//! [`Script::serve_until`] and [`Script::serve`] handle the ordinary commands before and after an
//! attack, so that an attack is a few lines:
//!
//! ```
//! use mailer_server::{Script, ScriptedServer};
//! # fn main() -> Result<(), mailer_server::StartError> {
//! // NO STARTTLS (USENIX Security 2021): the client must not read this extra reply inside TLS.
//! let attack = Script::new()
//!     .reply("220 mail.example.test ESMTP")
//!     .serve_until("STARTTLS")
//!     .answer("STARTTLS", "220 go ahead\n250 AUTH PLAIN")
//!     .tls()
//!     .serve();
//! let server = ScriptedServer::start(attack)?;
//! // Here a client sends a message to server.addr(), and trusts server.ca_pem().
//! assert!(server.finish().is_empty());
//! # Ok(())
//! # }
//! ```

mod channel;
mod input;
mod player;
mod record;
mod scripted;
mod service;
mod shared;

use std::{fmt, sync::Arc, time::Duration};

pub use record::{Conversation, ReceivedContent, Transfer};
pub use scripted::ScriptedServer;

use crate::options::CertificateKind;

/// The extensions that [`Script::serve`] announces, unless [`Script::announcing`] changes them.
///
/// STARTTLS is announced only without TLS. AUTH is announced without TLS too, to catch clients that
/// would send credentials in the clear.
const ANNOUNCED: [&str; 6] =
    ["PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH PLAIN LOGIN"];

/// A list of steps that the server performs in order on each connection.
///
/// After the last step, or when the client disconnects, the connection is closed in order. Unexpected
/// input from the client ends the script, and [`Conversation::deviation`] reports it.
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) steps: Vec<Step>,
    /// The lines of the reply to EHLO after its first.
    pub(crate) announced: Vec<String>,
    pub(crate) certificate: CertificateKind,
}

/// One step of a script.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Reads a line, which must begin with this text, in any case.
    Expect(String),
    /// Reads a line, which must begin with this text, and sends the reply that depends on it.
    Reply(String, Compute),
    /// Reads until these bytes, inclusive.
    Until(Vec<u8>),
    /// Reads this many bytes.
    Exact(usize),
    /// Reads a BDAT command and its chunk.
    Chunk,
    /// Sends these bytes in one write.
    Send(Vec<u8>),
    /// Sends these bytes without TLS, even after a handshake.
    SendInClear(Vec<u8>),
    /// Sends these bytes one by one, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// Sends these bytes this many times.
    Flood(Vec<u8>, u64),
    /// Performs the TLS handshake.
    Tls(Handshake),
    /// Answers commands correctly until a line begins with this text, and leaves that line unread.
    Serve(Option<String>),
    /// Waits for this time, without reading or writing.
    Wait(Duration),
    /// Neither reads nor writes nor closes any more.
    Hang,
    /// Ends TLS, and then the connection.
    Close,
    /// Ends the connection with FIN, without ending TLS first.
    Cut,
    /// Ends the connection with RST.
    Reset,
}

/// A function from the client's line to the lines of the reply.
#[derive(Clone)]
pub(crate) struct Compute(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl Compute {
    /// Returns the bytes of the reply to this line.
    pub(crate) fn reply(&self, line: &str) -> Vec<u8> {
        with_line_ends(&(self.0)(line))
    }
}

impl fmt::Debug for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compute(..)")
    }
}

/// How the server sends its part of a TLS handshake.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handshake {
    /// Sends all of it.
    Whole,
    /// Sends this many bytes of its first flight, and then closes the connection.
    Cut(usize),
    /// Sends its first flight byte by byte, with a pause before each.
    Drip(Duration),
}

impl Script {
    /// Returns a script without steps.
    #[must_use]
    pub fn new() -> Self {
        let announced = ANNOUNCED.map(str::to_owned).to_vec();
        Self { steps: Vec::new(), announced, certificate: CertificateKind::Good }
    }

    /// Sets the lines of the reply to EHLO after its first, for [`serve`](Self::serve).
    #[must_use]
    pub fn announcing(mut self, lines: &[&str]) -> Self {
        self.announced = lines.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    /// Sets the kind of certificate.
    #[must_use]
    pub fn certificate(mut self, kind: CertificateKind) -> Self {
        self.certificate = kind;
        self
    }

    /// Appends the steps of another script.
    #[must_use]
    pub fn then(mut self, more: Self) -> Self {
        self.steps.extend(more.steps);
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Reads a line, which must begin with this text, in any case.
    #[must_use]
    pub fn expect(self, prefix: impl Into<String>) -> Self {
        self.step(Step::Expect(prefix.into()))
    }

    /// Reads until these bytes, inclusive.
    #[must_use]
    pub fn read_until(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Until(bytes.into()))
    }

    /// Reads exactly this many bytes.
    #[must_use]
    pub fn read_exact(self, count: usize) -> Self {
        self.step(Step::Exact(count))
    }

    /// Reads a BDAT command and its chunk (RFC 3030 §2).
    #[must_use]
    pub fn chunk(self) -> Self {
        self.step(Step::Chunk)
    }

    /// Sends these bytes in one write.
    #[must_use]
    pub fn send(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Send(bytes.into()))
    }

    /// Sends these bytes without TLS, like a server that has ended TLS on its side only.
    #[must_use]
    pub fn send_in_clear(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::SendInClear(bytes.into()))
    }

    /// Sends these lines in one write, each followed by CRLF.
    #[must_use]
    pub fn reply(self, lines: &str) -> Self {
        self.send(with_line_ends(lines))
    }

    /// Reads a line, which must begin with this prefix, and sends these lines.
    #[must_use]
    pub fn answer(self, prefix: impl Into<String>, lines: &str) -> Self {
        self.expect(prefix).reply(lines)
    }

    /// Reads a line, which must begin with this prefix, and sends the lines that the function returns for it.
    #[must_use]
    pub fn answer_by(
        self,
        prefix: impl Into<String>,
        lines: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        self.step(Step::Reply(prefix.into(), Compute(Arc::new(lines))))
    }

    /// Sends these bytes one by one, with a pause before each.
    #[must_use]
    pub fn drip(self, bytes: impl Into<Vec<u8>>, pause: Duration) -> Self {
        self.step(Step::Drip(bytes.into(), pause))
    }

    /// Sends these bytes this many times, or until the client closes.
    #[must_use]
    pub fn flood(self, bytes: impl Into<Vec<u8>>, times: u64) -> Self {
        self.step(Step::Flood(bytes.into(), times))
    }

    /// Performs the TLS handshake.
    #[must_use]
    pub fn tls(self) -> Self {
        self.step(Step::Tls(Handshake::Whole))
    }

    /// Begins the TLS handshake, and closes after this many bytes of its first flight.
    #[must_use]
    pub fn tls_cut_after(self, bytes: usize) -> Self {
        self.step(Step::Tls(Handshake::Cut(bytes)))
    }

    /// Sends the first flight of the TLS handshake byte by byte, with a pause before each, and closes.
    #[must_use]
    pub fn tls_drip(self, pause: Duration) -> Self {
        self.step(Step::Tls(Handshake::Drip(pause)))
    }

    /// Answers commands correctly until QUIT, or until the client disconnects.
    #[must_use]
    pub fn serve(self) -> Self {
        self.step(Step::Serve(None))
    }

    /// Answers commands correctly until a line begins with this prefix, in any case. That line is
    /// left for the next step. With "." it serves until it has received content by DATA or BDAT, and
    /// leaves the reply to the content to the next step.
    #[must_use]
    pub fn serve_until(self, prefix: impl Into<String>) -> Self {
        self.step(Step::Serve(Some(prefix.into())))
    }

    /// Adds a pause of this length, in which nothing is read or written.
    #[must_use]
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Wait(time))
    }

    /// Neither reads nor writes any more, and keeps the connection open.
    #[must_use]
    pub fn hang(self) -> Self {
        self.step(Step::Hang)
    }

    /// Closes the connection in order: close_notify inside TLS, then FIN.
    #[must_use]
    pub fn close(self) -> Self {
        self.step(Step::Close)
    }

    /// Closes the connection with FIN only, even inside TLS.
    #[must_use]
    pub fn cut(self) -> Self {
        self.step(Step::Cut)
    }

    /// Ends the connection with RST.
    #[must_use]
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

fn with_line_ends(lines: &str) -> Vec<u8> {
    lines.split('\n').flat_map(|line| [line, "\r\n"]).collect::<String>().into_bytes()
}

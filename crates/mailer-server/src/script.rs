//! A server that does what a table of steps says: for tests of clients.
//!
//! The embedded server is well-behaved and has faults at points of its own. This one has no manners
//! but those that its script asks for: it sends any bytes at any time, stops in the middle of a TLS
//! handshake, never reads, never ends. It shares nothing with the embedded server's dialogue.
//!
//! What comes before and after an attack is left to [`Script::serve_until`] and [`Script::serve`],
//! which answer as a server should, so that an attack is a few lines:
//!
//! ```
//! use mailer_server::{Script, ScriptedServer};
//! # fn main() -> Result<(), mailer_server::StartError> {
//! // NO STARTTLS (USENIX Security 2021): a reply in the clear that is to be read inside TLS.
//! let attack = Script::new()
//!     .reply("220 mail.example.test ESMTP")
//!     .serve_until("STARTTLS")
//!     .answer("STARTTLS", "220 go ahead\n250 AUTH PLAIN")
//!     .tls()
//!     .serve();
//! let server = ScriptedServer::start(attack)?;
//! // ... a client is told to send a mail to server.addr(), trusting server.ca_pem() ...
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

use std::time::Duration;

pub use record::{Conversation, Said, Taken};
pub use scripted::ScriptedServer;

use crate::options::CertificateKind;

/// What the well-behaved parts of a script announce, unless [`Script::announcing`] says otherwise.
/// STARTTLS is announced outside TLS only; AUTH also there, to see who falls for it.
const ANNOUNCED: [&str; 6] =
    ["PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH PLAIN LOGIN"];

/// A table of steps, done from the first to the last on each connection.
///
/// After the last step, and where a step finds the client gone, the connection is closed in order.
/// A client that says something else than is expected ends the script, and
/// [`Conversation::deviation`] tells.
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) steps: Vec<Step>,
    /// The lines of EHLO's answer after its first.
    pub(crate) announced: Vec<String>,
    pub(crate) certificate: CertificateKind,
}

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Takes a line, which begins with this in any case.
    Expect(String),
    /// Takes all until these octets, and them.
    Until(Vec<u8>),
    /// Takes so many octets.
    Octets(usize),
    /// Takes a BDAT command and its chunk.
    Chunk,
    /// Sends these octets in one write.
    Send(Vec<u8>),
    /// Sends these octets in the clear, whatever was before.
    SendInClear(Vec<u8>),
    /// Sends these octets one by one, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// Sends these octets so many times.
    Flood(Vec<u8>, u64),
    /// The server's side of the TLS handshake.
    Tls(Handshake),
    /// Answers as a server should, until a line that begins with this comes, and does not take it.
    Serve(Option<String>),
    /// Does nothing for so long.
    Wait(Duration),
    /// Reads no more and says no more, and does not close.
    Hang,
    /// Ends TLS, and the connection.
    Close,
    /// Ends the connection without a word, also where TLS ought to be ended first.
    Cut,
    /// Ends the connection with RST.
    Reset,
}

/// How the server's part of a TLS handshake goes out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handshake {
    Whole,
    /// Only so many octets of its first flight; then the connection is closed.
    Cut(usize),
    /// Its first flight octet by octet, with a pause before each.
    Drip(Duration),
}

impl Script {
    /// Nothing to do yet.
    #[must_use]
    pub fn new() -> Self {
        let announced = ANNOUNCED.map(str::to_owned).to_vec();
        Self { steps: Vec::new(), announced, certificate: CertificateKind::Good }
    }

    /// The same, with these lines in the answer to EHLO wherever the script only serves.
    #[must_use]
    pub fn announcing(mut self, lines: &[&str]) -> Self {
        self.announced = lines.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    /// The same, with another certificate.
    #[must_use]
    pub fn certificate(mut self, kind: CertificateKind) -> Self {
        self.certificate = kind;
        self
    }

    /// ... then the steps of another script.
    #[must_use]
    pub fn then(mut self, more: Self) -> Self {
        self.steps.extend(more.steps);
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// ... then takes a line, which has to begin with this, in any case.
    #[must_use]
    pub fn expect(self, prefix: impl Into<String>) -> Self {
        self.step(Step::Expect(prefix.into()))
    }

    /// ... then takes all octets until these have come.
    #[must_use]
    pub fn until(self, octets: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Until(octets.into()))
    }

    /// ... then takes so many octets, whatever they are.
    #[must_use]
    pub fn octets(self, count: usize) -> Self {
        self.step(Step::Octets(count))
    }

    /// ... then takes a BDAT command and its chunk (RFC 3030 §2).
    #[must_use]
    pub fn chunk(self) -> Self {
        self.step(Step::Chunk)
    }

    /// ... then sends these octets in one write.
    #[must_use]
    pub fn send(self, octets: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Send(octets.into()))
    }

    /// ... then sends these octets below TLS, as a server does that has ended TLS on its side only.
    #[must_use]
    pub fn send_in_clear(self, octets: impl Into<Vec<u8>>) -> Self {
        self.step(Step::SendInClear(octets.into()))
    }

    /// ... then sends these lines in one write, each with CRLF after it.
    #[must_use]
    pub fn reply(self, lines: &str) -> Self {
        self.send(with_line_ends(lines))
    }

    /// ... then takes a line, which has to begin with this, and sends these lines.
    #[must_use]
    pub fn answer(self, prefix: impl Into<String>, lines: &str) -> Self {
        self.expect(prefix).reply(lines)
    }

    /// ... then sends these octets one by one, with a pause before each.
    #[must_use]
    pub fn drip(self, octets: impl Into<Vec<u8>>, pause: Duration) -> Self {
        self.step(Step::Drip(octets.into(), pause))
    }

    /// ... then sends these octets so many times, or until the client takes no more.
    #[must_use]
    pub fn flood(self, octets: impl Into<Vec<u8>>, times: u64) -> Self {
        self.step(Step::Flood(octets.into(), times))
    }

    /// ... then does the TLS handshake.
    #[must_use]
    pub fn tls(self) -> Self {
        self.step(Step::Tls(Handshake::Whole))
    }

    /// ... then begins the TLS handshake, and closes after so many octets of its answer.
    #[must_use]
    pub fn tls_cut_after(self, octets: usize) -> Self {
        self.step(Step::Tls(Handshake::Cut(octets)))
    }

    /// ... then does the TLS handshake octet by octet, with a pause before each.
    #[must_use]
    pub fn tls_drip(self, pause: Duration) -> Self {
        self.step(Step::Tls(Handshake::Drip(pause)))
    }

    /// ... then answers as a server should, until the client is gone.
    #[must_use]
    pub fn serve(self) -> Self {
        self.step(Step::Serve(None))
    }

    /// ... then answers as a server should, until a line comes that begins with this, in any case,
    /// which is left for the next step. With "." it serves until a content has been taken, by DATA
    /// or by BDAT, and its end is not answered yet.
    #[must_use]
    pub fn serve_until(self, prefix: impl Into<String>) -> Self {
        self.step(Step::Serve(Some(prefix.into())))
    }

    /// ... then does nothing for so long.
    #[must_use]
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Wait(time))
    }

    /// ... then reads no more, says no more, and keeps the connection.
    #[must_use]
    pub fn hang(self) -> Self {
        self.step(Step::Hang)
    }

    /// ... then closes the connection in order: close_notify inside TLS, then FIN.
    #[must_use]
    pub fn close(self) -> Self {
        self.step(Step::Close)
    }

    /// ... then closes the connection by FIN alone, also inside TLS.
    #[must_use]
    pub fn cut(self) -> Self {
        self.step(Step::Cut)
    }

    /// ... then ends the connection with RST.
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

//! The types that the steps share. They are complete: there is nothing to write here.

use std::{
    fmt,
    io::{self, Read, Write},
    net::SocketAddr,
    time::Duration,
};

/// A stream of bytes in both directions: a TCP connection or, from step 6 on, TLS on top of one.
pub trait Stream: Read + Write + Send + fmt::Debug {}

impl<S: Read + Write + Send + fmt::Debug> Stream for S {}

/// A connection to a server.
#[derive(Debug)]
pub struct Connection {
    /// Where to read bytes from, and where to write bytes to.
    pub stream: Box<dyn Stream>,
    /// Bytes that have arrived and that no step has used yet. Step 1 fills it.
    pub unread: Vec<u8>,
}

impl Connection {
    /// Returns a connection over this stream, from which nothing has been read.
    pub fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), unread: Vec::new() }
    }
}

/// A complete reply of the server. Step 2 reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The code: 250 of `250 OK`.
    pub code: u16,
    /// The text of each line, without the code and the character after it.
    pub lines: Vec<String>,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.lines.join(" / "))
    }
}

/// Why a step failed.
#[derive(Debug)]
pub enum Error {
    /// The connection ended, or nothing arrived in time. `?` turns an [`io::Error`] into this.
    Lost(io::Error),
    /// The server broke the rules of SMTP, so that nothing it says can be trusted any more.
    Protocol(String),
    /// The server refused, with a reply that begins with 4 (try again later) or 5 (do not).
    Refused(Reply),
    /// TLS is not possible, or the certificate is not right.
    Tls(String),
    /// The caller asks for something that must not be sent, or that this server does not offer.
    Invalid(String),
}

impl From<io::Error> for Error {
    fn from(cause: io::Error) -> Self {
        Self::Lost(cause)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(cause) => write!(f, "the connection is lost: {cause}"),
            Self::Protocol(what) => write!(f, "the server broke the protocol: {what}"),
            Self::Refused(reply) => write!(f, "the server refused: {reply}"),
            Self::Tls(what) => write!(f, "no TLS: {what}"),
            Self::Invalid(what) => write!(f, "this cannot be done: {what}"),
        }
    }
}

impl std::error::Error for Error {}

/// What the server announced in its reply to EHLO. Step 4 reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it announced STARTTLS.
    pub starttls: bool,
    /// Whether it announced PIPELINING.
    pub pipelining: bool,
    /// The names after AUTH, in capitals and in the server's order.
    pub auth: Vec<String>,
    /// The number after SIZE, unless it is 0, which means that there is no limit.
    pub size: Option<u64>,
}

/// How the client checks the server's certificate.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The name that must be in the certificate.
    pub name: String,
    /// The certificate of a CA to trust besides those of the system, in PEM.
    pub ca_pem: String,
}

/// A user name and a password.
#[derive(Clone)]
pub struct Login {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// A server, and how to talk to it.
#[derive(Clone)]
pub struct Server {
    /// Its address.
    pub address: SocketAddr,
    /// The longest time to wait for bytes from it.
    pub timeout: Duration,
    /// The name with which the client introduces itself.
    pub hello: String,
    /// Requires TLS. `None` is for tests on one's own machine.
    pub tls: Option<Tls>,
    /// The user to log in as, if any.
    pub login: Option<Login>,
}

/// A message and its envelope.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The sender's address.
    pub from: String,
    /// The recipients' addresses.
    pub to: Vec<String>,
    /// The header, an empty line, and the body.
    pub content: Vec<u8>,
}

/// A recipient that the server refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The recipient's address.
    pub recipient: String,
    /// The server's reply.
    pub reply: Reply,
}

/// What became of a message. Exactly one of these is true.
#[derive(Debug)]
pub enum Outcome {
    /// The server is responsible for it now, for all recipients.
    Accepted,
    /// The server is responsible for it now, but not for these recipients.
    Partial(Vec<Refusal>),
    /// The server refused it: the sender, all recipients, or the message.
    Rejected(Reply),
    /// It was not sent, and it is safe to try again.
    NotSent(Error),
    /// It may have been accepted. If the caller sends it again, it may arrive twice; otherwise, never.
    Unknown(Error),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => write!(f, "accepted"),
            Self::Partial(refusals) => {
                write!(f, "accepted, except for")?;
                refusals.iter().try_for_each(|r| write!(f, " {} ({})", r.recipient, r.reply))
            }
            Self::Rejected(reply) => write!(f, "rejected: {reply}"),
            Self::NotSent(error) => write!(f, "not sent: {error}"),
            Self::Unknown(error) => write!(f, "unknown, it may have arrived: {error}"),
        }
    }
}

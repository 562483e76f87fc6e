//! The embedded SMTP server: small, real and strict.
//!
//! Tests, benchmarks and `mailer serve` send to it. It shares no code with the clients that are
//! measured against it, it accepts only what is exactly SMTP, and it tells afterwards what was
//! stored and what was said.
//!
//! - **It is a real server**: PIPELINING, CHUNKING, SIZE, 8BITMIME, SMTPUTF8, DSN parameters,
//!   STARTTLS and implicit TLS with a CA made at start, AUTH PLAIN and LOGIN checked.
//! - **It is strict**: CRLF alone ends a line, `CRLF.CRLF` alone ends the data, a bare CR or LF in
//!   content is refused, spacing and arguments are exact, and what is not announced is not taken.
//! - **It keeps its limits**: a command, a TLS handshake and a session take no longer than [`Limits`]
//!   says, however a client drips its bytes, and so with lines, recipients, errors and failed logins.
//! - **It is exact about flights**: the replies to commands that came together leave together, in
//!   one write; no half-RTT data, session tickets only as configured; TCP_NODELAY is on.
//! - **It misbehaves on request**: [`Fault`]s are scripted as data. For what no [`Fault`] can do
//!   there is another server, which does nothing but what its [`Script`] says: [`ScriptedServer`].
//!
//! ```
//! use std::io::{BufRead, BufReader, Write};
//! use std::net::TcpStream;
//! use std::time::Duration;
//! use mailer_server::{Config, EmbeddedServer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = EmbeddedServer::start(Config::plain())?;
//! let mut client = TcpStream::connect(server.addr())?;
//! client.write_all(b"HELO client.example\r\nMAIL FROM:<a@example.com>\r\n\
//!     RCPT TO:<b@example.com>\r\nDATA\r\n")?;
//! let mut replies = BufReader::new(client.try_clone()?).lines();
//! for code in ["220", "250", "250", "250", "354"] {
//!     let reply = replies.next().ok_or("closed")??;
//!     assert!(reply.starts_with(code), "{reply}");
//! }
//! client.write_all(b"Subject: Hello\r\n\r\n..dot\r\n.\r\nQUIT\r\n")?;
//! assert!(server.wait_for_mails(1, Duration::from_secs(5)));
//! let mail = &server.mails()[0];
//! assert_eq!(mail.recipients, ["b@example.com"]);
//! assert_eq!(&*mail.content, b"Subject: Hello\r\n\r\n.dot\r\n");
//! # Ok(())
//! # }
//! ```
//!
//! How it is built, from the outside in: `server` accepts and stops, and `session` moves lines and
//! content between `wire` (`socket` with its limits of time, and TLS) and `dialogue` (what a command
//! means). `gate`, `syntax` and `command` decide what a line is, `content` finds the end of the
//! data, and `store` keeps it. `script` is the other server.

// Nothing that a client sends may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod accept;
mod auth;
mod buffer;
mod certificates;
mod checksum;
mod command;
mod config;
mod content;
mod content_sink;
mod dialogue;
mod error;
mod fault;
mod gate;
mod key_log;
mod log;
mod maildir;
mod mask;
mod options;
mod parameters;
mod path;
mod private;
mod profile;
mod reply;
mod script;
mod server;
mod session;
mod sessions;
mod shared;
mod socket;
mod stop;
mod store;
mod stored_mail;
mod syntax;
mod tls;
mod transaction;
mod transcript;
mod wire;

pub use config::Config;
pub use error::StartError;
pub use fault::{Action, Fault, Point};
pub use options::{
    Account, CertificateKind, FailureHook, Hook, KeyLogHook, Limits, MailHook, Security, Store,
    TlsVersions,
};
pub use profile::{
    EarlyInput, Extension, MailLimit, OversizedChunk, PipelinedInput, Profile, RefusedChunk,
};
pub use script::{Conversation, Said, Script, ScriptedServer, Taken};
pub use server::EmbeddedServer;
pub use store::Tally;
pub use stored_mail::StoredMail;
pub use transcript::{Peer, TranscriptLine};

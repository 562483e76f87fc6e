//! The embedded SMTP server: a strict server on threads of the current process, for tests.
//!
//! Tests, benchmarks and `mailer serve` send to it. It shares no code with the clients that it
//! measures, and it returns every message that it stored and every line of every session.
//!
//! - **It is a real server**: PIPELINING, CHUNKING, SIZE, 8BITMIME, SMTPUTF8, DSN parameters,
//!   STARTTLS and implicit TLS with a CA of its own, AUTH PLAIN and LOGIN with accounts.
//! - **It is strict**: only CRLF ends a line, only `CRLF.CRLF` ends the data, a bare CR or LF in
//!   content is refused, and spacing and arguments are exact. It refuses the commands and parameters
//!   of extensions that it has not announced. Like most servers it accepts a group of commands
//!   without PIPELINING, unless [`Profile::early_input`] refuses it.
//! - **It has limits**: [`Limits`] bounds the time of a command, a TLS handshake and a session, even
//!   for a client that sends single bytes, and the number of recipients, errors and failed logins.
//! - **It keeps flights intact**: the replies to commands that arrived together leave together, in
//!   one write. It sends no half-RTT data, sends session tickets only as configured, and delays no
//!   small packet (`TCP_NODELAY`).
//! - **It misbehaves on request**: a [`Fault`] replaces a reply, delays it or ends the connection.
//!   For behaviour beyond faults, a [`ScriptedServer`] performs the steps of a [`Script`].
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
//! let mut replies = BufReader::new(client.try_clone()?).lines();
//! let mut expect = |code: &str| -> Result<(), Box<dyn std::error::Error>> {
//!     let reply = replies.next().ok_or("closed")??;
//!     if reply.starts_with(code) { Ok(()) } else { Err(reply.into()) }
//! };
//! expect("220")?;
//! for (command, code) in [
//!     ("HELO client.example", "250"),
//!     ("MAIL FROM:<a@example.com>", "250"),
//!     ("RCPT TO:<b@example.com>", "250"),
//!     ("DATA", "354"),
//! ] {
//!     client.write_all(format!("{command}\r\n").as_bytes())?;
//!     expect(code)?;
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
//! The source, from the outside in: `server` starts and stops, and `session` moves lines and content
//! between `wire` (a `socket` with time limits, and TLS) and `dialogue` (which carries out commands).
//! `line`, `syntax` and `command` parse a line, `content` finds the end of the data, and `store`
//! keeps it. `script` is the scripted server.

// No input of a client may make this code panic.
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
mod key_log;
mod line;
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
pub use script::{Conversation, ReceivedContent, Script, ScriptedServer, Transfer};
pub use server::EmbeddedServer;
pub use store::Tally;
pub use stored_mail::StoredMail;
pub use transcript::{Peer, TranscriptLine};

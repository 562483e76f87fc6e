//! An SMTP server on threads of your test: a fake to test programs that send mail.
//!
//! Start it, point the program at [`url`](EmbeddedServer::url), and look at what arrived. Faults make it
//! refuse, stall or disconnect, and can be changed while it runs:
//!
//! ```
//! use lettre::{Message, SmtpTransport, Transport};
//! use mailer_server::{Config, EmbeddedServer, Fault, Point};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = EmbeddedServer::start(Config::plain())?;
//! let mailer = SmtpTransport::from_url(&server.url())?.build();
//! let message = Message::builder()
//!     .from("ann@example.test".parse()?)
//!     .to("bob@example.test".parse()?)
//!     .subject("Hello")
//!     .body(String::from("A line."))?;
//!
//! mailer.send(&message)?;
//! let mail = server.take_mails().pop().ok_or("no message")?;
//! assert_eq!(mail.recipients, ["bob@example.test"]);
//! assert!(String::from_utf8_lossy(&mail.content).contains("Subject: Hello\r\n"));
//!
//! server.set_faults([Fault::at(Point::Rcpt).when("bob@").reply("550 5.1.1 No such user")]);
//! assert!(mailer.send(&message).is_err_and(|error| error.is_permanent()));
//! # Ok(())
//! # }
//! ```
//!
//! # Where to go
//!
//! - [`Config`]: what to start. [`Config::plain`] has neither TLS nor AUTH, [`Config::default`] requires
//!   STARTTLS and a login, and [`Config::implicit`] has TLS from the first byte.
//! - [`EmbeddedServer`]: its URL, CA, messages ([`StoredMail`]) and transcript ([`TranscriptLine`]), and
//!   how to wait for a message.
//! - [`Fault`]: misbehaviour at a [`Point`] of a session, for some recipients or some times only.
//! - [`Authority`]: a CA that several servers or several runs share.
//! - [`Limits`] and [`Profile`]: limits, and the extensions and habits of known servers.
//! - [`ScriptedServer`]: a server that performs any list of steps, beyond what a fault can do.
//! - [`Sink`]: a server that accepts everything with as little work as possible, to measure clients.
//! - `examples/fake_server.rs` is a complete test of a small program.
//!
//! # What it promises
//!
//! - **It is a real server**: PIPELINING, CHUNKING, SIZE, 8BITMIME, SMTPUTF8, DSN parameters,
//!   STARTTLS and implicit TLS with a CA of its own, AUTH SCRAM-SHA-256, PLAIN, LOGIN,
//!   OAUTHBEARER and XOAUTH2 with accounts, and client certificates.
//! - **It is strict**: only CRLF ends a line, only `CRLF.CRLF` ends the data, a bare CR or LF in
//!   content is refused, and spacing and arguments are exact. It refuses the commands and parameters
//!   of extensions that it has not announced. Like most servers it accepts a group of commands
//!   without PIPELINING, unless [`Profile::early_input`] refuses it.
//! - **It has limits**: [`Limits`] bounds the time of a command, a TLS handshake and a session, even
//!   for a client that sends single bytes, and the number of recipients, errors and failed logins.
//! - **It keeps flights intact**: the replies to commands that arrived together leave together, in
//!   one write, unless [`Profile::group_replies`] separates them. It sends no half-RTT data, sends
//!   session tickets only as configured, and delays no small packet (`TCP_NODELAY`) otherwise.
//! - **It is independent**: it shares no code with the clients of this workspace that it tests and
//!   measures.
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
mod active_faults;
mod auth;
mod authority;
mod buffer;
mod certificates;
mod checksum;
mod command;
mod config;
mod content;
mod content_sink;
mod dialogue;
mod error;
mod event;
mod fault;
mod header;
mod hook;
mod identity;
mod key_log;
mod line;
mod log;
mod maildir;
mod mask;
mod options;
mod parameters;
mod path;
mod pieces;
mod private;
mod profile;
mod reply;
mod script;
mod server;
mod session;
mod sessions;
mod shared;
mod sink;
mod socket;
mod stop;
mod store;
mod stored_mail;
mod syntax;
mod tls;
mod transaction;
mod transcript;
mod url;
mod wire;

pub use authority::Authority;
pub use config::Config;
pub use error::StartError;
pub use event::Event;
pub use fault::{Action, Fault, Point, RuleError, Times};
pub use hook::Hook;
pub use identity::Identity;
pub use options::{
    Account, CertificateKind, EventHook, FailureHook, KeyLogHook, Limits, LineHook, MailHook,
    Security, Store, TlsVersions,
};
pub use profile::{
    EarlyInput, Extension, GroupReplies, MailLimit, OversizedChunk, PipelinedInput, Profile,
    RefusedChunk,
};
pub use script::{Conversation, ReceivedContent, Script, ScriptedServer, Transfer};
pub use server::EmbeddedServer;
pub use sink::Sink;
pub use store::Tally;
pub use stored_mail::StoredMail;
pub use transcript::{Peer, TranscriptLine};

//! SMTP without I/O: bytes in, bytes out.
//!
//! A [`Session`] is fed what the server sent and asked what to do [`Next`]. It has no socket, no
//! clock and no TLS, so that the whole dialogue can be read, tested and fuzzed without a network;
//! `mailer-raw` has the one loop that obeys it.
//!
//! ```text
//!             (implicit TLS)
//!  connect ──────────────────► TLS ─┐         ┌─────────── STARTTLS ◄─┐
//!     │                             ▼         ▼ 220                   │ offered, and wanted
//!     └─────────────────────────► greeting   TLS ──► EHLO again ──┐   │
//!                                   │ 220                         ▼   │
//!                                   └───────► EHLO ─────────────► capabilities
//!                                                                 │
//!                         ┌───────────────────────────────────────┤ user given
//!                         │ no user                               ▼
//!                         ▼                  235                 AUTH ◄─┐ 334
//!        mails ◄──────► ready ◄───────────────────────────────────┴─────┘
//!                         │
//!                         └──► QUIT ──► closed       any refusal, break of rules or time-out ──► closed
//! ```
//!
//! Three ideas carry it:
//!
//! - **The owed replies are a queue.** Whatever is written pushes what its reply will belong to; each
//!   reply pops one entry. Replies are told apart by counting and nothing else (RFC 2920 §3.1).
//! - **A flow is a table.** [`Flow::waits_after`] says after which step nothing may follow until its
//!   reply has come. Every flow is a column of it, and all go through the same code.
//! - **One place judges.** What a reply means, and what becomes of a mail, is decided in
//!   `session/opening.rs` and `session/sending.rs`, once.
//!
//! ```
//! use std::sync::Arc;
//! use mailer::{Security, Server, Step};
//! use mailer_protocol::{Flow, Next, Session};
//!
//! let server: Server = "smtp://mail.example.com?tls=none".parse()?;
//! let mut session = Session::new(Arc::new(server), Flow::Auto);
//! assert!(matches!(session.what_next(), Next::Read { step: Step::Greeting, .. }));
//! session.received(b"220 mail.example.com ready\r\n");
//! assert!(matches!(session.what_next(), Next::Write { step: Step::Ehlo }));
//! assert_eq!(session.bytes(), b"EHLO [127.0.0.1]\r\n");
//! session.wrote();
//! session.received(b"250-mail.example.com\r\n250 PIPELINING\r\n");
//! assert!(matches!(session.what_next(), Next::Idle));
//! assert!(session.capabilities().pipelining);
//! # Ok::<(), mailer::Error>(())
//! ```

// Nothing that a server sends may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod auth;
mod capabilities;
mod command;
mod dot_stuffing;
mod flow;
mod pipelining;
mod plan;
mod reply_reader;
mod session;

pub use capabilities::Capabilities;
pub use flow::Flow;
pub use pipelining::{Pipelining, Window};
pub use plan::plan;
pub use session::{Block, Next, Note, Outgoing, Session, Settled};

//! The client side of SMTP without I/O: bytes in, bytes out.
//!
//! A [`Session`] has no socket, no clock and no TLS, so the whole dialogue can be read, tested and
//! fuzzed without a network, and any kind of I/O can drive it. The caller runs a loop: it asks
//! [`Session::what_next`], does what [`Next`] says, and reports back.
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
//! assert!(matches!(session.what_next(), Next::Write { step: Step::Ehlo, .. }));
//! assert_eq!(session.bytes(), b"EHLO [127.0.0.1]\r\n");
//! session.wrote();
//! session.received(b"250-mail.example.com\r\n250 PIPELINING\r\n");
//! assert!(matches!(session.what_next(), Next::Idle));
//! assert!(session.capabilities().pipelining);
//! # Ok::<(), mailer::Error>(())
//! ```
//!
//! ## The contract
//!
//! | [`Next`] | the caller | and then calls |
//! | --- | --- | --- |
//! | `Write` | writes [`Session::bytes`] | [`Session::wrote`], or [`Session::advance`] after a part |
//! | `Read` | reads from the server | [`Session::received`], or [`Session::reply_timed_out`] |
//! | `StartTls` | runs the TLS handshake | [`Session::secured`] |
//! | `Mail` | takes a mail from its queue | [`Session::offer`] or [`Session::no_more_mails`] |
//! | `Content` | reads a block of the mail's content | [`Session::content`] or [`Session::content_failed`] |
//! | `Settled` | reads [`Session::receipt`] | nothing |
//! | `Idle` | decides how to go on | [`Session::expect_mails`] or [`Session::quit`] |
//! | `Close` | closes the connection | nothing |
//!
//! If any of these fails, the caller reports the error with [`Session::fail`]. After a write that failed
//! it calls [`Session::write_interrupted`] first.
//!
//! ## The stages
//!
//! This diagram is generated from the table in `session/stage.rs`:
//!
//! ```text
//! Connected    ── no implicit TLS ──────────────────────────► Greeting
//!              ── implicit TLS ─────────────────────────────► TlsHandshake
//! Greeting     ── 2yz ──────────────────────────────────────► Ehlo
//!              ── refusal ──────────────────────────────────► Quitting
//! Ehlo         ── 2yz with STARTTLS, before TLS ────────────► StartTls
//!              ── 5yz, and neither TLS nor AUTH needed ─────► Helo
//!              ── 2yz, user given ──────────────────────────► Auth
//!              ── 2yz, no user given ───────────────────────► Ready
//!              ── refusal ──────────────────────────────────► Quitting
//! Helo         ── 2yz, no user given ───────────────────────► Ready
//!              ── refusal ──────────────────────────────────► Quitting
//! StartTls     ── 220 ──────────────────────────────────────► TlsHandshake
//!              ── refusal ──────────────────────────────────► Quitting
//! TlsHandshake ── done, implicit TLS ───────────────────────► Greeting
//!              ── done, after STARTTLS ─────────────────────► Ehlo
//! Auth         ── 334 ──────────────────────────────────────► Auth
//!              ── 504, and another mechanism is left ───────► Auth
//!              ── 2yz ──────────────────────────────────────► Ready
//!              ── no reply yet: AUTH is pipelined ──────────► Ready
//!              ── refusal ──────────────────────────────────► Quitting
//! Ready        ── a pipelined AUTH is refused ──────────────► Quitting
//!              ── the caller quits ─────────────────────────► Quitting
//!              ── reply to a pipelined QUIT ────────────────► Closed
//! Quitting     ── reply to QUIT ────────────────────────────► Closed
//! any stage    ── 421, violation, time-out, lost connection ► Closed
//! ```
//!
//! "Refusal" means that the client sends QUIT, because the server can still be expected to answer it. The
//! diagram has two paths that are less common:
//!
//! - **HELO.** If the server refuses EHLO with 5yz and neither TLS nor AUTH is needed, the client sends
//!   HELO instead (RFC 5321 §3.2).
//! - **A pipelined AUTH.** With [`Pipelining::pipeline_auth`], the session is ready for mails before AUTH
//!   PLAIN is answered. A refusal then leads to QUIT.
//!
//! ## The code
//!
//! Three ideas explain it:
//!
//! - **The expected replies are a queue.** Each command that is written pushes the step that its reply
//!   belongs to, and each reply pops one entry. Replies are matched by counting only (RFC 2920 §3.1).
//! - **A flow is a column of a table.** The table at [`Flow`] lists the steps after which the client waits
//!   for a reply before it writes more. All flows run through the same code.
//! - **Each decision has one place.** `session/opening.rs` interprets the replies until the session is
//!   ready, and `session/replies.rs` those to mails.
//!
//! ## Where to go next
//!
//! - The example `blocking` is the smallest driver. The example `on_tokio` has deadlines, and its future can
//!   be dropped at any await. `mailer-raw` drives the protocol with TLS.
//! - [`Flow`] has the table of the flows, and [`plan()`] shows the flights of a session.
//! - `session.rs` is where the code starts.

// No input from a server may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod auth;
mod capabilities;
mod command;
mod dot_stuffing;
mod flow;
mod grouping;
mod next;
mod outgoing;
mod pipelining;
mod plan;
mod reply_reader;
mod session;

pub use capabilities::Capabilities;
pub use flow::Flow;
pub use next::{Block, Flight, Next, Settled};
pub use outgoing::Outgoing;
pub use pipelining::{Pipelining, Window};
pub use plan::{Announcement, plan, plan_with};
pub use session::{Note, Session};

//! # Chapter two: what an abstraction gives, and what it costs
//!
//! The high-level way to send a mail: somebody else has written it. This crate puts the library
//! [lettre] behind the trait [`Mailer`](mailer::Mailer), and the heart of that is three lines in
//! `transport.rs`, one for each thing that a mailer does:
//!
//! ```text
//! open     transport.test_connection()
//! send     transport.send_raw(envelope, message)
//! close    transport.shutdown()
//! ```
//!
//! Behind them are some five thousand lines that nobody here had to write: the commands, the parser
//! of replies, STARTTLS, AUTH, a pool, and for a draft the whole of MIME. They are tested by many
//! users, and get better without us. A program that sends a confirmation now and then needs nothing
//! else, and should use it like that.
//!
//! ## What it cannot keep
//!
//! The rest of this crate is about the edges. An abstraction decides what its users need not see; who
//! needs to see it has to look around it. The trait here promises four things that `send_raw` does
//! not tell:
//!
//! **What became of a mail.** lettre gives `Ok` or `Err`. Was the connection lost before the mail
//! ended, so that it may be sent again, or after, so that it had better not be? Which recipient was
//! refused? lettre knew when it happened, and said so in its debug events, to whom it concerned:
//! `listener.rs` listens, and `dialogue.rs` makes sense of what it hears.
//!
//! **Where the time goes.** There is one time-out, for each read. A deadline for the whole needs a
//! thread that can be given up: `runner.rs`. It also has to make sure that a mail that was reported
//! as not sent is not sent after all, by a thread that nobody waits for any more.
//!
//! **What an error means.** The kinds of lettre's error are its own; `errors.rs` finds out what a
//! caller can do about each.
//!
//! **Which line did it.** A trace names the source line behind each command. lettre's events all name
//! the function that writes; `source.rs` looks at the call stack for who called it.
//!
//! What remains is data, [`DIFFERENCES`]: promises that lettre does not keep, each with the line of
//! its source that shows it. The conformance suite, the documentation and `mailer compare` all read
//! that table.
//!
//! ## The files
//!
//! | | |
//! | --- | --- |
//! | `transport.rs` | [`LettreMailer`]: lettre as its users use it. Begin here |
//! | `connection.rs` | [`LettreConnection`]: lettre without its pool, to be measured |
//! | `session.rs` | what both share: call, listen, and say what came of it |
//! | `runner.rs` | where they run: on a thread of their own, or the caller's |
//! | `settings.rs`, `render.rs` | a server, an envelope and a draft in lettre's words |
//! | `listener.rs`, `dialogue.rs`, `replies.rs` | what lettre says and hears on the wire |
//! | `mask.rs`, `source.rs` | what a trace hides, and what it adds |
//! | `errors.rs`, `differences.rs` | what goes wrong, and what is otherwise |
//!
//! [lettre]: https://docs.rs/lettre/0.11.23

// Nothing that a server sends may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod connection;
mod dialogue;
mod differences;
mod errors;
mod listener;
mod mask;
mod render;
mod replies;
mod runner;
mod session;
mod settings;
mod source;
mod transport;

pub use connection::LettreConnection;
pub use differences::{DIFFERENCES, Difference};
pub use render::render;
pub use transport::LettreMailer;

//! # Chapter two: what an abstraction gives, and what it costs
//!
//! The high-level way to send a message is to let a library do it. This crate puts [lettre] behind the
//! trait [`Mailer`](mailer::Mailer). The part that lettre's users write is `transport.rs`: 56 lines,
//! and in them one call for each thing that a mailer does:
//!
//! ```text
//! open     transport.test_connection()
//! send     transport.send_raw(envelope, message)
//! close    transport.shutdown()
//! ```
//!
//! lettre brings some five thousand lines that this project did not have to write: the commands, the
//! parser of replies, STARTTLS, AUTH, a pool, and for a draft the whole of MIME. Many users test them,
//! and they get better without our help. A program that sends a confirmation now and then needs
//! nothing else, and should use lettre just like that.
//!
//! ## What the promises cost
//!
//! An abstraction decides what its users need not see. A caller who does need to see it has to work
//! around the abstraction, and that is the rest of this crate. The trait promises four things that
//! `send_raw` does not report:
//!
//! **What became of a message.** lettre returns `Ok` or `Err`. Was the connection lost before the end
//! of the message, so that it is safe to send again, or after it? Which recipient was refused? lettre
//! knew when it happened and wrote it to its debug events. The folder `observe/` listens to those
//! events and turns them back into commands and replies.
//!
//! **Where the time goes.** lettre has one time-out, for each read. A deadline for a whole call needs
//! a thread that can be given up, and a way to stop that thread, so that a message reported as not
//! sent is not sent later after all. That is the folder `guard/`.
//!
//! **What an error means.** lettre's errors have kinds of their own; `errors.rs` finds out what a
//! caller can do about each.
//!
//! **Which line did it.** A trace names the source line behind each command. lettre's events all name
//! the function that writes, so `observe/source.rs` searches the call stack for its caller.
//!
//! What cannot be repaired is data: [`DIFFERENCES`] lists the promises that lettre does not keep, each
//! with the line of its source that shows it. The conformance suite, the documentation and
//! `mailer compare` all read that table.
//!
//! ## The files
//!
//! | | |
//! | --- | --- |
//! | `transport.rs` | lettre as its users use it. Begin here |
//! | `connection.rs` | lettre's connection without its pool, for measurements |
//! | `settings.rs`, `tls.rs` | a server in lettre's types |
//! | `render.rs`, `content.rs` | a draft rendered by lettre's builder, and the bytes that lettre is handed |
//! | `observe/` | what it takes to see the dialogue |
//! | `guard/` | what it takes to keep a deadline |
//! | `session.rs`, `errors.rs` | calls lettre and reports the outcome as the trait defines it |
//! | `mailers.rs` | [`LettreMailer`] and [`LettreConnection`], which put it all together |
//! | `differences.rs` | [`DIFFERENCES`] |
//!
//! [lettre]: https://docs.rs/lettre/0.11.23

// Nothing that a server sends may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod connection;
mod content;
mod differences;
mod errors;
mod guard;
mod mailers;
mod observe;
mod render;
mod session;
mod settings;
mod tls;
mod transport;

pub use differences::{DIFFERENCES, Difference};
pub use mailers::{LettreConnection, LettreMailer};
pub use render::render;

//! [`LettreMailer`]: the trait [`Mailer`](mailer::Mailer) implemented with the library [lettre].
//!
//! ```no_run
//! use mailer::{Envelope, Mail, Mailer, Message, Retry, Server};
//! use mailer_lettre::LettreMailer;
//!
//! let server: Server = "smtp://ann%40example.com:secret@mail.example.com".parse()?;
//! let mut mailer = LettreMailer::new(&server)?;
//! let envelope = Envelope::new(Some("ann@example.com".parse()?), vec!["bob@example.com".parse()?])?;
//! let message = Message::from_bytes("Subject: hello\r\n\r\nHello, Bob.\r\n")?;
//! let receipt = mailer.send(&Mail::new(envelope, message));
//! assert_eq!(receipt.retry(), Retry::Done);
//! mailer.close()?;
//! # Ok::<(), mailer::Error>(())
//! ```
//!
//! To choose a backend by name, use `mailer_backends::find`. The rest of this page is for readers of the
//! source.
//!
//! # Chapter two: what an abstraction gives, and what it costs
//!
//! The high-level way to send a message is to let a library do it. The part that lettre's users write is `transport.rs`: 56
//! lines, with one call of lettre for each method of the trait:
//!
//! ```text
//! open     transport.test_connection()
//! send     transport.send_raw(envelope, message)
//! close    transport.shutdown()
//! ```
//!
//! lettre brings some eight thousand lines that this project did not have to write (`docs/results.md` counts
//! them): commands, the parser of replies, STARTTLS, AUTH, a pool, and MIME for drafts. Many users test them,
//! and its authors improve them. A program that sends a confirmation now and then needs nothing else, and should use lettre
//! directly.
//!
//! ## What the promises cost
//!
//! An abstraction hides what its users usually do not need. A caller that does need it has to work
//! around the abstraction, and the rest of this crate does that. The trait promises four things that
//! `send_raw` does not report:
//!
//! **The outcome of a message.** lettre returns `Ok` or `Err`. Was the connection lost before the end
//! of the message, so that it is safe to send again, or after it? Which recipient was refused? lettre
//! writes this to its debug events only. The folder `observe/` receives those events and converts them
//! back into commands and replies.
//!
//! **Deadlines.** lettre has one time-out, which applies to each read. A deadline for a whole call needs
//! a thread that the caller can abandon. It also needs a way to stop that thread, so that a message
//! reported as not sent is not sent later. The folder `guard/` does both.
//!
//! **The kind of an error.** lettre's errors have other kinds. `errors.rs` translates each into the
//! [`Kind`](mailer::Kind) that states what a caller can do.
//!
//! **The source line of each command.** All of lettre's events name the function that writes, so
//! `observe/source.rs` searches the call stack for its caller.
//!
//! Some promises cannot be kept this way. [`DIFFERENCES`] lists them, each with the line of lettre's
//! source that shows it. The conformance suite, the documentation and `mailer compare` all read that
//! table.
//!
//! ## The files
//!
//! | | |
//! | --- | --- |
//! | `transport.rs` | lettre as its users call it. Start here |
//! | `connection.rs` | lettre's connection without its pool, for measurements |
//! | `settings.rs`, `tls.rs` | a server in lettre's types |
//! | `render.rs`, `content.rs` | a draft rendered by lettre's builder, and the bytes that are passed to lettre |
//! | `observe/` | the dialogue, read from lettre's debug events |
//! | `guard/` | deadlines for whole calls |
//! | `session.rs`, `errors.rs` | calls lettre and reports the outcome as the trait defines it |
//! | `mailers.rs` | [`LettreMailer`] and [`LettreConnection`], which combine the parts |
//! | `differences.rs` | [`DIFFERENCES`] |
//!
//! [lettre]: https://docs.rs/lettre/0.11.23

// No input from a server may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]
#![warn(missing_debug_implementations)]

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
pub use settings::MECHANISMS;

//! Notes on every byte of an SMTP session, and the reason for each turning point.
//!
//! This crate is the one home of the lesson's texts. A page, a terminal and a book take a dialogue, as
//! pieces with their bytes, and get the tokens of each piece. Every token has a [`Note`], so no byte is
//! left without an explanation:
//!
//! ```
//! use mailer::Step;
//! use mailer_notes::{Piece, annotate};
//!
//! let line = b"MAIL FROM:<ann@example.test> SIZE=126\r\n";
//! let annotated = annotate(&[Piece::client(Step::Mail, line)]);
//! let tokens: Vec<(&str, &str)> = annotated[0]
//!     .tokens
//!     .iter()
//!     .map(|token| (std::str::from_utf8(&line[token.range.clone()]).unwrap(), token.note.id))
//!     .collect();
//! assert_eq!(
//!     tokens,
//!     [
//!         ("MAIL", "mail"),
//!         (" ", "space"),
//!         ("FROM:", "from"),
//!         ("<", "path-open"),
//!         ("ann", "local-part"),
//!         ("@", "at"),
//!         ("example.test", "domain"),
//!         (">", "path-close"),
//!         (" ", "space"),
//!         ("SIZE=", "parameter-size"),
//!         ("126", "parameter-size-value"),
//!         ("\r\n", "crlf"),
//!     ]
//! );
//! ```
//!
//! A token in base64 or quoted-printable comes with its decoded text. What a client sends in AUTH is
//! never decoded, because it may be a secret:
//!
//! ```
//! # use mailer::Step;
//! # use mailer_notes::{Piece, annotate};
//! let pieces = [
//!     Piece::client(Step::Auth, b"AUTH PLAIN AGFubgBzZXNhbWU=\r\n"),
//!     Piece::server(Step::Auth, b"334 VXNlcm5hbWU6\r\n"),
//! ];
//! let annotated = annotate(&pieces);
//! let decoded = annotated.iter().flat_map(|piece| &piece.tokens).filter_map(|token| token.decoded.as_deref());
//! assert_eq!(decoded.collect::<Vec<_>>(), ["**** NUL **** NUL ****", "Username:"]);
//! ```
//!
//! A note that does not know a token admits it: see [`Note::is_unknown`]. At a [`TurningPoint`] of the
//! session, [`why`] has the question that a learner asks there, and the answer. [`lesson_steps`] is the
//! session in fifteen steps, and [`break_notes`] is about what goes wrong when a client breaks the dialogue.
//!
//! The crate uses no network, no clock and no files.

// No input from a server or a user may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod annotate;
mod auth;
mod body;
mod breaks;
mod client;
mod command;
mod content;
mod decode;
mod extensions;
mod header;
mod lesson;
mod mime;
mod note;
mod parameters;
mod path;
mod piece;
mod scanner;
mod server;
mod step_numbers;
mod table;
mod tls;
mod token;
mod turning;
mod why;

pub use annotate::annotate;
pub use breaks::{BreakNote, break_notes};
pub use lesson::{LessonStep, PossibleAnswer, lesson_steps};
pub use note::Note;
pub use piece::{Piece, Speaker, TlsRecord, Wire};
pub use step_numbers::StepNumbers;
pub use table::notes;
pub use token::{Annotated, Token};
pub use why::{TurningPoint, Why, reasons, why};

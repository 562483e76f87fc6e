//! The lesson of the terminal: an SMTP session step by step, and broken dialogues with a real server.
//!
//! A [`Lesson`] is two sessions of a [comparison](mailer_compare::Comparison), cut into the fifteen steps of
//! [`mailer_notes::lesson_steps`]. A [`Break`] is a dialogue that leaves something out or sends something too
//! early: [`Break::run`] sends it to a server and returns what the server really answers, and
//! [`Break::handling`] shows what the backends do there. [`text`](mod@text) shows all of it on a terminal. The
//! texts are those of `mailer-notes`, which the page of `compare --html` shares.
//!
//! ```
//! use mailer::{Envelope, Security};
//! use mailer_explain::{Break, Target};
//! use mailer_lab::embedded;
//! use mailer_server::Store;
//!
//! let (embedded, server) = embedded::start(Security::Required, Store::Memory)?;
//! let envelope = Envelope::new(Some("ann@example.test".parse()?), vec!["bob@example.test".parse()?])?;
//! let target = Target::new(&server, &envelope, b"").with_inbox(&embedded);
//! let dialogue = Break::find("data-first").expect("its name").run(&target)?;
//! assert_eq!(dialogue.codes(), [250, 503, 221]);
//! # Ok::<(), mailer::Error>(())
//! ```

#![warn(missing_debug_implementations)]
// No input from a server or a user may make this code panic.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic, clippy::string_slice))]

mod breaks;
mod client;
mod dialogue;
mod handling;
mod lesson;
mod lone_dot;
pub mod text;

pub use breaks::{BREAKS, Break};
pub use dialogue::{BrokenDialogue, Target};
pub use handling::Handling;
pub use lesson::{Lesson, LessonPart, Word};
pub use lone_dot::lone_dot_mail;

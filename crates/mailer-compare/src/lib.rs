//! Comparison of SMTP clients: each contender sends the same mail, and every difference is shown.
//!
//! An [`Experiment`] describes what is sent to which server. [`Experiment::run`] gives the mail to each
//! contender, over a [link](mailer_link) that records every byte, and returns a [`Comparison`]: the
//! observations as data. The reports [`text`](mod@text), [`json`](mod@json) and [`html`](mod@html) are
//! computed from it, and so are the [`findings`](fn@findings), which explain the differences.
//!
//! ```
//! use mailer::{Error, Mail, Mailer, Receipt, Server, Trace};
//! use mailer_compare::Experiment;
//! use mailer_lab::{Contender, embedded, sample};
//! use mailer_server::Store;
//! use std::{sync::Arc, time::SystemTime};
//!
//! struct MyMailer(Server);
//!
//! impl Mailer for MyMailer {
//!     // …
//! #     fn open(&mut self) -> Result<(), Error> { Ok(()) }
//! #     fn send(&mut self, _: &Mail) -> Receipt { Receipt::not_sent(Error::lost(mailer::Step::Connect)) }
//! #     fn close(&mut self) -> Result<(), Error> { Ok(()) }
//! #     fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
//! }
//!
//! let mine = Contender::new("mine", |server| Ok(Box::new(MyMailer(server.clone()))));
//! let mail = sample::mail(SystemTime::now(), "1@example.test".parse()?)?;
//! let (embedded, server) = embedded::start(mailer::Security::Required, Store::Memory)?;
//! let comparison = Experiment::on_embedded(&embedded, &server, &mail).run(&[mine])?;
//! println!("{}", mailer_compare::text::text(&comparison, Default::default()));
//! # assert_eq!(comparison.observations[0].receipt.outcome, mailer::Outcome::NotSent);
//! # Ok::<(), Error>(())
//! ```
//!
//! The example `compare_backends` has a complete backend, and compares two variants of it.
//!
//! # Where to go
//!
//! - [`observation`]: what one contender did, as data: phases, round trips, stalls, the dialogue step by
//!   step. It combines the backend's own [events](Recorder) with what the link recorded.
//! - [`external_client`]: any other SMTP client as one more column.
//! - [`report`]: the document of `--json`, the same for `send` and `compare`.
//! - [`capture`]: the sessions as a file for Wireshark.

#![warn(missing_debug_implementations)]

mod align;
pub mod capture;
mod causes;
mod comparison;
mod delayed_ehlo;
mod difference_reason;
pub mod exchange;
mod experiment;
pub mod external_client;
mod findings;
pub mod html;
mod inbox_check;
pub mod json;
mod known_cause;
pub mod observation;
mod observe;
pub mod page_data;
mod per_mail;
mod recorder;
pub mod recordings;
pub mod report;
mod run;
mod shown_dialogue;
mod stored_difference;
mod tables;
pub mod text;
mod time_format;
mod tls_records;
mod verdict;
pub mod wire;

#[cfg(test)]
mod fixtures;

pub use align::{AlignedStep, align};
pub use comparison::Comparison;
pub use difference_reason::DifferenceReason;
pub use experiment::Experiment;
pub use findings::findings;
pub use inbox_check::{ContentDifference, InboxCheck, Miscount};
pub use known_cause::{KnownCause, Symptom};
pub use per_mail::{Section, sections};
pub use recorder::{EventKind, RecordedEvent, Recorder};
pub use stored_difference::StoredDifference;
pub use verdict::verdict;

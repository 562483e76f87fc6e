//! What the fuzz targets share.
//!
//! Everything goes through the public API of the crates: nothing is public only for a fuzzer. An input
//! starts with its choices, one byte each, modulo the number of values; text follows. So a seed can be
//! written by hand, with digits for the choices.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "an oracle reports by panicking")]

mod cuts;
mod ledger;
mod listener;
#[path = "../../crates/mailer-raw/tests/render/read_back.rs"]
mod reader;
mod scene;
mod secret;
mod sender;
mod sketch;

pub use cuts::Cuts;
pub use listener::Listener;
pub use scene::Scene;
pub use sender::sent_by;
pub use sketch::{Sketch, printable};

/// The reader of rendered drafts, shared with the tests of `mailer-raw`.
pub mod read_back {
    /// Panics unless this subject reads back.
    pub fn subject_survives(subject: &str) {
        super::reader::subject_survives(subject);
    }

    /// Panics unless this display name reads back.
    pub fn names_survive(name: &str) {
        super::reader::names_survive(name);
    }

    /// Panics unless a file of this name reads back.
    pub fn file_name_survives(name: &str) {
        super::reader::file_name_survives(name);
    }
}

//! What the fuzz targets share.
//!
//! Everything goes through the public API of the crates: nothing is made public for a fuzzer. The
//! choices that an input makes come first in it, an octet each, and count modulo how many there are;
//! text follows. So a seed can be written by hand, with digits for the choices.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "an oracle speaks by panicking")]

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

/// What a reader makes of a rendered draft: the tests of `mailer-raw` have the same one.
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

//! How the files of a message are read, and the remarks about them.

use std::time::Duration;

use mailer_prepared::Remark;

use crate::{input::Limits, output};

/// How the files of a message are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The limit on reading a pipe; `None` is no limit.
    pub(crate) time: Option<Duration>,
    /// Whether to print notes about lines that were dropped.
    pub(crate) shows_notes: bool,
}

impl Reading {
    /// Returns the limits on one file.
    pub(super) fn limits(self, bytes: u64) -> Limits {
        Limits { bytes, time: self.time }
    }

    /// Prints the warnings, and the notes if they are wanted.
    pub(super) fn print(self, remarks: &[Remark]) {
        for remark in remarks {
            match remark {
                Remark::Warning(text) => output::note(&format!("mailer: {text}")),
                Remark::Note(text) if self.shows_notes => output::note(&format!("-- {text}")),
                Remark::Note(_) => {}
            }
        }
    }
}

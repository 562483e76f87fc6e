//! What was said, for who wants to see it.

use std::panic::Location;

use mailer::{Reply, Step};

use crate::command::Command;

/// An entry of the journal; who moves the bytes knows when.
#[derive(Clone, Debug)]
pub enum Note {
    /// A command is in the bytes to write.
    Sent {
        /// What for.
        step: Step,
        /// The line as people may see it.
        line: String,
        /// The line of code that said it.
        source: &'static Location<'static>,
    },
    /// Content is in the bytes to write.
    Content {
        /// As it was handed over, before dot-stuffing.
        bytes: Vec<u8>,
        /// The line of code that took it.
        source: &'static Location<'static>,
    },
    /// A reply came.
    Received {
        /// What it answers.
        step: Step,
        /// The whole reply.
        reply: Reply,
    },
}

/// The notes since they were last taken, if anybody wants them.
#[derive(Debug, Default)]
pub(super) struct Journal {
    notes: Option<Vec<Note>>,
}

impl Journal {
    pub(super) fn keep(&mut self, kept: bool) {
        self.notes = kept.then(Vec::new);
    }

    pub(super) fn take(&mut self) -> Vec<Note> {
        self.notes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn sent(
        &mut self,
        step: Step,
        command: &Command<'_>,
        source: &'static Location<'static>,
    ) {
        if let Some(notes) = &mut self.notes {
            notes.push(Note::Sent { step, line: command.to_string(), source });
        }
    }

    #[track_caller]
    pub(super) fn content(&mut self, bytes: &[u8]) {
        if let Some(notes) = &mut self.notes {
            notes.push(Note::Content { bytes: bytes.to_vec(), source: Location::caller() });
        }
    }

    pub(super) fn received(&mut self, step: Step, reply: &Reply) {
        if let Some(notes) = &mut self.notes {
            notes.push(Note::Received { step, reply: reply.clone() });
        }
    }
}

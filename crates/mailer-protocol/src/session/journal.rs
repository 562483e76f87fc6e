//! The journal: the commands, content and replies of a session, for a trace.

use std::panic::Location;

use mailer::{Reply, Step};

use crate::command::Command;

/// An entry of the journal. It has no time, because the session has no clock.
#[derive(Clone, Debug)]
pub enum Note {
    /// A command is in the bytes to write.
    Sent {
        /// The step that the command belongs to.
        step: Step,
        /// The line with secrets masked.
        line: String,
        /// The line of code that sent it.
        source: &'static Location<'static>,
    },
    /// Content is in the bytes to write.
    Content {
        /// The bytes before dot-stuffing.
        bytes: Vec<u8>,
        /// The line of code that sent it.
        source: &'static Location<'static>,
    },
    /// A reply arrived.
    Received {
        /// The step that it answers.
        step: Step,
        /// The complete reply, with secrets masked.
        reply: Reply,
    },
}

/// The entries since they were last taken; `None` if the journal is off.
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

    /// Notes a block of content and returns it. A caller passes the result to the function that sends it, in the same
    /// line, so that the line that sends the content is its source.
    #[track_caller]
    pub(super) fn content<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if let Some(notes) = &mut self.notes {
            notes.push(Note::Content { bytes: bytes.to_vec(), source: Location::caller() });
        }
        bytes
    }

    pub(super) fn received(&mut self, step: Step, reply: &Reply) {
        if let Some(notes) = &mut self.notes {
            notes.push(Note::Received { step, reply: reply.clone() });
        }
    }
}

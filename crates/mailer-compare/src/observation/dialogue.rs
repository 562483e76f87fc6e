//! A dialogue as turns: what both sides sent at each step.

use std::time::Instant;

use mailer::{Reply, Source, Step};

use super::{
    Observation,
    phases::{connect_times, inferred_tls},
};
use crate::{
    recorder::{EventKind, RecordedEvent},
    wire::{ContentCommand, reply_lines},
};

/// What both sides sent at one step.
///
/// A reply belongs to the turn of the command that it answers, even if several commands left together
/// and their replies came together. [`Turn::same_flight`] is then true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The step.
    pub step: Step,
    /// When its first line was sent or received.
    pub at: Instant,
    /// Whether it was sent without waiting for a reply to what was sent before it.
    pub same_flight: bool,
    /// The lines, in order.
    pub lines: Vec<DialogueLine>,
}

/// One line of a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogueLine {
    /// The side that sent it.
    pub speaker: Speaker,
    /// The text as it was sent, control characters included.
    pub text: String,
    /// The line of code that sent it, or that was reached when it arrived, if the backend knows it.
    pub source: Option<Source>,
}

/// The side that sent a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Neither side: the line reports an event, such as the end of the TLS handshake.
    Note,
}

impl DialogueLine {
    pub(crate) fn new(speaker: Speaker, text: impl Into<String>) -> Self {
        Self { speaker, text: text.into(), source: None }
    }
}

impl Observation {
    /// Returns the dialogue, step by step.
    #[must_use]
    pub fn dialogue(&self) -> Vec<Turn> {
        let mut builder = DialogueBuilder::default();
        let mut inferred = inferred_events(self).into_iter().peekable();
        for event in &self.events {
            while let Some((at, step, note)) = inferred.next_if(|(at, ..)| *at <= event.at) {
                builder.note(step, at, note, None);
            }
            // The backend's own TCP ends at the link, which reports when the connection reached the server.
            let is_to_link =
                matches!(event.kind, EventKind::Connected { .. }) && link_connected(self);
            if !is_to_link {
                builder.add_event(event);
            }
        }
        inferred.for_each(|(at, step, note)| builder.note(step, at, note, None));
        builder.finish()
    }
}

fn link_connected(observation: &Observation) -> bool {
    observation.connections.iter().flatten().any(|connection| connection.reached.is_some())
}

/// What the backend did not report, or only as far as the link, in order of time.
fn inferred_events(observation: &Observation) -> Vec<(Instant, Step, &'static str)> {
    let connects =
        if link_connected(observation) { connect_times(observation) } else { Vec::new() };
    let connects =
        connects.into_iter().map(|at| (at, Step::Connect, "TCP connected (seen on the link)"));
    let handshakes = inferred_tls(observation).into_iter();
    let handshakes = handshakes.map(|mark| (mark.at, Step::Tls, "TLS is on (inferred)"));
    let mut all: Vec<(Instant, Step, &'static str)> = connects.chain(handshakes).collect();
    all.sort_by_key(|(at, ..)| *at);
    all
}

/// Builds turns from events.
#[derive(Default)]
struct DialogueBuilder {
    turns: Vec<OpenTurn>,
    /// Whether something was sent to which no reply has come yet.
    is_unanswered: bool,
    /// The last command that transfers content.
    command: Option<ContentCommand>,
    /// The content that is being sent, as far as the recorder kept it.
    content: Vec<u8>,
    /// The line of code that sends it, or its first block.
    content_source: Option<Source>,
    /// The number of its bytes that were not kept.
    not_kept: u64,
}

/// A turn, and how many replies it waits for.
struct OpenTurn {
    turn: Turn,
    replies_due: usize,
}

impl DialogueBuilder {
    fn add_event(&mut self, event: &RecordedEvent) {
        if let EventKind::Content { head, size } = &event.kind {
            return self.add_content(event, head, *size);
        }
        self.end_content();
        if let EventKind::Sent { step, line } = &event.kind {
            self.expect_final_reply(*step, event.at);
            self.command = ContentCommand::parse(line).or(self.command);
        }
        match &event.kind {
            EventKind::Connected { .. } => {
                self.note(Step::Connect, event.at, "TCP connected", event.source.clone());
            }
            EventKind::TlsStarted { version } => {
                let version = version.as_deref().unwrap_or("TLS");
                let text = format!("{version} is on");
                self.note(Step::Tls, event.at, &text, event.source.clone());
            }
            EventKind::Sent { step, line } => self.add_command(*step, event, line),
            EventKind::Received { step, reply } => self.add_reply(*step, event, reply),
            EventKind::Closed { .. } => {
                self.add(DialogueLine::new(Speaker::Note, "connection closed"));
            }
            EventKind::Content { .. } => {}
        }
    }

    fn begin(&mut self, step: Step, at: Instant, same_flight: bool) {
        let turn = Turn { step, at, same_flight, lines: Vec::new() };
        self.turns.push(OpenTurn { turn, replies_due: 0 });
    }

    /// Adds a line to the last turn.
    fn add(&mut self, line: DialogueLine) {
        if let Some(open) = self.turns.last_mut() {
            open.replies_due += usize::from(line.speaker == Speaker::Client);
            open.turn.lines.push(line);
        }
    }

    /// Content by BDAT has no end line of its own (RFC 3030 §2). Its reply still belongs after it, even
    /// if the client sent more before the reply came.
    fn expect_final_reply(&mut self, next: Step, at: Instant) {
        let ended = self.turns.last().is_some_and(|open| open.turn.step == Step::Content);
        if ended && next != Step::EndOfData {
            self.begin(Step::EndOfData, at, false);
            self.turns.last_mut().into_iter().for_each(|open| open.replies_due = 1);
        }
    }

    fn note(&mut self, step: Step, at: Instant, text: &str, source: Option<Source>) {
        self.begin(step, at, false);
        self.add(DialogueLine { source, ..DialogueLine::new(Speaker::Note, text) });
    }

    /// Begins a turn, unless the last turn is of the same step.
    fn continue_or_begin(&mut self, step: Step, at: Instant) {
        if self.turns.last().is_none_or(|open| open.turn.step != step) {
            self.begin(step, at, self.is_unanswered);
        }
        self.is_unanswered = true;
    }

    fn add_command(&mut self, step: Step, event: &RecordedEvent, line: &str) {
        self.continue_or_begin(step, event.at);
        let line = DialogueLine::new(Speaker::Client, line);
        self.add(DialogueLine { source: event.source.clone(), ..line });
    }

    /// Adds a reply to the first turn that waits for it. No turn waits for a greeting, nor for the reply
    /// to content whose end was not reported: such a reply begins a turn.
    fn add_reply(&mut self, step: Step, event: &RecordedEvent, reply: &Reply) {
        let at = event.at;
        self.is_unanswered = false;
        if step == Step::Greeting {
            // On a new connection, replies that the old one still owed do not come any more.
            self.turns.iter_mut().for_each(|open| open.replies_due = 0);
        }
        let waiting = self.turns.iter().position(|o| o.turn.step == step && o.replies_due > 0);
        if waiting.is_none() {
            self.begin(step, at, false);
        }
        let place = waiting.unwrap_or(self.turns.len() - 1);
        if let Some(open) = self.turns.get_mut(place) {
            open.replies_due = open.replies_due.saturating_sub(1);
            if open.turn.lines.is_empty() {
                open.turn.at = at;
            }
            let lines = reply_lines(reply).map(|line| DialogueLine {
                source: event.source.clone(),
                ..DialogueLine::new(Speaker::Server, line)
            });
            open.turn.lines.extend(lines);
        }
    }

    fn add_content(&mut self, event: &RecordedEvent, head: &[u8], size: u64) {
        self.continue_or_begin(Step::Content, event.at);
        self.content_source = self.content_source.take().or_else(|| event.source.clone());
        self.content.extend_from_slice(head);
        self.not_kept += size - head.len() as u64;
    }

    fn end_content(&mut self) {
        let content = std::mem::take(&mut self.content);
        let not_kept = std::mem::take(&mut self.not_kept);
        let source = self.content_source.take();
        for line in String::from_utf8_lossy(&content).lines() {
            let sent = self.command.map_or(line.into(), |command| command.sent_line(line));
            let line = DialogueLine::new(Speaker::Client, sent);
            self.add(DialogueLine { source: source.clone(), ..line });
        }
        if not_kept > 0 {
            self.add(DialogueLine::new(Speaker::Note, format!("... {not_kept} more bytes")));
        }
    }

    fn finish(mut self) -> Vec<Turn> {
        self.end_content();
        let turns = self.turns.into_iter().map(|open| open.turn);
        turns.filter(|turn| !turn.lines.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests;

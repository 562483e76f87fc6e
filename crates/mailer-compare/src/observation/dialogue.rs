//! A dialogue as turns: what was said at each step.

use std::time::Instant;

use mailer::{Reply, Source, Step};

use super::{Observation, phases::inferred_tls};
use crate::{
    recorder::{EventKind, RecordedEvent},
    wire::{ContentCommand, reply_lines},
};

/// What was said at one step.
///
/// A reply stands with what it answers, also where commands left together and their replies came
/// together; [`Turn::same_flight`] tells that they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The step.
    pub step: Step,
    /// When its first line was written or came.
    pub at: Instant,
    /// Whether it was said without waiting for a reply to what was said before it.
    pub same_flight: bool,
    /// What was said, in that order.
    pub lines: Vec<DialogueLine>,
}

/// One line of a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogueLine {
    /// Who said it.
    pub speaker: Speaker,
    /// What was said: one line of text, as it was, control characters and all.
    pub text: String,
    /// The line of code that sent it, where the backend can tell.
    pub source: Option<Source>,
}

/// Who said a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Nobody: it tells what happened.
    Note,
}

impl DialogueLine {
    pub(crate) fn new(speaker: Speaker, text: impl Into<String>) -> Self {
        Self { speaker, text: text.into(), source: None }
    }
}

pub(super) fn turns(observation: &Observation) -> Vec<Turn> {
    let mut turns = Turns::default();
    let mut inferred = inferred(observation).into_iter().peekable();
    for event in &observation.events {
        while let Some((at, step, note)) = inferred.next_if(|(at, ..)| *at <= event.at) {
            turns.note(step, at, note);
        }
        turns.take(event);
    }
    turns.finish()
}

/// What the backend did not tell and the link saw, in order of time.
fn inferred(observation: &Observation) -> Vec<(Instant, Step, &'static str)> {
    let told = observation.events.iter().any(|e| matches!(e.kind, EventKind::Connected { .. }));
    let connections = observation.connections.iter().flatten().filter(|_| !told);
    let mut all: Vec<(Instant, Step, &'static str)> = connections
        .filter_map(|connection| connection.reached)
        .map(|(_, at)| (at, Step::Connect, "TCP connected (seen on the link)"))
        .collect();
    let handshakes = inferred_tls(observation);
    all.extend(handshakes.iter().map(|mark| (mark.at, Step::Tls, "TLS is on (not told)")));
    all.sort_by_key(|(at, ..)| *at);
    all
}

#[derive(Default)]
struct Turns {
    turns: Vec<Open>,
    /// Something was sent to which no reply has come yet.
    unanswered: bool,
    /// The last command that transfers content.
    command: Option<ContentCommand>,
    /// The content that is being sent, as far as the recorder kept it.
    content: Vec<u8>,
    /// The line of code that sends it.
    content_source: Option<Source>,
    /// Its octets that were not kept.
    not_kept: u64,
}

/// A turn, and how many of its lines wait for a reply.
struct Open {
    turn: Turn,
    waiting: usize,
}

impl Turns {
    fn take(&mut self, event: &RecordedEvent) {
        if let EventKind::Content { head, octets } = &event.kind {
            return self.content(event, head, *octets);
        }
        self.end_content();
        if let EventKind::Sent { step, line } = &event.kind {
            self.expect_final_reply(*step, event.at);
            self.command = ContentCommand::parse(line).or(self.command);
        }
        match &event.kind {
            EventKind::Connected { .. } => self.note(Step::Connect, event.at, "TCP connected"),
            EventKind::TlsStarted { version } => {
                let version = version.as_deref().unwrap_or("TLS");
                self.note(Step::Tls, event.at, &format!("{version} is on"));
            }
            EventKind::Sent { step, line } => self.say(*step, event, line),
            EventKind::Received { step, reply } => self.answer(*step, event.at, reply),
            EventKind::Closed { .. } => {
                self.add(DialogueLine::new(Speaker::Note, "connection closed"));
            }
            EventKind::Content { .. } => {}
        }
    }

    fn begin(&mut self, step: Step, at: Instant, same_flight: bool) {
        let turn = Turn { step, at, same_flight, lines: Vec::new() };
        self.turns.push(Open { turn, waiting: 0 });
    }

    /// Adds to the last turn.
    fn add(&mut self, line: DialogueLine) {
        if let Some(open) = self.turns.last_mut() {
            open.waiting += usize::from(line.speaker == Speaker::Client);
            open.turn.lines.push(line);
        }
    }

    /// A content by BDAT has no line of its own at its end (RFC 3030 §2): its reply belongs behind it
    /// all the same, also where more was said before it came.
    fn expect_final_reply(&mut self, said: Step, at: Instant) {
        let ended = self.turns.last().is_some_and(|open| open.turn.step == Step::Content);
        if ended && said != Step::EndOfData {
            let turn = Turn { step: Step::EndOfData, at, same_flight: false, lines: Vec::new() };
            self.turns.push(Open { turn, waiting: 1 });
        }
    }

    fn note(&mut self, step: Step, at: Instant, text: &str) {
        self.begin(step, at, false);
        self.add(DialogueLine::new(Speaker::Note, text));
    }

    /// What is said goes on in the last turn, if that is for the same step.
    fn go_on(&mut self, step: Step, at: Instant) {
        if self.turns.last().is_none_or(|open| open.turn.step != step) {
            self.begin(step, at, self.unanswered);
        }
        self.unanswered = true;
    }

    fn say(&mut self, step: Step, event: &RecordedEvent, line: &str) {
        self.go_on(step, event.at);
        let line = DialogueLine::new(Speaker::Client, line);
        self.add(DialogueLine { source: event.source.clone(), ..line });
    }

    /// A reply goes to the first turn that waits for it. None waits for a greeting, nor for the reply to
    /// a content whose end was not told.
    fn answer(&mut self, step: Step, at: Instant, reply: &Reply) {
        self.unanswered = false;
        if step == Step::Greeting {
            // TimeOwner a new connection nothing comes any more that another waited for.
            self.turns.iter_mut().for_each(|open| open.waiting = 0);
        }
        let asked = self.turns.iter().position(|o| o.turn.step == step && o.waiting > 0);
        if asked.is_none() {
            self.begin(step, at, false);
        }
        let place = asked.unwrap_or(self.turns.len() - 1);
        if let Some(open) = self.turns.get_mut(place) {
            open.waiting = open.waiting.saturating_sub(1);
            if open.turn.lines.is_empty() {
                open.turn.at = at;
            }
            open.turn
                .lines
                .extend(reply_lines(reply).map(|line| DialogueLine::new(Speaker::Server, line)));
        }
    }

    fn content(&mut self, event: &RecordedEvent, head: &[u8], octets: u64) {
        self.go_on(Step::Content, event.at);
        self.content_source.clone_from(&event.source);
        self.content.extend_from_slice(head);
        self.not_kept += octets - head.len() as u64;
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
            self.add(DialogueLine::new(Speaker::Note, format!("... {not_kept} more octets")));
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

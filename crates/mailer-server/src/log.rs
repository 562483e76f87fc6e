//! One session's part of the transcript.

use std::time::Instant;

use crate::transcript::{Peer, Transcript, TranscriptLine};

/// Where lines are written down.
pub(crate) struct Log<'s> {
    transcript: &'s Transcript,
    session: u64,
    accepted: Instant,
    /// When input came last.
    arrived: Instant,
}

impl<'s> Log<'s> {
    /// The log of a session that begins now.
    pub(crate) fn new(transcript: &'s Transcript, session: u64) -> Self {
        let now = Instant::now();
        Self { transcript, session, accepted: now, arrived: now }
    }

    /// Input has come.
    pub(crate) fn input_arrived(&mut self) {
        self.arrived = Instant::now();
    }

    /// A line of the client, which came with the last input.
    pub(crate) fn heard(&self, inside_tls: bool, text: impl FnOnce() -> String) {
        self.line(self.arrived, Peer::Client, inside_tls, text);
    }

    /// An event of the connection that is no line of either side, in brackets.
    pub(crate) fn note(&self, text: impl FnOnce() -> String) {
        self.line(Instant::now(), Peer::Server, false, || format!("({})", text()));
    }

    /// What the server writes now.
    pub(crate) fn said(&self, output: &[u8], inside_tls: bool) {
        if output.is_empty() || !self.transcript.is_kept() {
            return;
        }
        let now = Instant::now();
        let output = output.strip_suffix(b"\n").unwrap_or(output);
        for line in output.split(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let text = || String::from_utf8_lossy(line).into_owned();
            self.line(now, Peer::Server, inside_tls, text);
        }
    }

    fn line(&self, when: Instant, from: Peer, inside_tls: bool, text: impl FnOnce() -> String) {
        if self.transcript.is_kept() {
            let at = when.saturating_duration_since(self.accepted);
            let session = self.session;
            self.transcript.push(TranscriptLine { session, at, from, inside_tls, text: text() });
        }
    }
}

//! Writes the transcript of one session.

use std::time::Instant;

use crate::{
    mask,
    transcript::{Peer, Transcript, TranscriptLine},
};

/// Appends the lines of one session to the transcript.
pub(crate) struct Log<'s> {
    transcript: &'s Transcript,
    session: u64,
    accepted: Instant,
    /// When input last arrived.
    arrived: Instant,
}

impl<'s> Log<'s> {
    /// Returns the log of a session that begins now.
    pub(crate) fn new(transcript: &'s Transcript, session: u64) -> Self {
        let now = Instant::now();
        Self { transcript, session, accepted: now, arrived: now }
    }

    /// Notes the time at which input arrived.
    pub(crate) fn input_arrived(&mut self) {
        self.arrived = Instant::now();
    }

    /// Logs a line of the client, which arrived with the last input.
    pub(crate) fn received(&self, inside_tls: bool, text: impl FnOnce() -> String) {
        self.line(self.arrived, Peer::Client, inside_tls, text);
    }

    /// Logs an event of the connection, in brackets.
    pub(crate) fn note(&self, text: impl FnOnce() -> String) {
        self.line(Instant::now(), Peer::Server, false, || format!("({})", text()));
    }

    /// Logs the lines that the server sends now.
    pub(crate) fn sent(&self, output: &[u8], inside_tls: bool) {
        if output.is_empty() || !self.transcript.is_used() {
            return;
        }
        let now = Instant::now();
        let output = output.strip_suffix(b"\n").unwrap_or(output);
        for line in output.split(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let text = || mask::sent(&String::from_utf8_lossy(line)).into_owned();
            self.line(now, Peer::Server, inside_tls, text);
        }
    }

    fn line(&self, when: Instant, from: Peer, inside_tls: bool, text: impl FnOnce() -> String) {
        if self.transcript.is_used() {
            let at = when.saturating_duration_since(self.accepted);
            let session = self.session;
            self.transcript.push(TranscriptLine { session, at, from, inside_tls, text: text() });
        }
    }
}

//! What was said, line by line.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// One line of a dialogue, as it was inside TLS, without its CRLF.
///
/// Secrets never get here: what follows AUTH and its mechanism, and every answer to a challenge, is
/// `***`. Nor does any line that is not a command, since a client that goes on after a refused AUTH
/// sends its secrets as such. Content is one line that tells its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptLine {
    /// The session, from 1 in order of connection.
    pub session: u64,
    /// When it was read or written, since the session's connection was accepted.
    pub at: Duration,
    /// Who said it.
    pub from: Peer,
    /// Whether it went through TLS.
    pub inside_tls: bool,
    /// What was said.
    pub text: String,
}

/// The lines of all sessions, the oldest forgotten beyond a limit.
#[derive(Debug)]
pub(crate) struct Transcript {
    lines: Mutex<VecDeque<TranscriptLine>>,
    limit: usize,
}

impl Transcript {
    /// A limit of 0 keeps none.
    pub(crate) fn new(limit: usize) -> Self {
        Self { lines: Mutex::default(), limit }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.limit > 0
    }

    pub(crate) fn push(&self, line: TranscriptLine) {
        let mut lines = self.lock();
        if lines.len() == self.limit {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    pub(crate) fn lines(&self) -> Vec<TranscriptLine> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<TranscriptLine>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_go_first() {
        let transcript = Transcript::new(2);
        for text in ["one", "two", "three"] {
            transcript.push(TranscriptLine {
                session: 1,
                at: Duration::ZERO,
                from: Peer::Client,
                inside_tls: false,
                text: text.into(),
            });
        }
        let texts: Vec<String> = transcript.lines().into_iter().map(|l| l.text).collect();
        assert_eq!(texts, ["two", "three"]);
    }
}

//! The transcript: commands and replies, line by line.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::hook::Hook;

/// The sender of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// One line of a session, decrypted and without its CRLF.
///
/// Secrets are masked: what follows AUTH and its mechanism, and every answer to a challenge, is `***`.
/// A line that is not a command is shown only by its length, because a client that continues after a
/// refused AUTH sends its secrets as such lines. Content is one line with its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptLine {
    /// The session, from 1 in order of connection.
    pub session: u64,
    /// The time since the connection was accepted.
    pub at: Duration,
    /// The sender of the line.
    pub from: Peer,
    /// Whether it was sent through TLS.
    pub inside_tls: bool,
    /// The text of the line.
    pub text: String,
}

/// The lines of all sessions. Beyond a limit the oldest are dropped.
#[derive(Debug)]
pub(crate) struct Transcript {
    lines: Mutex<VecDeque<TranscriptLine>>,
    limit: usize,
    hook: Option<Hook<TranscriptLine>>,
}

impl Transcript {
    /// Returns an empty transcript of at most `limit` lines. With 0 it keeps none. The hook is called with
    /// each line.
    pub(crate) fn new(limit: usize, hook: Option<Hook<TranscriptLine>>) -> Self {
        Self { lines: Mutex::default(), limit, hook }
    }

    /// Returns whether anything reads the lines.
    pub(crate) fn is_used(&self) -> bool {
        self.limit > 0 || self.hook.is_some()
    }

    pub(crate) fn push(&self, line: TranscriptLine) {
        if let Some(hook) = &self.hook {
            hook.call(&line);
        }
        if self.limit == 0 {
            return;
        }
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

/// Counts how often the client waited for the server in a session; see
/// [`EmbeddedServer::round_trips`](crate::EmbeddedServer::round_trips).
pub(crate) fn round_trips<'l>(lines: impl IntoIterator<Item = &'l TranscriptLine>) -> usize {
    let (mut count, mut is_answered, mut answered_at) = (0, false, Duration::ZERO);
    let mut is_tls = false;
    for line in lines {
        match line.from {
            Peer::Server => (is_answered, answered_at) = (true, line.at),
            Peer::Client => {
                // The rest of a group arrived before the replies to its first commands were sent.
                count += usize::from(is_answered && line.at >= answered_at);
                count += usize::from(line.inside_tls && !is_tls);
                is_tls = line.inside_tls;
                is_answered = false;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns lines of this form: the sender (`T` for the client inside TLS), and the milliseconds.
    fn lines(session: &[(char, u64)]) -> Vec<TranscriptLine> {
        let line = |&(from, at): &(char, u64)| TranscriptLine {
            session: 1,
            at: Duration::from_millis(at),
            from: if from == 'S' { Peer::Server } else { Peer::Client },
            inside_tls: from == 'T',
            text: String::new(),
        };
        session.iter().map(line).collect()
    }

    #[test]
    fn a_command_that_follows_a_reply_is_a_round_trip() {
        let count = |session: &[(char, u64)]| round_trips(&lines(session));
        assert_eq!(count(&[]), 0);
        assert_eq!(count(&[('S', 0)]), 0);
        assert_eq!(count(&[('S', 0), ('C', 1), ('S', 2), ('S', 2), ('C', 3)]), 2);
        // A group, whose replies leave together or one by one.
        assert_eq!(count(&[('S', 0), ('C', 1), ('C', 1), ('S', 2), ('S', 2)]), 1);
        assert_eq!(count(&[('S', 0), ('C', 1), ('S', 2), ('C', 1), ('S', 3), ('C', 4)]), 2);
    }

    #[test]
    fn a_handshake_is_a_round_trip() {
        let session = [('S', 0), ('C', 1), ('S', 2), ('T', 4), ('S', 5), ('T', 6)];
        assert_eq!(round_trips(&lines(&session)), 4);
    }

    #[test]
    fn the_oldest_lines_are_dropped_first() {
        let transcript = Transcript::new(2, None);
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

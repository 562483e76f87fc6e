//! What the link and the server recorded while an external client ran.

use std::time::Instant;

use mailer_link::{Connection, Path};
use mailer_server::{Peer, TranscriptLine};

/// What the link and the server recorded while an external client ran.
pub(super) struct Recording {
    /// When the program started and ended.
    pub(super) started: Instant,
    pub(super) ended: Instant,
    /// What passed the link.
    pub(super) connections: Vec<Connection>,
    /// The server's transcript.
    pub(super) lines: Vec<TranscriptLine>,
    /// The contents that the server stored.
    pub(super) contents: Vec<Vec<u8>>,
    pub(super) path: Path,
}

impl Recording {
    /// When the program connected.
    pub(super) fn connected(&self) -> Option<Instant> {
        self.connections.first().map(|connection| connection.accepted)
    }

    /// When the last byte passed the link.
    pub(super) fn last_byte(&self) -> Option<Instant> {
        let bursts = self.connections.iter().flat_map(|connection| &connection.bursts);
        bursts.map(|burst| burst.last).max()
    }

    /// The lines of each session, with the connection that carried them.
    pub(super) fn dialogues(&self) -> impl Iterator<Item = (&Connection, Vec<&TranscriptLine>)> {
        let mut sessions: Vec<u64> = self.lines.iter().map(|line| line.session).collect();
        sessions.dedup();
        let reached = self.connections.iter().filter(|connection| connection.reached.is_some());
        reached.zip(sessions).map(|(connection, session)| {
            let is_sent = |line: &&TranscriptLine| line.session == session && !is_note(line);
            (connection, self.lines.iter().filter(is_sent).collect())
        })
    }
}

/// Whether the line is a note of the server's, which neither side sent.
fn is_note(line: &TranscriptLine) -> bool {
    line.from == Peer::Server && line.text.starts_with('(')
}

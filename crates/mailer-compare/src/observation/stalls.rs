//! Data that was held back although nothing prevented sending it.

use mailer::{Phase, Security};

use super::{Observation, Perspective, Span};
use crate::recorder::{EventKind, RecordedEvent};
use mailer_link::{Burst, Connection, Direction, Hold};

/// A pause in the middle of what one side had to say, though that side had all of it to say already:
/// what is written is not sent, and no byte from the other side ends the wait.
///
/// The link sees that it looks so (see [`Hold`]); here stands what is known besides. Where the client
/// told what it wrote, that has to be written before the pause; where nobody told, the link is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// Whose bytes were held back: out is the client's.
    pub direction: Direction,
    /// Where the time of it was lost.
    pub phase: Phase,
    /// When nothing passed, and how many bytes came then.
    pub hold: Hold,
    /// What the client had told to have written last before the pause, and so what was held back.
    pub written: Option<RecordedEvent>,
}

/// The stalls of a observation, in order.
pub(super) fn stalls(observation: &Observation, spans: &[Span]) -> Vec<Stall> {
    let connections = observation.connections.iter().flatten();
    connections.flat_map(|connection| of_connection(observation, spans, connection)).collect()
}

fn of_connection(observation: &Observation, spans: &[Span], connection: &Connection) -> Vec<Stall> {
    let mut before: Option<&Burst> = None;
    let mut bursts = connection.bursts.iter().peekable();
    let mut stalls = Vec::new();
    while let Some(burst) = bursts.next() {
        let after = bursts.peek().copied();
        let seen = |&hold| Seen { observation, before, burst, after, hold };
        stalls.extend(burst.holds.iter().map(seen).filter_map(|seen| seen.stall(spans)));
        before = Some(burst);
    }
    stalls
}

/// What looks like a stall, and what stands around it.
struct Seen<'a> {
    observation: &'a Observation,
    before: Option<&'a Burst>,
    burst: &'a Burst,
    after: Option<&'a Burst>,
    hold: Hold,
}

impl Seen<'_> {
    fn stall(&self, spans: &[Span]) -> Option<Stall> {
        let hold = self.hold;
        let span = spans.iter().find(|span| (span.start..=span.end).contains(&hold.to))?;
        let written = match (self.burst.direction, self.observation.perspective) {
            (Direction::Out, Perspective::Client) => Some(self.written_before()?),
            (Direction::Out, Perspective::Server) if span.phase != Phase::Tls => None,
            (Direction::In, Perspective::Client) if self.is_half_a_reply(span.phase) => None,
            _ => return None,
        };
        Some(Stall { direction: self.burst.direction, phase: span.phase, hold, written })
    }

    /// What the client had written last, if that was before the pause: then it had nothing to do in
    /// the pause but wait. What it wrote at the end of the pause was own work.
    fn written_before(&self) -> Option<RecordedEvent> {
        let from = self.before.map_or(self.observation.started, |answer| answer.last);
        let until = self.after.map_or(self.observation.ended, |answer| answer.first);
        let written = |event: &&RecordedEvent| {
            (from..until).contains(&event.at)
                && matches!(event.kind, EventKind::Sent { .. } | EventKind::Content { .. })
        };
        let last = self.observation.events.iter().rev().find(written)?;
        (last.at < self.hold.from + self.hold.length() / 2).then(|| last.clone())
    }

    /// Whether the client could make nothing of what came before the pause. In the TLS handshake, and
    /// with session tickets right behind it, that says nothing of replies.
    /// Over a narrow link the second part has to wait until the first has left.
    fn is_half_a_reply(&self, phase: Phase) -> bool {
        let leaving = self.observation.path.serialisation(self.burst.bytes);
        let first_inside_tls = match self.observation.security {
            Security::Implicit => Phase::Greeting,
            _ => Phase::EhloAgain,
        };
        let noticed = |event: &RecordedEvent| {
            (self.hold.from..self.hold.to).contains(&event.at)
                && matches!(event.kind, EventKind::Received { .. })
        };
        phase != Phase::Tls
            && phase != first_inside_tls
            && self.hold.from >= self.burst.first + leaving
            && !self.observation.events.iter().any(noticed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn lengths(observation: &Observation) -> Vec<(Direction, &'static str, u128)> {
        let length =
            |stall: &Stall| (stall.direction, stall.phase.name(), stall.hold.length().as_millis());
        observation.stalls().iter().map(length).collect()
    }

    #[test]
    fn what_was_written_and_did_not_leave_was_held_back() {
        let stalls = fixtures::stalled("lettre", 41_000).stalls();
        let [stall] = stalls.as_slice() else { panic!("one stall, not {stalls:?}") };
        assert_eq!((stall.direction, stall.phase), (Direction::Out, Phase::FinalReply));
        let written = stall.written.as_ref().map(|event| &event.kind);
        assert!(matches!(written, Some(EventKind::Sent { step: mailer::Step::EndOfData, .. })));
        assert_eq!(lengths(&fixtures::observation("raw")), []);
        assert_eq!(lengths(&fixtures::pipelined("raw")), []);
    }

    #[test]
    fn what_is_written_at_the_end_of_a_pause_was_not_held_back() {
        assert_eq!(lengths(&fixtures::hesitating("slow", 41_000)), []);
    }

    #[test]
    fn where_nobody_tells_when_it_wrote_the_link_is_believed() {
        let told_by_server = |stall| Observation {
            perspective: Perspective::Server,
            ..fixtures::stalled("other", stall)
        };
        assert_eq!(lengths(&told_by_server(41_000)), [(Direction::Out, "final reply", 41)]);
    }

    #[test]
    fn half_a_reply_is_the_servers() {
        let stalled = [(Direction::In, "final reply", 41)];
        assert_eq!(lengths(&fixtures::half_a_reply("raw", 41_000)), stalled);
    }

    #[test]
    fn a_narrow_link_lets_the_second_half_of_a_reply_wait_for_the_first() {
        let mut observation = fixtures::half_a_reply("raw", 41_000);
        observation.path.bandwidth = std::num::NonZeroU64::new(500);
        assert_eq!(lengths(&observation), []);
    }
}

//! Stalls: data that was held back although nothing prevented sending it.

use std::time::Instant;

use mailer::{Phase, Security};
use mailer_link::{Burst, Connection, Direction, Hold};

use super::{Observation, Perspective, Span, phases};
use crate::recorder::{EventKind, RecordedEvent};

/// A pause within what one side sends, although that side has all of it ready: written data is not
/// sent, and no byte from the other side ends the wait.
///
/// The link reports pauses that look like this (see [`Hold`]). A stall needs more evidence: if the
/// client reported its writes, the data was written before the pause. Where only the server reported
/// the dialogue, the link's evidence has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// The direction of the data: [`Out`](Direction::Out) is the client's.
    pub direction: Direction,
    /// The phase that lost the time.
    pub phase: Phase,
    /// The pause, and how many bytes came after it.
    pub hold: Hold,
    /// The last write that the client reported before the pause: what was held back.
    pub written: Option<RecordedEvent>,
    /// Whether the pause separates complete replies that were due together, and not the parts of one reply.
    pub between_replies: bool,
}

impl Observation {
    /// Returns its stalls, in order of time.
    #[must_use]
    pub fn stalls(&self) -> Vec<Stall> {
        let spans = phases::spans(self);
        let connections = self.connections.iter().flatten();
        connections.flat_map(|connection| of_connection(self, &spans, connection)).collect()
    }
}

fn of_connection(observation: &Observation, spans: &[Span], connection: &Connection) -> Vec<Stall> {
    let mut before: Option<&Burst> = None;
    let mut bursts = connection.bursts.iter().peekable();
    let mut stalls = Vec::new();
    while let Some(burst) = bursts.next() {
        let after = bursts.peek().copied();
        let pause = |&hold| Pause { observation, before, burst, after, hold };
        stalls.extend(burst.holds.iter().map(pause).filter_map(|pause| pause.stall(spans)));
        before = Some(burst);
    }
    stalls
}

/// A pause that looks like a stall, and what surrounds it.
struct Pause<'a> {
    observation: &'a Observation,
    before: Option<&'a Burst>,
    burst: &'a Burst,
    after: Option<&'a Burst>,
    hold: Hold,
}

impl Pause<'_> {
    fn stall(&self, spans: &[Span]) -> Option<Stall> {
        let hold = self.hold;
        let span = spans.iter().find(|span| (span.start..=span.end).contains(&hold.to))?;
        let written = match (self.burst.direction, self.observation.perspective) {
            (Direction::Out, Perspective::Client) => Some(self.written_before()?),
            (Direction::Out, Perspective::Server) if span.phase != Phase::Tls => None,
            (Direction::In, Perspective::Client) if self.is_in_answer(span.phase) => None,
            (Direction::In, Perspective::Server) if self.server_waited(span.phase) => None,
            _ => return None,
        };
        let direction = self.burst.direction;
        // A server that reports its replies has written them before the pause.
        let between_replies = direction == Direction::In
            && (self.observation.perspective == Perspective::Server || self.has_reply_in_pause());
        Some(Stall { direction, phase: span.phase, hold, written, between_replies })
    }

    /// The last write that the client reported, if it came before the pause: the client then only
    /// waited. A client that writes at the end of the pause was working.
    fn written_before(&self) -> Option<RecordedEvent> {
        let from = self.before.map_or(self.observation.started, |answer| answer.last);
        let until = self.after.map_or(self.observation.ended, |answer| answer.first);
        let is_write = |event: &&RecordedEvent| {
            (from..until).contains(&event.at)
                && matches!(event.kind, EventKind::Sent { .. } | EventKind::Content { .. })
        };
        let last = self.observation.events.iter().rev().find(is_write)?;
        (last.at < self.hold.from + self.hold.length() / 2).then(|| last.clone())
    }

    /// Whether the pause is within an answer: before it came a part of a reply, or replies of a group that is
    /// not complete. In the TLS handshake, and with the session tickets right after it, such a pause is no
    /// evidence about replies. Over a narrow link, the second part waits until the first has left.
    ///
    /// A server that works for as long between two replies looks the same as one that holds the second back.
    /// Where nothing delays the ACK of the first, it is the server's work.
    fn is_in_answer(&self, phase: Phase) -> bool {
        let leaving = self.observation.path.serialisation(self.burst.bytes);
        let first_inside_tls = match self.observation.security {
            Security::Implicit => Phase::Greeting,
            _ => Phase::EhloAgain,
        };
        let observation = self.observation;
        let may_wait_for_ack = observation.delays_acks || !observation.path.round_trip.is_zero();
        phase != Phase::Tls
            && phase != first_inside_tls
            && self.hold.from >= self.burst.first + leaving
            && (!self.has_reply_in_pause() || (may_wait_for_ack && self.has_reply_after_pause()))
    }

    /// Whether the server, which reported its replies, wrote none at the end of the pause: it had written
    /// before what arrived then.
    fn server_waited(&self, phase: Phase) -> bool {
        let working = self.hold.from + self.hold.length() / 2;
        phase != Phase::Tls && !self.has_reply(|at| (working..=self.hold.to).contains(&at))
    }

    fn has_reply_in_pause(&self) -> bool {
        self.has_reply(|at| (self.hold.from..self.hold.to).contains(&at))
    }

    /// Whether a reply ended this burst. The client had sent its command before the burst.
    fn has_reply_after_pause(&self) -> bool {
        let until = self.after.map_or(self.observation.ended, |flight| flight.first);
        self.has_reply(|at| (self.hold.to..until).contains(&at))
    }

    fn has_reply(&self, is_then: impl Fn(Instant) -> bool) -> bool {
        let is_reply = |event: &RecordedEvent| {
            is_then(event.at) && matches!(event.kind, EventKind::Received { .. })
        };
        self.observation.events.iter().any(is_reply)
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
    fn data_that_was_written_before_the_pause_was_held_back() {
        let stalls = fixtures::stalled("lettre", 41_000).stalls();
        let [stall] = stalls.as_slice() else { panic!("one stall, not {stalls:?}") };
        assert_eq!((stall.direction, stall.phase), (Direction::Out, Phase::FinalReply));
        let written = stall.written.as_ref().map(|event| &event.kind);
        assert!(matches!(written, Some(EventKind::Sent { step: mailer::Step::EndOfData, .. })));
        assert_eq!(lengths(&fixtures::observation("raw")), []);
        assert_eq!(lengths(&fixtures::pipelined("raw")), []);
    }

    #[test]
    fn data_that_is_written_at_the_end_of_the_pause_was_not_held_back() {
        assert_eq!(lengths(&fixtures::hesitating("slow", 41_000)), []);
    }

    #[test]
    fn without_the_client_s_events_the_link_decides() {
        let seen_by_server = |stall| Observation {
            perspective: Perspective::Server,
            ..fixtures::stalled("other", stall)
        };
        assert_eq!(lengths(&seen_by_server(41_000)), [(Direction::Out, "final reply", 41)]);
    }

    #[test]
    fn half_a_reply_is_a_stall_of_the_server() {
        let stalled = [(Direction::In, "final reply", 41)];
        assert_eq!(lengths(&fixtures::half_a_reply("raw", 41_000)), stalled);
    }

    #[test]
    fn replies_that_leave_one_by_one_are_a_stall_of_the_server() {
        let one_by_one = fixtures::replies_one_by_one("other", 42_000);
        assert_eq!(lengths(&one_by_one), [(Direction::In, "envelope", 42)]);
        // If nothing delays the ACK of the first, the server worked between the replies.
        let at_once = Observation { delays_acks: false, ..one_by_one };
        assert_eq!(lengths(&at_once), []);
    }

    #[test]
    fn over_a_narrow_link_a_late_second_half_of_a_reply_is_no_stall() {
        let mut observation = fixtures::half_a_reply("raw", 41_000);
        observation.path.bandwidth = std::num::NonZeroU64::new(500);
        assert_eq!(lengths(&observation), []);
    }
}

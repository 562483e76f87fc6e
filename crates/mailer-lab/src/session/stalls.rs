//! Data that was held back although nothing prevented sending it.

use std::{ops::RangeInclusive, time::Duration};

use mailer::{Phase, Security};

use super::{Session, Span, Witness};
use crate::{
    link::{Burst, Connection, Direction, Pause},
    recorder::{Happened, Recorded},
};

/// How long an acknowledgement may be delayed: Linux does it for 40 ms and more, from which the
/// timer's error is taken; RFC 1122 §4.2.3.2 allows half a second.
const DELAYED_ACK: RangeInclusive<Duration> =
    Duration::from_millis(35)..=Duration::from_millis(500);

/// The same where nobody told when the late bytes were written, so that the length alone has to
/// speak: the 40 ms of Linux, and some for scheduling.
const LIKELY_DELAYED_ACK: RangeInclusive<Duration> =
    Duration::from_millis(35)..=Duration::from_millis(60);

/// A pause in the middle of what one side had to say, though that side had all of it to say already:
/// what is written is not sent, and no byte from the other side ends the wait.
///
/// So it goes with Nagle's algorithm (RFC 896): a small write that follows another waits until the
/// far end has acknowledged the first, which it delays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// Whose bytes were held back: out is the client's.
    pub direction: Direction,
    /// Where the time of it was lost.
    pub phase: Phase,
    /// When nothing passed, and how many bytes came then.
    pub pause: Pause,
    /// What the client had told to have written last before the pause, and so what was held back.
    pub held: Option<Recorded>,
}

/// The stalls of a session, in order; of each flight and each answer the longest.
pub(super) fn stalls(session: &Session, spans: &[Span]) -> Vec<Stall> {
    let connections = session.connections.iter().flatten();
    connections.flat_map(|connection| of_connection(session, spans, connection)).collect()
}

fn of_connection(session: &Session, spans: &[Span], connection: &Connection) -> Vec<Stall> {
    let mut before: Option<&Burst> = None;
    let mut bursts = connection.bursts.iter().peekable();
    let mut stalls = Vec::new();
    while let Some(burst) = bursts.next() {
        stalls.extend(burst.pause.and_then(|pause| {
            let seen = Seen { session, before, burst, after: bursts.peek().copied(), pause };
            seen.stall(spans)
        }));
        before = Some(burst);
    }
    stalls
}

/// A pause, and what stands around it.
struct Seen<'a> {
    session: &'a Session,
    before: Option<&'a Burst>,
    burst: &'a Burst,
    after: Option<&'a Burst>,
    pause: Pause,
}

impl Seen<'_> {
    fn stall(&self, spans: &[Span]) -> Option<Stall> {
        let pause = self.pause;
        let span = spans.iter().find(|span| (span.start..=span.end).contains(&pause.to))?;
        let held = match (self.burst.direction, self.session.witness) {
            _ if !DELAYED_ACK.contains(&pause.length()) || self.link_was_busy() => return None,
            (Direction::Out, Witness::Client) => Some(self.held_back()?),
            (Direction::Out, Witness::Server) if self.is_likely(span.phase) => None,
            (Direction::In, Witness::Client) if self.is_half_a_reply(span.phase) => None,
            _ => return None,
        };
        Some(Stall { direction: self.burst.direction, phase: span.phase, pause, held })
    }

    /// Over a narrow link a sender has to wait until the bytes before have left.
    fn link_was_busy(&self) -> bool {
        let leaving = self.session.path.serialisation(self.burst.bytes);
        self.pause.from < self.burst.first + leaving
    }

    /// What the client had written last, if that was before the pause: then it had nothing to do in
    /// the pause but wait. What it wrote at the end of the pause was own work.
    fn held_back(&self) -> Option<Recorded> {
        let from = self.before.map_or(self.session.started, |answer| answer.last);
        let until = self.after.map_or(self.session.ended, |answer| answer.first);
        let written = |event: &&Recorded| {
            (from..until).contains(&event.at)
                && matches!(event.what, Happened::Sent { .. } | Happened::Content { .. })
        };
        let last = self.session.events.iter().rev().find(written)?;
        (last.at < self.pause.from + self.pause.length() / 2).then(|| last.clone())
    }

    fn is_likely(&self, phase: Phase) -> bool {
        phase != Phase::Tls && LIKELY_DELAYED_ACK.contains(&self.pause.length())
    }

    /// Whether the client could make nothing of what came before the pause. In the TLS handshake, and
    /// with session tickets right behind it, that says nothing of replies.
    fn is_half_a_reply(&self, phase: Phase) -> bool {
        let first_inside_tls = match self.session.security {
            Security::Implicit => Phase::Greeting,
            _ => Phase::EhloAgain,
        };
        let noticed = |event: &Recorded| {
            (self.pause.from..self.pause.to).contains(&event.at)
                && matches!(event.what, Happened::Received { .. })
        };
        phase != Phase::Tls && phase != first_inside_tls && !self.session.events.iter().any(noticed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::made_up;

    fn lengths(session: &Session) -> Vec<(Direction, &'static str, u128)> {
        let length =
            |stall: &Stall| (stall.direction, stall.phase.name(), stall.pause.length().as_millis());
        session.stalls().iter().map(length).collect()
    }

    #[test]
    fn what_was_written_and_did_not_leave_was_held_back() {
        let stalls = made_up::stalled("lettre", 41_000).stalls();
        let [stall] = stalls.as_slice() else { panic!("one stall, not {stalls:?}") };
        assert_eq!((stall.direction, stall.phase), (Direction::Out, Phase::FinalReply));
        let held = stall.held.as_ref().map(|event| &event.what);
        assert!(matches!(held, Some(Happened::Sent { step: mailer::Step::EndOfData, .. })));
        assert_eq!(lengths(&made_up::session("raw")), []);
        assert_eq!(lengths(&made_up::pipelined("raw")), []);
    }

    #[test]
    fn what_is_written_at_the_end_of_a_pause_was_not_held_back() {
        assert_eq!(lengths(&made_up::hesitating("slow", 41_000)), []);
    }

    #[test]
    fn no_acknowledgement_is_delayed_so_little_or_so_much() {
        for stall in [0, 20_000, 600_000] {
            assert_eq!(lengths(&made_up::stalled("lettre", stall)), [], "{stall}");
        }
        let long = [(Direction::Out, "final reply", 200)];
        assert_eq!(lengths(&made_up::stalled("lettre", 200_000)), long);
    }

    #[test]
    fn where_nobody_tells_when_it_wrote_the_length_has_to_speak() {
        let told_by_server =
            |stall| Session { witness: Witness::Server, ..made_up::stalled("other", stall) };
        assert_eq!(lengths(&told_by_server(41_000)), [(Direction::Out, "final reply", 41)]);
        assert_eq!(lengths(&told_by_server(200_000)), []);
    }

    #[test]
    fn half_a_reply_is_the_servers() {
        let stalled = [(Direction::In, "final reply", 41)];
        assert_eq!(lengths(&made_up::half_a_reply("raw", 41_000)), stalled);
    }

    #[test]
    fn a_narrow_link_holds_back_what_it_has_no_room_for() {
        let mut session = made_up::stalled("lettre", 41_000);
        session.path.bandwidth = std::num::NonZeroU64::new(500);
        assert_eq!(lengths(&session), []);
    }
}

//! What a contender's work used of the path to the server, as the link observed it.

use std::{
    ops::{Add, Sub},
    time::Duration,
};

use mailer_link::{Burst, Connection, Direction, Hold};

/// Counts of what passed on some connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkUsage {
    /// Round trips that the client waited for.
    pub round_trips: u64,
    /// Stalls: the client held data back until an acknowledgement came, though no reply was due, or the
    /// server held back a part of its answer (Nagle's algorithm, RFC 896).
    pub stalls: u64,
    /// How long these acknowledgements were delayed, beyond the round trip that each of them takes.
    pub ack_delay: Duration,
    /// Bytes in both directions, TLS included.
    pub bytes: u64,
}

/// What one message or handshake uses of the path.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UsagePerMail {
    /// Round trips that the client waits for.
    pub round_trips: f64,
    /// Stalls, as in [`LinkUsage::stalls`].
    pub stalls: f64,
    /// How many seconds the acknowledgements that end stalls are delayed, beyond their round trip.
    pub ack_delay: f64,
    /// Bytes in both directions, TLS included.
    pub bytes: f64,
}

impl LinkUsage {
    /// Counts what passed on a connection over a path with this RTT.
    ///
    /// A round trip is not the same as a reply. A client with several messages in flight goes on sending
    /// between two replies and waits for neither. So a reply counts as a round trip if it came at least
    /// three quarters of an RTT after the last bytes before it.
    #[must_use]
    pub fn new(connection: &Connection, round_trip: Duration) -> Self {
        let bursts = &connection.bursts;
        let pairs = bursts.iter().zip(bursts.iter().skip(1));
        let waited = pairs.filter(|(before, after)| {
            let took = after.last.saturating_duration_since(before.last);
            is_inward(after) && took * 4 >= round_trip * 3
        });
        let holds: Vec<Hold> = bursts.iter().flat_map(|burst| burst.holds.clone()).collect();
        Self {
            round_trips: connection.opening() + waited.count() as u64,
            stalls: holds.len() as u64,
            ack_delay: holds.iter().map(|hold| hold.length().saturating_sub(round_trip)).sum(),
            bytes: bursts.iter().map(|burst| burst.bytes).sum(),
        }
    }

    /// Returns the sum over several connections.
    pub(super) fn sum_of(connections: &[Connection], round_trip: Duration) -> Self {
        let usages = connections.iter().map(|connection| Self::new(connection, round_trip));
        usages.fold(Self::default(), Add::add)
    }

    /// Combines each part with the same part of another usage.
    fn combine(
        self,
        other: Self,
        counts: fn(u64, u64) -> u64,
        times: fn(Duration, Duration) -> Duration,
    ) -> Self {
        Self {
            round_trips: counts(self.round_trips, other.round_trips),
            stalls: counts(self.stalls, other.stalls),
            ack_delay: times(self.ack_delay, other.ack_delay),
            bytes: counts(self.bytes, other.bytes),
        }
    }

    /// Divides it by the number of messages or handshakes.
    pub(super) fn per_mail(self, count: u64) -> UsagePerMail {
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
        let count = count.max(1) as f64;
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 bytes")]
        let each = |total: u64| total as f64 / count;
        UsagePerMail {
            round_trips: each(self.round_trips),
            stalls: each(self.stalls),
            ack_delay: self.ack_delay.as_secs_f64() / count,
            bytes: each(self.bytes),
        }
    }
}

impl UsagePerMail {
    /// Returns how many seconds one message or handshake stalls on a path with this RTT.
    #[must_use]
    pub fn stall_time(&self, round_trip: Duration) -> f64 {
        self.stalls * round_trip.as_secs_f64() + self.ack_delay
    }
}

fn is_inward(burst: &Burst) -> bool {
    burst.direction == Direction::In
}

impl Add for LinkUsage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.combine(other, u64::add, Duration::add)
    }
}

/// What passed after an earlier count.
impl Sub for LinkUsage {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        self.combine(earlier, u64::saturating_sub, Duration::saturating_sub)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use Direction::{In, Out};

    const RTT: Duration = Duration::from_millis(20);

    fn usage(passed: &[(Direction, u64)]) -> LinkUsage {
        let start = Instant::now();
        let mut connection = Connection::new(start);
        connection.reached = Some((([127, 0, 0, 1], 25).into(), start));
        for (direction, at_ms) in passed {
            connection.record(start + Duration::from_millis(*at_ms), *direction, 1);
        }
        LinkUsage::new(&connection, RTT)
    }

    #[test]
    fn the_greeting_is_a_round_trip() {
        assert_eq!(usage(&[(In, 40), (Out, 40), (In, 60)]).round_trips, 3);
        // With implicit TLS the client sends first.
        assert_eq!(usage(&[(Out, 0), (In, 40), (Out, 41), (In, 61)]).round_trips, 3);
    }

    #[test]
    fn replies_that_arrive_while_the_client_sends_are_no_round_trips() {
        let window = [(In, 40), (Out, 41), (In, 61), (Out, 62), (In, 63), (Out, 64), (In, 82)];
        assert_eq!(usage(&window).round_trips, 4);
    }

    #[test]
    fn a_stall_has_its_delay_counted_and_its_reply_is_one_round_trip() {
        // Two replies come after the stall, and the client waits once.
        let stalled = usage(&[(In, 40), (Out, 40), (Out, 100), (In, 110), (In, 120)]);
        let ack_delay = Duration::from_millis(40);
        assert_eq!(stalled, LinkUsage { round_trips: 3, stalls: 1, ack_delay, bytes: 5 });
        assert_eq!(usage(&[(In, 40), (Out, 40), (Out, 45), (In, 65)]).stalls, 0);
    }

    #[test]
    fn stall_time_grows_with_the_rtt() {
        let usage = UsagePerMail { stalls: 1.0, ack_delay: 0.044, ..UsagePerMail::default() };
        assert!((usage.stall_time(RTT) - 0.064).abs() < 1e-9);
        assert!(UsagePerMail::default().stall_time(RTT).abs() < 1e-9);
    }
}

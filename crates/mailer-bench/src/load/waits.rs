//! What a client waited for on its way to the server, as the link saw it.

use std::{
    iter::Sum,
    ops::{Add, Sub},
    time::Duration,
};

use mailer_link::{Burst, Connection, Direction, Hold};

/// What passed on some connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// Round trips that passed while nothing else did.
    pub round_trips: u64,
    /// How often something was held back though nothing was due before it: until an acknowledgement
    /// came, which takes a round trip, too.
    pub holds: u64,
    /// For how long those acknowledgements were delayed.
    pub delayed: Duration,
    /// Octets both ways.
    pub octets: u64,
}

impl Waits {
    /// What passed on a connection over a way of this length.
    ///
    /// Round trips are not answers: a client with several mails under way goes on sending between two
    /// replies, and waits for neither. So an answer counts if it took nearly a round trip or more.
    #[must_use]
    pub fn of(connection: &Connection, round_trip: Duration) -> Self {
        let bursts = &connection.bursts;
        let pairs = bursts.iter().zip(bursts.iter().skip(1));
        let waited = pairs.filter(|(before, after)| {
            let took = after.last.saturating_duration_since(before.last);
            is_inward(after) && took * 4 >= round_trip * 3
        });
        let holds: Vec<Hold> = connection.flights().flat_map(|it| it.holds.clone()).collect();
        Self {
            round_trips: connection.opening() + waited.count() as u64,
            holds: holds.len() as u64,
            delayed: holds.iter().map(|hold| hold.length().saturating_sub(round_trip)).sum(),
            octets: bursts.iter().map(|burst| burst.bytes).sum(),
        }
    }

    /// The same of several connections.
    pub(super) fn of_all(connections: &[Connection], round_trip: Duration) -> Self {
        connections.iter().map(|connection| Self::of(connection, round_trip)).sum()
    }
}

fn is_inward(burst: &Burst) -> bool {
    burst.direction == Direction::In
}

impl Add for Waits {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            round_trips: self.round_trips + other.round_trips,
            holds: self.holds + other.holds,
            delayed: self.delayed + other.delayed,
            octets: self.octets + other.octets,
        }
    }
}

impl Sum for Waits {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// What came after an earlier look.
impl Sub for Waits {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            round_trips: self.round_trips.saturating_sub(earlier.round_trips),
            holds: self.holds.saturating_sub(earlier.holds),
            delayed: self.delayed.saturating_sub(earlier.delayed),
            octets: self.octets.saturating_sub(earlier.octets),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use Direction::{In, Out};

    const RTT: Duration = Duration::from_millis(20);

    fn waits(passed: &[(Direction, u64)]) -> Waits {
        let start = Instant::now();
        let mut connection = Connection::new(start);
        connection.reached = Some((([127, 0, 0, 1], 25).into(), start));
        for (direction, at_ms) in passed {
            connection.record(start + Duration::from_millis(*at_ms), *direction, 1);
        }
        Waits::of(&connection, RTT)
    }

    #[test]
    fn the_greeting_is_waited_for_too() {
        assert_eq!(waits(&[(In, 40), (Out, 40), (In, 60)]).round_trips, 3);
        // TLS from the first byte: the client speaks first.
        assert_eq!(waits(&[(Out, 0), (In, 40), (Out, 41), (In, 61)]).round_trips, 3);
    }

    #[test]
    fn replies_that_come_while_others_are_under_way_are_not_waited_for() {
        let window = [(In, 40), (Out, 41), (In, 61), (Out, 62), (In, 63), (Out, 64), (In, 82)];
        assert_eq!(waits(&window).round_trips, 4);
    }

    #[test]
    fn what_is_held_back_is_delayed_and_the_answer_to_it_is_waited_for_once() {
        // Between the held back command and its reply comes what nobody waits for.
        let held = waits(&[(In, 40), (Out, 40), (Out, 100), (In, 110), (In, 120)]);
        let delayed = Duration::from_millis(40);
        assert_eq!(held, Waits { round_trips: 3, holds: 1, delayed, octets: 5 });
        assert_eq!(waits(&[(In, 40), (Out, 40), (Out, 45), (In, 65)]).holds, 0);
    }
}

//! What a way is like, and when octets on it arrive.

use std::{
    fmt,
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// What a way to a server is like.
///
/// The default is no distance at all: what comes is passed on at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// How long an octet takes there and another one back.
    pub round_trip: Duration,
    /// Octets per second that pass in each direction; `None` is no limit.
    pub bandwidth: Option<NonZeroU64>,
}

impl Path {
    /// Whether nothing is held back.
    pub(super) fn is_direct(self) -> bool {
        self == Self::default()
    }

    /// The time that this many octets take to leave at the bandwidth; zero where there is no limit.
    #[must_use]
    pub fn serialisation(self, octets: u64) -> Duration {
        const NANOSECONDS: u64 = 1_000_000_000;
        self.bandwidth.map_or(Duration::ZERO, |per_second| {
            Duration::from_nanos(octets.saturating_mul(NANOSECONDS) / per_second)
        })
    }
}

impl fmt::Display for Path {
    /// As it stands in the head of a report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms there and back", self.round_trip.as_secs_f64() * 1000.0)?;
        let Some(octets) = self.bandwidth else { return Ok(()) };
        // More than a terabit per second is shown as one.
        let kilobits = u32::try_from(octets.get() / 125).unwrap_or(u32::MAX);
        write!(f, ", {} Mbit/s each way", f64::from(kilobits) / 1000.0)
    }
}

/// When octets arrive that leave one end one after another.
///
/// Each waits until those before it have left, leaves at the bandwidth (serialisation delay), and
/// then takes half a round trip (propagation delay), however many are under way.
pub(super) struct Schedule {
    path: Path,
    /// When all that came before has left.
    free: Instant,
}

impl Schedule {
    /// Nothing leaves before `open`.
    pub(super) fn new(path: Path, open: Instant) -> Self {
        Self { path, free: open }
    }

    /// When all that came until then had left.
    pub(super) fn left(&self, until: Instant) -> Instant {
        self.free.max(until)
    }

    /// When the last of so many octets arrives that come to the near end now.
    pub(super) fn arrival(&mut self, now: Instant, octets: usize) -> Instant {
        self.free = self.free.max(now) + self.path.serialisation(octets as u64);
        self.free + self.path.round_trip / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn path(round_trip_ms: u32, octets_per_ms: u64) -> Path {
        Path { round_trip: MS * round_trip_ms, bandwidth: NonZeroU64::new(octets_per_ms * 1000) }
    }

    /// When pieces of so many octets arrive that come then; all in milliseconds.
    fn arrivals(path: Path, open: u32, pieces: &[(u32, usize)]) -> Vec<u128> {
        let start = Instant::now();
        let mut schedule = Schedule::new(path, start + MS * open);
        let arrival = |&(at, octets)| schedule.arrival(start + MS * at, octets);
        pieces.iter().map(arrival).map(|at| (at - start).as_millis()).collect()
    }

    #[test]
    fn without_a_limit_all_take_half_a_round_trip() {
        let pieces = [(0, 1000), (0, 1_000_000), (5, 1)];
        assert_eq!(arrivals(path(20, 0), 0, &pieces), [10, 10, 15]);
    }

    #[test]
    fn what_leaves_together_queues_at_the_bandwidth() {
        let pieces = [(0, 1000), (0, 1000), (1, 3000), (100, 500)];
        assert_eq!(arrivals(path(20, 1000), 0, &pieces), [11, 12, 15, 110]);
    }

    #[test]
    fn nothing_leaves_before_the_way_is_open() {
        assert_eq!(arrivals(path(20, 1000), 30, &[(0, 1000), (2, 1000)]), [41, 42]);
    }

    #[test]
    fn it_is_told_in_the_units_of_networks() {
        assert_eq!(path(50, 0).to_string(), "50 ms there and back");
        assert_eq!(path(1, 63).to_string(), "1 ms there and back, 0.504 Mbit/s each way");
        assert_eq!(path(0, 1250).to_string(), "0 ms there and back, 10 Mbit/s each way");
    }
}

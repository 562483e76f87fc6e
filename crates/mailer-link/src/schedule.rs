//! When bytes arrive at the other end of a path.

use std::time::Instant;

use crate::Path;

/// The arrival times of bytes that leave one end one after another.
///
/// Each byte waits until those before it have left, leaves at the bandwidth (serialisation delay), and
/// arrives half a round trip later (propagation delay), however many are in flight.
pub(crate) struct Schedule {
    path: Path,
    /// When all earlier bytes have left.
    free: Instant,
}

impl Schedule {
    /// Returns a schedule by which nothing leaves before `open`.
    pub(crate) fn new(path: Path, open: Instant) -> Self {
        Self { path, free: open }
    }

    /// When all bytes that were scheduled so far have left, and not before `earliest`.
    pub(crate) fn free_from(&self, earliest: Instant) -> Instant {
        self.free.max(earliest)
    }

    /// Schedules bytes that are sent now, and returns when the last of them arrives.
    pub(crate) fn arrival(&mut self, now: Instant, bytes: usize) -> Instant {
        self.free = self.free_from(now) + self.path.serialisation(bytes as u64);
        self.free + self.path.round_trip / 2
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU64, time::Duration};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn path(round_trip_ms: u32, bytes_per_ms: u64) -> Path {
        Path { round_trip: MS * round_trip_ms, bandwidth: NonZeroU64::new(bytes_per_ms * 1000) }
    }

    /// The arrival times of writes, given as (time, bytes), on a path that opens at `open`. All times
    /// are in milliseconds.
    fn arrivals(path: Path, open: u32, writes: &[(u32, usize)]) -> Vec<u128> {
        let start = Instant::now();
        let mut schedule = Schedule::new(path, start + MS * open);
        let arrival = |&(at, bytes)| schedule.arrival(start + MS * at, bytes);
        writes.iter().map(arrival).map(|at| (at - start).as_millis()).collect()
    }

    #[test]
    fn without_a_bandwidth_everything_arrives_after_half_a_round_trip() {
        let writes = [(0, 1000), (0, 1_000_000), (5, 1)];
        assert_eq!(arrivals(path(20, 0), 0, &writes), [10, 10, 15]);
    }

    #[test]
    fn simultaneous_writes_queue_at_the_bandwidth() {
        let writes = [(0, 1000), (0, 1000), (1, 3000), (100, 500)];
        assert_eq!(arrivals(path(20, 1000), 0, &writes), [11, 12, 15, 110]);
    }

    #[test]
    fn nothing_leaves_before_the_path_is_open() {
        assert_eq!(arrivals(path(20, 1000), 30, &[(0, 1000), (2, 1000)]), [41, 42]);
    }
}

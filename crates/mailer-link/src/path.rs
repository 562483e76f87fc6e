//! The properties of a path: its round-trip time and its bandwidth.

use std::{fmt, num::NonZeroU64, time::Duration};

/// The properties of the path to a server. By default it adds no delay: bytes are forwarded at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The round-trip time (RTT): twice the time that a byte takes in one direction.
    pub round_trip: Duration,
    /// The bandwidth of each direction, in bytes per second; `None` is unlimited.
    pub bandwidth: Option<NonZeroU64>,
}

impl Path {
    /// Whether the path adds no delay.
    pub(crate) fn is_direct(self) -> bool {
        self == Self::default()
    }

    /// The time that this many bytes take to leave at the bandwidth: zero where it is unlimited.
    #[must_use]
    pub fn serialisation(self, bytes: u64) -> Duration {
        const NANOSECONDS: u64 = 1_000_000_000;
        self.bandwidth.map_or(Duration::ZERO, |per_second| {
            Duration::from_nanos(bytes.saturating_mul(NANOSECONDS) / per_second)
        })
    }
}

impl fmt::Display for Path {
    /// Writes the path as reports show it: `50 ms RTT, 10 Mbit/s each way`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms RTT", self.round_trip.as_secs_f64() * 1000.0)?;
        let Some(bytes) = self.bandwidth else { return Ok(()) };
        // More than a terabit per second is shown as one.
        let kilobits = u32::try_from(bytes.get() / 125).unwrap_or(u32::MAX);
        write!(f, ", {} Mbit/s each way", f64::from(kilobits) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_the_units_of_networks() {
        let text = |round_trip_ms, bytes_per_second| {
            let round_trip = Duration::from_millis(round_trip_ms);
            Path { round_trip, bandwidth: NonZeroU64::new(bytes_per_second) }.to_string()
        };
        assert_eq!(text(50, 0), "50 ms RTT");
        assert_eq!(text(1, 63_000), "1 ms RTT, 0.504 Mbit/s each way");
        assert_eq!(text(0, 1_250_000), "0 ms RTT, 10 Mbit/s each way");
    }
}

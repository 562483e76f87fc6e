//! A distribution of latencies.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Significant digits that are kept of each latency: its error is below a thousandth.
const DIGITS: u8 = 3;

/// Latencies, counted by how long they are: none is left out, and a million take no more room than
/// a thousand.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

/// The percentiles of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Percentile {
    /// Half of all are not longer.
    P50,
    /// Nine in ten are not longer.
    P90,
    /// All but one in a hundred are not longer.
    P99,
    /// All but one in a thousand are not longer.
    P999,
    /// None is longer.
    Max,
}

impl Percentile {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 5] = [Self::P50, Self::P90, Self::P99, Self::P999, Self::Max];

    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Max => "max",
        }
    }

    fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P90 => 0.9,
            Self::P99 => 0.99,
            Self::P999 => 0.999,
            Self::Max => 1.0,
        }
    }

    /// How many latencies there have to be for it to be another one than the maximum.
    fn needs(self) -> u64 {
        match self {
            Self::P50 => 2,
            Self::P90 => 10,
            Self::P99 => 100,
            Self::P999 => 1000,
            Self::Max => 1,
        }
    }
}

impl Default for Latencies {
    fn default() -> Self {
        let histogram = Histogram::new(DIGITS);
        Self(histogram.expect("three digits are within what the histogram takes"))
    }
}

impl Latencies {
    /// Counts one.
    pub fn record(&mut self, latency: Duration) {
        self.add(nanos(latency), 1);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// A percentile; `None` if there are too few for it.
    #[must_use]
    pub fn at(&self, percentile: Percentile) -> Option<Duration> {
        (self.count() >= percentile.needs())
            .then(|| Duration::from_nanos(self.0.value_at_quantile(percentile.quantile())))
    }

    /// The middle one, however few there are; `None` if there is none.
    #[must_use]
    pub fn median(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_nanos(self.0.value_at_quantile(0.5)))
    }

    /// The latency that this share of all does not exceed.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(share))
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: &Self) {
        for (nanos, count) in
            other.0.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value()))
        {
            self.add(nanos, count);
        }
    }

    fn add(&mut self, nanos: u64, count: u64) {
        // It grows as needed, and 64 bits of nanoseconds are more than a run can take.
        let _ = self.0.record_n(nanos.max(1), count);
    }
}

/// As pairs of nanoseconds and how often they were counted: how it passes from process to process.
impl Serialize for Latencies {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.0.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value()));
        serializer.collect_seq(pairs)
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut latencies = Self::default();
        for (nanos, count) in Vec::<(u64, u64)>::deserialize(deserializer)? {
            latencies.add(nanos, count);
        }
        Ok(latencies)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Latencies {
        let mut latencies = Latencies::default();
        micros.into_iter().for_each(|micros| latencies.record(Duration::from_micros(micros)));
        latencies
    }

    /// Within what three digits keep.
    fn is_about(latency: Option<Duration>, micros: f64) -> bool {
        latency.is_some_and(|l| (l.as_secs_f64() * 1e6 / micros - 1.0).abs() < 0.002)
    }

    #[test]
    fn percentiles_are_those_of_all() {
        let latencies = of(1..=1000);
        for (percentile, wanted) in
            Percentile::ALL.into_iter().zip([500.0, 900.0, 990.0, 999.0, 1000.0])
        {
            assert!(is_about(latencies.at(percentile), wanted), "{percentile:?}");
        }
    }

    #[test]
    fn too_few_have_no_far_percentile() {
        let few = of(1..=99);
        assert!(few.at(Percentile::P90).is_some() && few.at(Percentile::P99).is_none());
        assert!(is_about(few.at(Percentile::Max), 99.0));
        assert_eq!(of([]).at(Percentile::Max), None);
        assert!(is_about(of([7]).median(), 7.0));
    }

    #[test]
    fn it_passes_to_another_process_as_it_is() {
        let latencies = of([3, 3, 1_000_000, 90_000_000]);
        let text = serde_json::to_string(&latencies).unwrap();
        let mut read: Latencies = serde_json::from_str(&text).unwrap();
        assert_eq!(read.0, latencies.0);
        read.merge(&latencies);
        assert_eq!(read.count(), 8);
    }
}

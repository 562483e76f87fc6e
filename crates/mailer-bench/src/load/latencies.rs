//! A distribution of latencies.

mod exchange;

use std::time::Duration;

use hdrhistogram::Histogram;
use mailer::{Error, Kind};
use serde::{Deserialize, Serialize};

/// A histogram of latencies. It contains every latency, and a million need no more memory than a
/// thousand.
///
/// An empty one needs no memory: a load has some for each of thousands of users, and most of them stay empty.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Option<Histogram<u64>>);

/// The percentiles of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Percentile {
    /// The 50th percentile: the median.
    P50,
    /// Nine in ten are at most this long.
    P90,
    /// All but one in twenty are at most this long.
    P95,
    /// All but one in a hundred are at most this long.
    P99,
    /// All but one in a thousand are at most this long.
    P999,
    /// The longest latency.
    Max,
}

impl Percentile {
    /// Every percentile, in the order of reports.
    pub const ALL: &'static [Self] =
        &[Self::P50, Self::P90, Self::P95, Self::P99, Self::P999, Self::Max];

    /// Returns the name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Max => "max",
        }
    }

    fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P90 => 0.9,
            Self::P95 => 0.95,
            Self::P99 => 0.99,
            Self::P999 => 0.999,
            Self::Max => 1.0,
        }
    }

    /// The least number of latencies of which the percentile is not simply the maximum.
    fn needs(self) -> u64 {
        match self {
            Self::P50 => 2,
            Self::P90 => 10,
            Self::P95 => 20,
            Self::P99 => 100,
            Self::P999 => 1000,
            Self::Max => 1,
        }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new(exchange::DIGITS).expect("the histogram supports three digits")
}

impl Latencies {
    /// Adds the latency of one message or handshake.
    pub fn record(&mut self, latency: Duration) {
        self.add(nanos(latency), 1);
    }

    /// Returns the number of latencies.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    /// Returns a percentile; `None` if there are too few latencies for it.
    #[must_use]
    pub fn at(&self, percentile: Percentile) -> Option<Duration> {
        (self.count() >= percentile.needs()).then(|| self.quantile(percentile.quantile()))
    }

    /// Returns the median, however few latencies there are; `None` if there are none.
    #[must_use]
    pub fn median(&self) -> Option<Duration> {
        (self.count() > 0).then(|| self.quantile(0.5))
    }

    /// Returns the latency that a `share` of all (from 0 to 1) does not exceed.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        Duration::from_nanos(self.0.as_ref().map_or(0, |it| it.value_at_quantile(share)))
    }

    /// Returns every latency with the number of times that it was recorded, from the shortest on. A latency is
    /// exact to three digits.
    pub fn recorded(&self) -> impl Iterator<Item = (Duration, u64)> {
        self.pairs().map(|(nanos, count)| (Duration::from_nanos(nanos), count))
    }

    /// Removes all latencies, and keeps the memory for the next ones.
    pub(super) fn clear(&mut self) {
        if let Some(histogram) = self.0.as_mut().filter(|it| !it.is_empty()) {
            histogram.reset();
        }
    }

    /// Returns the histogram in nanoseconds as the tools of HdrHistogram exchange it: version 2, compressed, in
    /// base64 (`HISTF…`).
    ///
    /// # Errors
    /// [`Kind::Internal`] if it cannot be compressed.
    pub fn to_base64(&self) -> Result<String, Error> {
        let encoded = match &self.0 {
            Some(histogram) => exchange::encode(histogram),
            None => exchange::encode(&histogram()),
        };
        encoded.map_err(|cause| {
            Error::new(Kind::Internal, "cannot compress a histogram").with_cause(cause)
        })
    }

    /// Reads a histogram that [`to_base64`](Self::to_base64) wrote.
    ///
    /// # Errors
    /// [`Kind::Input`] if the text is not one.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let histogram = exchange::decode(text)
            .map_err(|cause| Error::new(Kind::Input, "not a histogram").with_cause(cause))?;
        let mut latencies = Self::default();
        latencies.merge(&Self(Some(histogram)));
        Ok(latencies)
    }

    /// Adds all latencies of another histogram.
    pub fn merge(&mut self, other: &Self) {
        other.pairs().for_each(|(nanos, count)| self.add(nanos, count));
    }

    /// Returns every latency in nanoseconds with its count.
    fn pairs(&self) -> impl Iterator<Item = (u64, u64)> {
        let recorded = self.0.iter().flat_map(Histogram::iter_recorded);
        recorded.map(|it| (it.value_iterated_to(), it.count_at_value()))
    }

    fn add(&mut self, nanos: u64, count: u64) {
        // The histogram grows as needed, and no run is longer than 2^64 nanoseconds.
        let _ = self.0.get_or_insert_with(histogram).record_n(nanos.max(1), count);
    }
}

/// Pairs of nanoseconds and their count, for passing a histogram from process to process.
impl Serialize for Latencies {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.pairs())
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

    fn latencies(micros: impl IntoIterator<Item = u64>) -> Latencies {
        let mut latencies = Latencies::default();
        micros.into_iter().for_each(|micros| latencies.record(Duration::from_micros(micros)));
        latencies
    }

    /// Whether a latency is what was recorded, within three digits.
    fn is_about(latency: Option<Duration>, micros: f64) -> bool {
        latency.is_some_and(|l| (l.as_secs_f64() * 1e6 / micros - 1.0).abs() < 0.002)
    }

    #[test]
    fn percentiles_are_of_all_latencies() {
        let latencies = latencies(1..=1000);
        for (percentile, expected) in
            Percentile::ALL.iter().copied().zip([500.0, 900.0, 950.0, 990.0, 999.0, 1000.0])
        {
            assert!(is_about(latencies.at(percentile), expected), "{percentile:?}");
        }
    }

    #[test]
    fn few_latencies_have_no_high_percentile() {
        let few = latencies(1..=99);
        assert!(few.at(Percentile::P90).is_some() && few.at(Percentile::P99).is_none());
        assert!(is_about(few.at(Percentile::Max), 99.0));
        assert_eq!(latencies([]).at(Percentile::Max), None);
        assert!(is_about(latencies([7]).median(), 7.0));
    }

    #[test]
    fn a_histogram_in_base64_is_that_of_hdrhistogram() {
        let latencies = latencies([3, 3, 1_000_000, 90_000_000]);
        let text = latencies.to_base64().unwrap();
        assert!(text.starts_with("HISTF"), "{text}");
        assert_eq!(Latencies::from_base64(&text).unwrap().0, latencies.0);
        for text in ["", "HISTF", "HISTFAAAABB42pNp", "%"] {
            assert_eq!(Latencies::from_base64(text).unwrap_err().kind(), Kind::Input, "{text}");
        }
    }

    #[test]
    fn a_cleared_histogram_is_empty() {
        let mut latencies = latencies([3, 70]);
        let recorded: Vec<u64> = latencies.recorded().map(|(_, count)| count).collect();
        assert_eq!(recorded, [1, 1]);
        latencies.clear();
        assert_eq!((latencies.count(), latencies.recorded().count()), (0, 0));
        assert_eq!((latencies.median(), latencies.quantile(0.5)), (None, Duration::ZERO));
    }

    #[test]
    fn a_histogram_is_the_same_after_serialization() {
        let latencies = latencies([3, 3, 1_000_000, 90_000_000]);
        let text = serde_json::to_string(&latencies).unwrap();
        let mut read: Latencies = serde_json::from_str(&text).unwrap();
        assert_eq!(read.0, latencies.0);
        read.merge(&latencies);
        assert_eq!(read.count(), 8);
    }
}

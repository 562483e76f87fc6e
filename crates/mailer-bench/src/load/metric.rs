//! The figures that a condition can be about.

use mailer::Outcome;

use super::{Figures, Percentile};
use crate::report::units::{digits, time};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    Rate,
    Time,
    At(Percentile),
    Errors,
    Cpu,
    Memory,
    RoundTrips,
    Stall,
    Bytes,
    /// The last step of a ramp that the contender keeps up with.
    Capacity,
}

/// What kind of number a metric is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    /// Seconds.
    Time,
    /// Bytes.
    Size,
    /// A number without a unit.
    Count,
}

/// The name of each figure in a condition.
pub(super) const METRICS: [(&str, Metric); 15] = [
    ("rate", Metric::Rate),
    ("time", Metric::Time),
    ("p50", Metric::At(Percentile::P50)),
    ("p90", Metric::At(Percentile::P90)),
    ("p95", Metric::At(Percentile::P95)),
    ("p99", Metric::At(Percentile::P99)),
    ("p99.9", Metric::At(Percentile::P999)),
    ("max", Metric::At(Percentile::Max)),
    ("errors", Metric::Errors),
    ("cpu", Metric::Cpu),
    ("memory", Metric::Memory),
    ("round-trips", Metric::RoundTrips),
    ("stall", Metric::Stall),
    ("bytes", Metric::Bytes),
    ("capacity", Metric::Capacity),
];

impl Metric {
    /// Returns the kind of number that it is.
    pub(super) fn dimension(self) -> Dimension {
        match self {
            Self::Time | Self::At(_) | Self::Cpu | Self::Stall => Dimension::Time,
            Self::Memory | Self::Bytes => Dimension::Size,
            Self::Rate | Self::Errors | Self::RoundTrips | Self::Capacity => Dimension::Count,
        }
    }

    /// Returns the value in seconds, bytes, or without a unit.
    #[expect(clippy::cast_precision_loss, reason = "no figure has 2^53")]
    pub(super) fn value(self, figures: &Figures<'_>) -> Option<f64> {
        match self {
            Self::Rate => Some(figures.per_second?.median),
            Self::Time => Some(figures.time?.median),
            Self::At(percentile) => Some(figures.latencies.at(percentile)?.as_secs_f64()),
            Self::Errors => {
                let outcomes = figures.outcomes;
                let accepted = outcomes.count_of(Outcome::Accepted);
                let is_valid = figures.contender.invalid.is_none();
                is_valid.then(|| (outcomes.total() - accepted) as f64)
            }
            Self::Cpu => Some(figures.client_cpu?.total().as_secs_f64()),
            Self::Memory => Some(figures.contender.peak_memory? as f64),
            Self::RoundTrips => Some(figures.usage?.round_trips),
            Self::Stall => figures.stall,
            Self::Bytes => Some(figures.usage?.bytes),
            Self::Capacity => None,
        }
    }

    /// Returns the value in an entry of a JSON document, in the same unit.
    pub(super) fn value_in(self, entry: &serde_json::Value) -> Option<f64> {
        let nanos = |value: &serde_json::Value| Some(value.as_f64()? / 1e9);
        match self {
            Self::Rate => entry["per_second"]["median"].as_f64(),
            Self::Time => nanos(&entry["time_ns"]["median"]),
            Self::At(percentile) => {
                let name = match percentile {
                    Percentile::P50 => "p50_ns",
                    Percentile::P90 => "p90_ns",
                    Percentile::P95 => "p95_ns",
                    Percentile::P99 => "p99_ns",
                    Percentile::P999 => "p999_ns",
                    Percentile::Max => "max_ns",
                };
                nanos(&entry["latency"][name])
            }
            Self::Errors => {
                let outcomes = entry["outcomes"].as_object()?;
                let failed = outcomes.iter().filter(|(name, _)| *name != "accepted");
                Some(failed.filter_map(|(_, count)| count.as_f64()).sum())
            }
            Self::Cpu => {
                let cpu = &entry["client_cpu"];
                Some((cpu["user_ns"].as_f64()? + cpu["system_ns"].as_f64()?) / 1e9)
            }
            Self::Memory => entry["peak_memory"].as_f64(),
            Self::RoundTrips => entry["path"]["round_trips"].as_f64(),
            Self::Stall => nanos(&entry["path"]["stall_ns"]),
            Self::Bytes => entry["path"]["bytes"].as_f64(),
            Self::Capacity => Some(entry["last_kept"].as_f64().unwrap_or(0.0)),
        }
    }

    /// Returns a value in words.
    pub(super) fn show(self, value: f64) -> String {
        match self.dimension() {
            Dimension::Time => time(value),
            Dimension::Size => format!("{value:.0} bytes"),
            Dimension::Count if value.fract() == 0.0 => format!("{value:.0}"),
            Dimension::Count => digits(value),
        }
    }
}

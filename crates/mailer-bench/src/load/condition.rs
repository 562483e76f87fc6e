//! Conditions on the figures of a run, such as `p99 > 20ms`, for a program that decides by them.

use std::{fmt, str::FromStr};

use mailer::Outcome;

use super::{Figures, Percentile, Run, figures};
use crate::report::units::{digits, time};

/// A condition on the figures of each contender.
///
/// ```
/// use mailer_bench::load::Condition;
/// let slow: Condition = "p99 > 20ms".parse()?;
/// let slower: Condition = "raw (auto): rate < 0.9x baseline".parse()?;
/// assert!(slower.needs_baseline() && !slow.needs_baseline());
/// # Ok::<(), mailer_bench::load::ConditionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    text: String,
    /// The contender that it is about; `None` is each.
    contender: Option<String>,
    metric: Metric,
    comparison: Comparison,
    limit: Limit,
}

/// Why a text is not a condition: which part of it, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError(String);

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConditionError {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metric {
    Rate,
    Time,
    At(Percentile),
    Errors,
    Cpu,
    Memory,
    RoundTrips,
    Stall,
    Bytes,
}

/// What kind of number a metric is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dimension {
    /// Seconds.
    Time,
    /// Bytes.
    Size,
    /// A number without a unit.
    Count,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Below,
    BelowOrEqual,
    Above,
    AboveOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    /// In seconds, bytes, or without a unit.
    Value(f64),
    /// A factor of the baseline's value.
    OfBaseline(f64),
}

const METRICS: [(&str, Metric); 13] = [
    ("rate", Metric::Rate),
    ("time", Metric::Time),
    ("p50", Metric::At(Percentile::P50)),
    ("p90", Metric::At(Percentile::P90)),
    ("p99", Metric::At(Percentile::P99)),
    ("p99.9", Metric::At(Percentile::P999)),
    ("max", Metric::At(Percentile::Max)),
    ("errors", Metric::Errors),
    ("cpu", Metric::Cpu),
    ("memory", Metric::Memory),
    ("round-trips", Metric::RoundTrips),
    ("stall", Metric::Stall),
    ("bytes", Metric::Bytes),
];

/// Longer signs come first, so that `<=` is not read as `<`.
const COMPARISONS: [(&str, Comparison); 4] = [
    ("<=", Comparison::BelowOrEqual),
    (">=", Comparison::AboveOrEqual),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

impl FromStr for Condition {
    type Err = ConditionError;

    /// Parses `[CONTENDER:] METRIC < VALUE`, or `>`, `<=`, `>=`. A value is a number with a unit, or a factor of
    /// the baseline's: `0.9x baseline`.
    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let wrong = |part: &str, problem: &str| {
            ConditionError(format!("\"{}\": {problem}", part.trim().escape_debug()))
        };
        let found = COMPARISONS
            .iter()
            .filter_map(|(sign, comparison)| Some((text.find(sign)?, *sign, *comparison)));
        // The first sign, and the longest that begins there.
        let first = found.min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())));
        let Some((at, sign, comparison)) = first else {
            return Err(wrong(text, "it has no comparison: <, >, <= or >=, such as p99 > 20ms"));
        };
        let (left, right) = (text.get(..at).unwrap_or_default(), text.get(at + sign.len()..));
        let right = right.unwrap_or_default();
        let (contender, name) = match left.rsplit_once(':') {
            Some((contender, name)) => (Some(contender.trim().to_owned()), name),
            None => (None, left),
        };
        let name = name.trim();
        let metric = METRICS.iter().find(|(known, _)| *known == name).map(|(_, metric)| *metric);
        let metric = metric.ok_or_else(|| {
            let known: Vec<&str> = METRICS.iter().map(|(known, _)| *known).collect();
            wrong(name, &format!("not a figure; figures are {}", known.join(", ")))
        })?;
        if contender.as_ref().is_some_and(String::is_empty) {
            return Err(wrong(left, "a contender's name is missing before the colon"));
        }
        let limit = limit(right.trim(), metric).map_err(|problem| wrong(right, problem))?;
        Ok(Self { text: text.trim().to_owned(), contender, metric, comparison, limit })
    }
}

fn limit(text: &str, metric: Metric) -> Result<Limit, &'static str> {
    let is_number = |value: &f64| value.is_finite() && *value >= 0.0;
    if let Some(factor) = text.strip_suffix("baseline") {
        let factor = factor.trim_end();
        let factor = if factor.is_empty() { "1x" } else { factor };
        let factor = factor.strip_suffix('x').and_then(|it| it.parse().ok()).filter(is_number);
        return factor.map(Limit::OfBaseline).ok_or("not a factor such as 0.9x baseline");
    }
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let scale = match (metric.dimension(), unit.trim()) {
        (Dimension::Time, "s") | (Dimension::Count, "") | (Dimension::Size, "" | "B") => 1.0,
        (Dimension::Time, "ms") => 1e-3,
        (Dimension::Time, "us" | "µs") => 1e-6,
        (Dimension::Time, "ns") => 1e-9,
        (Dimension::Size, "K" | "KiB") => 1024.0,
        (Dimension::Size, "M" | "MiB") => 1024.0 * 1024.0,
        (Dimension::Time, _) => return Err("not a time such as 20ms, 150us or 1.5s"),
        (Dimension::Size, _) => return Err("not a size such as 800, 64K or 20M"),
        (Dimension::Count, _) => return Err("not a number such as 0 or 1500.5"),
    };
    let value = number.parse().ok().filter(is_number).map(|value: f64| value * scale);
    value.map(Limit::Value).ok_or("not a number, or a factor such as 0.9x baseline")
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Condition {
    /// Returns whether it compares with a baseline.
    #[must_use]
    pub fn needs_baseline(&self) -> bool {
        matches!(self.limit, Limit::OfBaseline(_))
    }

    /// Returns the contender that it is about; `None` is each.
    #[must_use]
    pub fn contender(&self) -> Option<&str> {
        self.contender.as_deref()
    }

    /// Returns what a contender's figures are if they meet the condition, or cannot be compared.
    fn met_by(&self, figures: &Figures<'_>, run: &Run) -> Option<String> {
        let name = &figures.contender.name;
        let Some(value) = self.metric.value(figures) else {
            return Some(format!("{name}: it is not known"));
        };
        let show = |value| self.metric.show(value);
        let (limit, of) = match self.limit {
            Limit::Value(limit) => (limit, String::new()),
            Limit::OfBaseline(factor) => {
                let before = run.baseline.as_ref().and_then(|it| it.result(name));
                match before.and_then(|entry| self.metric.value_in(entry)) {
                    Some(before) => {
                        (factor * before, format!(", and the baseline's {}", show(before)))
                    }
                    None => return Some(format!("{name}: the baseline does not have it")),
                }
            }
        };
        let is_met = match self.comparison {
            Comparison::Below => value < limit,
            Comparison::BelowOrEqual => value <= limit,
            Comparison::Above => value > limit,
            Comparison::AboveOrEqual => value >= limit,
        };
        is_met.then(|| format!("{name}: it is {}{of}", show(value)))
    }
}

impl Metric {
    fn dimension(self) -> Dimension {
        match self {
            Self::Time | Self::At(_) | Self::Cpu | Self::Stall => Dimension::Time,
            Self::Memory | Self::Bytes => Dimension::Size,
            Self::Rate | Self::Errors | Self::RoundTrips => Dimension::Count,
        }
    }

    /// Returns the value in seconds, bytes, or without a unit.
    #[expect(clippy::cast_precision_loss, reason = "no figure has 2^53")]
    fn value(self, figures: &Figures<'_>) -> Option<f64> {
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
        }
    }

    /// Returns the value in an entry of a JSON document, in the same unit.
    fn value_in(self, entry: &serde_json::Value) -> Option<f64> {
        let nanos = |value: &serde_json::Value| Some(value.as_f64()? / 1e9);
        match self {
            Self::Rate => entry["per_second"]["median"].as_f64(),
            Self::Time => nanos(&entry["time_ns"]["median"]),
            Self::At(percentile) => {
                let name = match percentile {
                    Percentile::P50 => "p50_ns",
                    Percentile::P90 => "p90_ns",
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
        }
    }

    fn show(self, value: f64) -> String {
        match self.dimension() {
            Dimension::Time => time(value),
            Dimension::Size => format!("{value:.0} bytes"),
            Dimension::Count if value.fract() == 0.0 => format!("{value:.0}"),
            Dimension::Count => digits(value),
        }
    }
}

/// Returns a sentence for each contender whose figures meet one of the conditions. A figure that is not known,
/// for instance a percentile of too few messages, counts as meeting it.
#[must_use]
pub fn violations(conditions: &[Condition], run: &Run) -> Vec<String> {
    let figures = figures(run);
    let mut found = Vec::new();
    for condition in conditions {
        let wanted = |figures: &&Figures<'_>| {
            condition.contender().is_none_or(|name| {
                name == figures.contender.name || name == figures.contender.backend
            })
        };
        let met =
            figures.iter().filter(wanted).filter_map(|figures| condition.met_by(figures, run));
        found.extend(met.map(|met| format!("{condition}: {met}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::load::{
        Baseline,
        fixtures::{contender, round, run},
    };

    fn violated(condition: &str) -> Vec<String> {
        let mut failing = round(0, 100, 1.0);
        failing.result.outcomes.rejected = 2;
        let mut run = run(vec![
            contender("raw (auto)", &[round(0, 1000, 1.0)]),
            contender("lettre", &[failing]),
        ]);
        let before = serde_json::to_string(&crate::report::json::document(&run, &[])).unwrap();
        run.baseline = Some(Baseline::parse(&before).unwrap());
        violations(
            &[condition.parse().unwrap_or_else(|error| panic!("{condition}: {error}"))],
            &run,
        )
    }

    #[test]
    fn a_condition_names_the_contenders_that_meet_it() {
        for (condition, expected) in [
            ("rate < 500", vec!["rate < 500: lettre: it is 100"]),
            ("rate>=1000", vec!["rate>=1000: raw (auto): it is 1000"]),
            ("errors > 0", vec!["errors > 0: lettre: it is 2"]),
            ("raw (auto): errors > 0", vec![]),
            ("lettre: time <= 5ms", vec![]),
            ("p50 > 1s", vec![]),
            ("rate < 0.9x baseline", vec![]),
            (
                "raw (auto): rate <= baseline",
                vec![
                    "raw (auto): rate <= baseline: raw (auto): it is 1000, and the baseline's 1000",
                ],
            ),
            ("lettre: p99.9 > 1s", vec!["lettre: p99.9 > 1s: lettre: it is not known"]),
        ] {
            assert_eq!(violated(condition), expected, "{condition}");
        }
    }

    #[test]
    fn units_belong_to_the_figure() {
        let limit = |text: &str| text.parse::<Condition>().map(|condition| condition.limit);
        assert_eq!(limit("p99 > 20ms"), Ok(Limit::Value(0.02)));
        assert_eq!(limit("max < 1.5 s"), Ok(Limit::Value(1.5)));
        assert_eq!(limit("memory > 20M"), Ok(Limit::Value(20.0 * 1024.0 * 1024.0)));
        assert_eq!(limit("time > 1.2x baseline"), Ok(Limit::OfBaseline(1.2)));
    }

    #[test]
    fn an_error_names_the_part_and_what_is_wrong() {
        for (text, part, problem) in [
            ("", "", "no comparison"),
            ("p99 20ms", "p99 20ms", "no comparison"),
            ("p98 > 1s", "p98", "figures are rate, time, p50"),
            ("p99 > 20", "20", "not a time"),
            ("p99 > fast", "fast", "not a time"),
            ("p99 > ms", "ms", "not a number"),
            ("rate < 10/s", "10/s", "not a number"),
            ("rate < 1.2.3", "1.2.3", "not a number"),
            ("rate < -1", "-1", "not a number"),
            ("memory > 1G", "1G", "not a size"),
            ("rate < 90% baseline", "90% baseline", "0.9x baseline"),
            (": rate < 1", ": rate", "name is missing"),
        ] {
            let error = text.parse::<Condition>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("\"{part}\": ")) && error.contains(problem),
                "{text}: {error}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,30}", sign in "[<>]=?") {
            let _ = text.parse::<Condition>();
            let _ = format!("rate {sign} {text}").parse::<Condition>();
            let _ = format!("{text} {sign} 1").parse::<Condition>();
        }
    }
}

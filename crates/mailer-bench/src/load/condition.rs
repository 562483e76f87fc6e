//! Conditions on the figures of a run, such as `p99 > 20ms`, for a program that decides by them.

use std::{fmt, str::FromStr};

use super::{
    Capacity, Figures, RampRun, Run, capacities, figures,
    metric::{Dimension, METRICS, Metric},
};

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

    /// Returns whether it is about a ramp as a whole, and not about a run.
    #[must_use]
    pub fn needs_ramp(&self) -> bool {
        self.metric == Metric::Capacity
    }

    fn is_about(&self, name: &str, backend: &str) -> bool {
        self.contender().is_none_or(|it| it == name || it == backend)
    }

    /// Returns what a contender's figures are if they meet the condition, or cannot be compared.
    fn met_by_figures(&self, figures: &Figures<'_>, run: &Run) -> Option<String> {
        let name = &figures.contender.name;
        let before = run.baseline.as_ref().and_then(|it| self.metric.value_in(it.result(name)?));
        self.met_by(name, self.metric.value(figures), before)
    }

    /// Returns what the capacity is if it meets the condition, or cannot be compared.
    fn met_by_capacity(&self, capacity: &Capacity, ramp: &RampRun) -> Option<String> {
        let name = &capacity.name;
        let before = ramp.baseline.as_ref().and_then(|it| self.metric.value_in(it.capacity(name)?));
        self.met_by(name, Some(capacity.last_kept().unwrap_or(0.0)), before)
    }

    /// Returns what a contender's value is if it meets the condition, or if it or the baseline's is needed and not
    /// known.
    fn met_by(&self, name: &str, value: Option<f64>, before: Option<f64>) -> Option<String> {
        let Some(value) = value else { return Some(format!("{name}: it is not known")) };
        let show = |value| self.metric.show(value);
        let (limit, of) = match (self.limit, before) {
            (Limit::Value(limit), _) => (limit, String::new()),
            (Limit::OfBaseline(factor), Some(before)) => {
                (factor * before, format!(", and the baseline's {}", show(before)))
            }
            (Limit::OfBaseline(_), None) => {
                return Some(format!("{name}: the baseline does not have it"));
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

/// Returns a sentence for each contender whose figures meet one of the conditions. A figure that is not known,
/// for instance a percentile of too few messages, counts as meeting it.
#[must_use]
pub fn violations(conditions: &[Condition], run: &Run) -> Vec<String> {
    let figures = figures(run);
    let mut found = Vec::new();
    for condition in conditions.iter().filter(|condition| !condition.needs_ramp()) {
        let wanted =
            |it: &&Figures<'_>| condition.is_about(&it.contender.name, &it.contender.backend);
        let met = figures.iter().filter(wanted);
        let met = met.filter_map(|figures| condition.met_by_figures(figures, run));
        found.extend(met.map(|met| format!("{condition}: {met}")));
    }
    found
}

/// Returns a sentence for each contender of a ramp that meets one of the conditions, with the step at which it does.
/// A condition on the capacity is about all steps together.
#[must_use]
pub fn ramp_violations(conditions: &[Condition], ramp_run: &RampRun) -> Vec<String> {
    let RampRun { ramp, runs, .. } = ramp_run;
    let mut found = Vec::new();
    for (value, run) in ramp.steps().iter().zip(runs) {
        let label = ramp.over().label(*value);
        found.extend(violations(conditions, run).iter().map(|met| format!("at {label}: {met}")));
    }
    let backends = runs.first().map_or(&[][..], |run| run.results.as_slice());
    let capacities = capacities(ramp_run);
    for condition in conditions.iter().filter(|condition| condition.needs_ramp()) {
        let contenders = capacities.iter().zip(backends);
        let wanted =
            contenders.filter(|(it, result)| condition.is_about(&it.name, &result.backend));
        let met = wanted.filter_map(|(capacity, _)| condition.met_by_capacity(capacity, ramp_run));
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
        fixtures::{contender, ramp_run, round, run},
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
    fn a_condition_on_a_ramp_names_the_step_or_is_about_the_capacity() {
        let steps = [100, 190, 240].map(|count| vec![contender("raw", &[round(0, count, 1.0)])]);
        let mut ramp = ramp_run("100,200,400", steps.into_iter());
        let document = crate::report::json::ramp_document(&ramp, &[]);
        ramp.baseline = Baseline::parse(&serde_json::to_string(&document).unwrap()).ok();
        let met = |text: &str| ramp_violations(&[text.parse().unwrap()], &ramp);
        assert_eq!(met("rate > 200"), ["at 400/s: rate > 200: raw: it is 240"]);
        assert_eq!(met("capacity < 400"), ["capacity < 400: raw: it is 200"]);
        assert!(met("capacity < 200").is_empty() && met("capacity < baseline").is_empty());
        let expected = "capacity < 1.5x baseline: raw: it is 200, and the baseline's 200";
        assert_eq!(met("capacity < 1.5x baseline"), [expected]);
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

//! What has changed since an earlier run.

use serde_json::Value;

use super::{Figures, Run, figures};
use crate::statistics::Quartiles;

/// The change of one contender's figures since the baseline, as factors: 1 is no change. The quartiles are the
/// least and the greatest change that the quartiles of both runs allow.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The factor of the rate.
    pub rate: Option<Quartiles>,
    /// The factor of the time per message or handshake.
    pub time: Option<Quartiles>,
}

/// Returns the change of each contender that both runs have, with its name.
#[must_use]
pub fn changes(run: &Run) -> Vec<(String, Change)> {
    let Some(baseline) = &run.baseline else { return Vec::new() };
    let change = |figures: &Figures<'_>| {
        let name = figures.contender.name.clone();
        let before = baseline.result(&name)?;
        let rate = factor(figures.per_second, &before["per_second"], 1.0);
        let time = factor(figures.time, &before["time_ns"], 1e9);
        Some((name, Change { rate, time }))
    };
    figures(run).iter().filter_map(change).collect()
}

/// Returns the factor between the value of an earlier document and this one, in the document's unit.
fn factor(now: Option<Quartiles>, before: &Value, scale: f64) -> Option<Quartiles> {
    let now = now?;
    let part = |name: &str| before[name].as_f64().filter(|value| *value > 0.0);
    let (lower, median, upper) = (part("lower")?, part("median")?, part("upper")?);
    Some(Quartiles {
        lower: now.lower * scale / upper,
        median: now.median * scale / median,
        upper: now.upper * scale / lower,
    })
}

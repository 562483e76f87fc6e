//! Whether a file's numbers can be those of a run, so that a sum over files is one.

use mailer::Outcome;
use mailer_bench::parse::RATES;

use super::{Series, WorkerResult};

/// No run has as many of anything. A million files add up without overflow.
const MOST: u64 = 1 << 44;

/// The least and the greatest length of a run in seconds, if anything was done at all.
const ELAPSED: std::ops::RangeInclusive<f64> = 1e-9..=1e9;

/// Returns what no run can have.
pub(super) fn check(result: &WorkerResult) -> Result<(), String> {
    let is_rate = result.rate.is_none_or(|rate| RATES.contains(&rate));
    let is_time = result.elapsed == 0.0 || ELAPSED.contains(&result.elapsed);
    if !is_rate || !is_time || result.series.iter().flat_map(counts).any(|count| count > MOST) {
        return Err("it has numbers that no run has".to_owned());
    }
    for (index, series) in result.series.iter().enumerate() {
        if result.series.iter().take(index).any(|earlier| earlier.name == series.name) {
            return Err(format!("it has two rows named {:?}", series.name));
        }
        if !is_consistent(series) {
            return Err(format!("the numbers of {:?} contradict each other", series.name));
        }
    }
    Ok(())
}

fn counts(series: &Series) -> impl Iterator<Item = u64> {
    let outcomes = series.outcomes.unwrap_or_default();
    let outcomes = Outcome::ALL.iter().map(move |it| outcomes.count_of(*it));
    let problems = series.problems.iter().map(|it| it.count);
    outcomes.chain(problems).chain([series.failed, series.latencies.count()])
}

/// Returns whether each accepted message has a latency, and each other one is a failure.
fn is_consistent(series: &Series) -> bool {
    series.outcomes.is_none_or(|outcomes| {
        outcomes.accepted == series.latencies.count()
            && outcomes.total() - outcomes.accepted == series.failed
    })
}

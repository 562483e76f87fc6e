//! Checks that the numbers in a file can come from a run, so that sums over several files are correct.

use mailer::Outcome;
use mailer_bench::parse::RATES;

use super::series::Series;

/// The greatest count that a run can have. The counts of a million files add up without overflow.
const MOST: u64 = 1 << 44;

/// The bounds of the length of a run in seconds, if anything was done at all.
const ELAPSED: std::ops::RangeInclusive<f64> = 1e-9..=1e9;

/// Checks the numbers of a file; the error is the reason why no run can have them.
pub(super) fn check(rate: Option<f64>, elapsed: f64, rows: &[Series]) -> Result<(), String> {
    let is_rate = rate.is_none_or(|rate| RATES.contains(&rate));
    let is_time = elapsed == 0.0 || ELAPSED.contains(&elapsed);
    if !is_rate || !is_time || rows.iter().flat_map(counts).any(|count| count > MOST) {
        return Err("it has numbers that no run has".to_owned());
    }
    for (index, series) in rows.iter().enumerate() {
        if rows.iter().take(index).any(|earlier| earlier.name == series.name) {
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

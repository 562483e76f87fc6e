//! Writes the page `docs/prediction.md` from the measured times.

use std::time::Duration;

use askama::Template;
use mailer_compare::recordings::RECORDING_RTT;
use mailer_lab::machine;
use mailer_reports::{MarkdownTable, today};

use crate::{
    TextResult,
    measurement::{ContenderTimes, Effort, PathTimes},
};

/// The page, in the workspace.
pub(crate) const FILE: &str = "docs/prediction.md";

#[derive(Template)]
#[template(path = "prediction.txt", escape = "none")]
struct Page {
    worst: String,
    /// The largest error against the kernel's path, if the system has one.
    worst_over_kernel: Option<String>,
    longest: u128,
    recorded: u128,
    rounds: usize,
    date: String,
    host: String,
    table: String,
}

pub(crate) fn text(sessions: &[ContenderTimes], effort: &Effort) -> TextResult<String> {
    let page = Page {
        worst: percent(worst(sessions, over_link)).unwrap_or_default(),
        worst_over_kernel: percent(worst(sessions, over_kernel)),
        longest: effort.rtts.iter().map(Duration::as_millis).max().unwrap_or(0),
        recorded: RECORDING_RTT.as_millis(),
        rounds: effort.rounds,
        date: today()?,
        host: machine::host(),
        table: table(sessions, effort).to_string(),
    };
    page.render().map_err(|error| error.to_string())
}

pub(crate) fn table(sessions: &[ContenderTimes], effort: &Effort) -> MarkdownTable {
    let columns = [
        "contender",
        "round trips until accepted",
        "RTT, ms",
        "predicted, ms",
        "link, ms",
        "error, %",
        "kernel, ms",
        "error, %",
    ];
    let row = |session: &ContenderTimes, times: &PathTimes, rtt: &Duration| {
        let cell = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
        vec![
            session.name.clone(),
            session.round_trips.to_string(),
            rtt.as_millis().to_string(),
            ms(times.predicted),
            ms(times.over_link),
            cell(over_link(times).map(signed_percent)),
            cell(times.over_kernel.map(ms)),
            cell(over_kernel(times).map(signed_percent)),
        ]
    };
    let rows = sessions.iter().flat_map(|session| {
        let paths = session.paths.iter().zip(effort.rtts);
        paths.map(move |(times, rtt)| row(session, times, rtt))
    });
    MarkdownTable::new(columns.map(str::to_owned), rows.collect())
}

/// The part by which the prediction is above the time over the link; negative if it is below.
fn over_link(times: &PathTimes) -> Option<f64> {
    Some(error(times, times.over_link))
}

/// The same of the time over the kernel's path.
fn over_kernel(times: &PathTimes) -> Option<f64> {
    times.over_kernel.map(|measured| error(times, measured))
}

fn error(times: &PathTimes, measured: Duration) -> f64 {
    times.predicted.as_secs_f64() / measured.as_secs_f64() - 1.0
}

/// The largest of these errors, without its sign.
fn worst(sessions: &[ContenderTimes], error: fn(&PathTimes) -> Option<f64>) -> Option<f64> {
    let errors = sessions.iter().flat_map(|session| &session.paths).filter_map(error);
    errors.map(f64::abs).max_by(f64::total_cmp)
}

fn percent(part: Option<f64>) -> Option<String> {
    part.map(|part| format!("{:.1}", 100.0 * part))
}

fn signed_percent(part: f64) -> String {
    format!("{:+.1}", 100.0 * part)
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_error_counts_without_its_sign() {
        let times = |predicted, over_link, over_kernel: Option<u64>| PathTimes {
            predicted: Duration::from_millis(predicted),
            over_link: Duration::from_millis(over_link),
            over_kernel: over_kernel.map(Duration::from_millis),
        };
        let session = |paths| [ContenderTimes { name: "raw".into(), round_trips: 9, paths }];
        let both = session(vec![times(101, 100, Some(110)), times(90, 100, Some(90))]);
        assert_eq!(percent(worst(&both, over_link)).as_deref(), Some("10.0"));
        assert_eq!(percent(worst(&both, over_kernel)).as_deref(), Some("8.2"));
        assert_eq!(worst(&session(vec![times(101, 100, None)]), over_kernel), None);
    }
}

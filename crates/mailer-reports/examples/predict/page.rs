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
    longest: u128,
    recorded: u128,
    rounds: usize,
    date: String,
    host: String,
    table: String,
}

pub(crate) fn text(sessions: &[ContenderTimes], effort: &Effort) -> TextResult<String> {
    let page = Page {
        worst: format!("{:.1}", 100.0 * worst(sessions)),
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
    let columns = effort.rtts.iter().flat_map(|rtt| {
        let rtt = rtt.as_millis();
        [format!("predicted at {rtt} ms RTT, ms"), "measured, ms".to_owned(), "error, %".to_owned()]
    });
    let columns =
        ["contender", "round trips until accepted"].map(str::to_owned).into_iter().chain(columns);
    let row = |session: &ContenderTimes| {
        let cells = session.paths.iter().flat_map(|times| {
            [ms(times.predicted), ms(times.measured), format!("{:+.1}", 100.0 * error(times))]
        });
        [session.name.clone(), session.round_trips.to_string()].into_iter().chain(cells).collect()
    };
    MarkdownTable::new(columns, sessions.iter().map(row).collect())
}

/// The part by which the prediction is above the measured time; negative if it is below.
fn error(times: &PathTimes) -> f64 {
    times.predicted.as_secs_f64() / times.measured.as_secs_f64() - 1.0
}

/// The largest error of the table, without its sign.
fn worst(sessions: &[ContenderTimes]) -> f64 {
    let errors = sessions.iter().flat_map(|session| &session.paths).map(error);
    errors.map(f64::abs).fold(0.0, f64::max)
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_error_counts_without_its_sign() {
        let times = |predicted, measured| PathTimes {
            predicted: Duration::from_millis(predicted),
            measured: Duration::from_millis(measured),
        };
        let paths = vec![times(101, 100), times(90, 100)];
        let session = ContenderTimes { name: "raw".into(), round_trips: 9, paths };
        assert!((worst(&[session]) - 0.1).abs() < 1e-9);
    }
}

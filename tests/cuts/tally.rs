//! Counts the cuts and their outcomes, and prints them as a table.

use std::{fmt, time::Duration};

use mailer::Outcome;

use crate::{checks, session::SessionResult};

/// The number of sessions that were cut, and the outcomes of their messages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cuts: u64,
    accepted: u64,
    partial: u64,
    rejected: u64,
    not_sent: u64,
    unknown_stored: u64,
    unknown_not_stored: u64,
}

impl Tally {
    /// Counts a session.
    pub(crate) fn count(&mut self, seen: &SessionResult) {
        self.cuts += 1;
        for (message, (_, receipt)) in seen.messages.iter().zip(&seen.receipts) {
            *match receipt.outcome {
                Outcome::Accepted => &mut self.accepted,
                Outcome::Partial => &mut self.partial,
                Outcome::Rejected => &mut self.rejected,
                Outcome::NotSent => &mut self.not_sent,
                Outcome::Unknown if checks::is_stored(seen, message) => &mut self.unknown_stored,
                Outcome::Unknown => &mut self.unknown_not_stored,
            } += 1;
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.cuts += other.cuts;
        self.accepted += other.accepted;
        self.partial += other.partial;
        self.rejected += other.rejected;
        self.not_sent += other.not_sent;
        self.unknown_stored += other.unknown_stored;
        self.unknown_not_stored += other.unknown_not_stored;
    }
}

/// A row of the table: the sweep, its tally, and how long it took.
pub(crate) type Row = (String, Tally, Duration);

/// All sweeps, and their sum.
pub(crate) struct Table(pub(crate) Vec<Row>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows: Vec<&Row> = self.0.iter().collect();
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        writeln!(
            f,
            "{:<44} {:>6} {:>9} {:>8} {:>9} {:>9} {:>17} {:>7}",
            "sweep", "cuts", "accepted", "partial", "rejected", "not sent", "unknown (stored)", "s"
        )?;
        let mut sum = (String::from("all"), Tally::default(), Duration::ZERO);
        for row in rows {
            write_row(f, row)?;
            sum.1.add(&row.1);
            sum.2 += row.2;
        }
        write_row(f, &sum)
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, (name, tally, took): &Row) -> fmt::Result {
    let unknown = tally.unknown_stored + tally.unknown_not_stored;
    writeln!(
        f,
        "{name:<44} {:>6} {:>9} {:>8} {:>9} {:>9} {:>17} {:>7.1}",
        tally.cuts,
        tally.accepted,
        tally.partial,
        tally.rejected,
        tally.not_sent,
        format!("{unknown} ({})", tally.unknown_stored),
        took.as_secs_f64(),
    )
}

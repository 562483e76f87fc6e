//! Figures in tables: one column per backend.

use std::time::Duration;

use mailer::Phase;

use super::layout::{Page, Paint};
use crate::{link::LinkCounts, session::Session};

/// Columns of figures side by side; with more backends there are more tables.
const MAX_COLUMNS: usize = 4;
/// Characters of a label.
const LABEL: usize = 14;
/// Characters of a figure's column.
const COLUMN: usize = 20;

/// What a figure is that does not exist.
const NONE: &str = "-";
/// What a figure is that nobody knows.
const UNKNOWN: &str = "?";

/// Time and round trips of each phase.
pub(super) fn phases(page: &mut Page, all: &[Session]) {
    for sessions in all.chunks(MAX_COLUMNS) {
        titles(page, sessions);
        row(page, Paint::Dim, "", sessions.iter().map(|_| pair("ms", "trips")));
        for phase in Phase::ALL {
            if all.iter().any(|session| has(session, phase)) {
                let cells = sessions.iter().map(|session| phase_cell(session, phase));
                row(page, Paint::Plain, phase.name(), cells);
            }
        }
        row(page, Paint::Plain, "other", sessions.iter().map(|s| pair(&ms(other(s)), "")));
        row(page, Paint::Title, "total", sessions.iter().map(total_cell));
    }
    page.paragraph("", "- did not occur, ? not known; rendering a draft counts in the envelope.");
    page.paragraph("", "A trip: to the server and back, because an answer is waited for.");
}

/// What passed the wire, and how.
pub(super) fn counts(page: &mut Page, all: &[Session]) {
    let wire = |of: fn(&LinkCounts) -> u64| {
        move |session: &Session| number(session.counts().as_ref().map(of))
    };
    for sessions in all.chunks(MAX_COLUMNS) {
        let mut line = |label: &str, cell: &dyn Fn(&Session) -> String| {
            row(page, Paint::Plain, label, sessions.iter().map(cell));
        };
        line("", &Session::title);
        line("round trips", &wire(|counts| counts.round_trips));
        line("flights", &wire(|counts| counts.flights));
        line("bytes out", &wire(|counts| counts.bytes_out));
        line("bytes in", &wire(|counts| counts.bytes_in));
        line("writes", &|session| number(session.writes()));
        line("AUTH", &|session| session.mechanism().unwrap_or(NONE).into());
        line("TLS", &tls);
    }
    page.paragraph(
        "",
        "A flight: what is written before an answer is waited for. A client that says that it ends TLS \
         does so in a flight of its own.",
    );
}

fn titles(page: &mut Page, sessions: &[Session]) {
    row(page, Paint::Title, "", sessions.iter().map(Session::title));
}

/// A label and cells, these to the right of their columns.
fn row(page: &mut Page, paint: Paint, label: &str, cells: impl Iterator<Item = String>) {
    let mut line = format!("{label:<LABEL$}");
    for cell in cells {
        let cell: String = cell.chars().take(COLUMN).collect();
        line.push_str(&format!(" {cell:>COLUMN$}"));
    }
    page.painted(paint, &line);
}

fn pair(time: &str, round_trips: &str) -> String {
    format!("{time:>12}{round_trips:>7}")
}

fn has(session: &Session, phase: Phase) -> bool {
    session.spans().iter().any(|span| span.phase == phase)
}

fn phase_cell(session: &Session, phase: Phase) -> String {
    let spans = session.spans();
    let spans = spans.iter().filter(|span| span.phase == phase);
    if session.events.is_empty() && spans.clone().count() == 0 {
        return pair(UNKNOWN, UNKNOWN);
    }
    if spans.clone().count() == 0 {
        return pair(NONE, NONE);
    }
    let round_trips: Option<u64> = spans.clone().map(|span| span.round_trips).sum();
    pair(&ms(spans.map(|span| span.length()).sum()), &number(round_trips))
}

fn total_cell(session: &Session) -> String {
    pair(&ms(session.total()), &number(session.counts().map(|counts| counts.round_trips)))
}

/// What lies outside all phases: after the reply to QUIT, or everything, if nothing was told.
fn other(session: &Session) -> Duration {
    let told = session.spans().iter().map(|span| span.length()).sum();
    session.total().saturating_sub(told)
}

fn tls(session: &Session) -> String {
    match session.tls_version() {
        Some(version) => version.into(),
        None if has(session, Phase::Tls) => UNKNOWN.into(),
        None => NONE.into(),
    }
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

fn number(number: Option<u64>) -> String {
    number.map_or(UNKNOWN.into(), |number| number.to_string())
}

//! Figures in tables: one column per backend.

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
pub(super) const NONE: &str = "-";
/// What a figure is that nobody knows.
pub(super) const UNKNOWN: &str = "?";

/// What passed the wire, and how.
pub(super) fn counts(page: &mut Page, all: &[Session]) {
    let wire = |of: fn(&LinkCounts) -> u64| {
        move |session: &Session| number(session.counts().as_ref().map(of))
    };
    for (index, sessions) in all.chunks(MAX_COLUMNS).enumerate() {
        if index > 0 {
            page.blank();
        }
        let mut line = |label: &str, cell: &dyn Fn(&Session) -> String| {
            row(page, Paint::Plain, label, COLUMN, sessions.iter().map(cell));
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

/// A label and cells, these to the right of their columns, which have so many characters.
pub(super) fn row(
    page: &mut Page,
    paint: Paint,
    label: &str,
    column: usize,
    cells: impl Iterator<Item = String>,
) {
    let mut line = format!("{label:<LABEL$}");
    for cell in cells {
        let cell: String = cell.chars().take(column).collect();
        line.push_str(&format!(" {cell:>column$}"));
    }
    page.painted(paint, &line);
}

fn has(session: &Session, phase: Phase) -> bool {
    session.spans().iter().any(|span| span.phase == phase)
}

fn tls(session: &Session) -> String {
    match session.tls_version() {
        Some(version) => version.into(),
        None if has(session, Phase::Tls) => UNKNOWN.into(),
        None => NONE.into(),
    }
}

pub(super) fn number(number: Option<u64>) -> String {
    number.map_or(UNKNOWN.into(), |number| number.to_string())
}

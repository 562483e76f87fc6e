//! The figures of a comparison in cells, for whatever form they are shown in.

use std::time::Duration;

use mailer::Phase;

use super::ms;
use crate::session::{Session, Shares, Span};
use mailer_link::LinkCounts;

/// What a figure is that does not exist.
const NONE: &str = "-";
/// What a figure is that nobody knows.
const UNKNOWN: &str = "?";

/// What the cells of [`times`] are.
pub(super) const TIMES: [&str; 6] = ["ms", "trips", "link", "server", "own", "stalls"];

/// What has to be known to read them.
pub(super) const ABOUT_TIMES: [&str; 2] = [
    "- did not occur, ? not known; rendering a draft counts in the envelope.",
    "A trip: to the server and back, because an answer is waited for. Of the ms, link is the \
     simulated way's: its length for each trip, bytes on their way one after another, and its \
     relay. server: from a question to the last byte of its answer, and without a distance the relay. \
     own is the client's: from an answer to the end of its next flight. stalls are nobody's: what \
     was written was held back, though nothing stood against sending it. made: the building of \
     the backend before its time began, or a program's start until it connected.",
];

/// What has to be known to read [`counts`].
pub(super) const ABOUT_COUNTS: &str = "A flight: what is written before an answer is waited for. A \
     client that says that it ends TLS does so in a flight of its own.";

/// The label of what a mail took that was not the first.
const FURTHER: &str = "a further mail";

/// A label and its cells.
pub(super) type Row<const CELLS: usize> = (&'static str, [String; CELLS]);

/// Time and round trips of each phase that occurs in any session, what was waited for, and sums.
pub(super) fn times(session: &Session, all: &[Session]) -> Vec<Row<6>> {
    let occurs = |phase: &Phase| {
        all.iter().any(|session| session.spans().iter().any(|span| span.phase == *phase))
    };
    let phases = Phase::ALL.into_iter().filter(occurs);
    let mut rows: Vec<Row<6>> =
        phases.map(|phase| (phase.name(), of_phase(session, phase))).collect();
    let told = session.spans().iter().map(|span| span.length()).sum();
    rows.push(("other", time_alone(session.total().saturating_sub(told))));
    rows.push(("total", total(session)));
    rows.push(("made", time_alone(session.made_in)));
    rows
}

/// What passed the wire, and how, and what of it each mail behind the first took, if there were any.
pub(super) fn counts(session: &Session, mails: usize) -> Vec<Row<1>> {
    let counts = session.counts();
    let wire = |of: fn(&LinkCounts) -> u64| [number(counts.as_ref().map(of))];
    let mut rows = vec![
        ("round trips", wire(|counts| counts.round_trips)),
        ("flights", wire(|counts| counts.flights)),
        ("bytes out", wire(|counts| counts.bytes_out)),
        ("bytes in", wire(|counts| counts.bytes_in)),
        ("writes", [number(session.writes())]),
        ("AUTH", [session.mechanism().unwrap_or(NONE).into()]),
        ("TLS", [tls(session)]),
    ];
    if mails > 1 {
        rows.push((FURTHER, [further(session)]));
    }
    rows
}

fn further(session: &Session) -> String {
    let Some(further) = session.each_further() else { return UNKNOWN.into() };
    let trips = further.round_trips.map_or(UNKNOWN.into(), trips);
    format!("{trips}, {} ms", figure(further.time))
}

/// Round trips, on the average of several mails.
pub(super) fn trips(trips: f64) -> String {
    let plural = if trips == 1.0 { "" } else { "s" };
    let places = usize::from(trips.fract() != 0.0);
    format!("{trips:.places$} trip{plural}")
}

fn of_phase(session: &Session, phase: Phase) -> [String; 6] {
    let spans = session.spans();
    let spans: Vec<&Span> = spans.iter().filter(|span| span.phase == phase).collect();
    if spans.is_empty() {
        let cell = if session.events.is_empty() { UNKNOWN } else { NONE };
        return [cell; 6].map(String::from);
    }
    let time = spans.iter().map(|span| span.length()).sum();
    let round_trips = spans.iter().map(|span| span.round_trips).sum();
    cells(time, round_trips, spans.iter().map(|span| span.shares).sum())
}

fn total(session: &Session) -> [String; 6] {
    let round_trips = session.counts().map(|counts| counts.round_trips);
    cells(session.total(), round_trips, session.shares())
}

fn time_alone(time: Duration) -> [String; 6] {
    let mut cells = [""; 6].map(String::from);
    cells[0] = figure(time);
    cells
}

fn cells(time: Duration, round_trips: Option<u64>, shares: Option<Shares>) -> [String; 6] {
    let share = |of: fn(&Shares) -> Duration| {
        shares.as_ref().map_or(UNKNOWN.into(), |shares| figure(of(shares)))
    };
    let stalled = match shares {
        Some(Shares { stalled: Duration::ZERO, .. }) => NONE.into(),
        _ => share(|shares| shares.stalled),
    };
    [
        figure(time),
        number(round_trips),
        share(|shares| shares.link),
        share(|shares| shares.server),
        share(|shares| shares.own),
        stalled,
    ]
}

fn tls(session: &Session) -> String {
    match session.tls_version() {
        Some(version) => version.into(),
        None if session.spans().iter().any(|span| span.phase == Phase::Tls) => UNKNOWN.into(),
        None => NONE.into(),
    }
}

fn number(number: Option<u64>) -> String {
    number.map_or(UNKNOWN.into(), |number| number.to_string())
}

/// Milliseconds that leave room between columns: from a second on nobody looks for hundredths.
fn figure(time: Duration) -> String {
    if time < Duration::from_secs(1) { ms(time) } else { time.as_millis().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_time_needs_no_more_room() {
        let shown = [999_994, 1_080_000, 99_999_999].map(Duration::from_micros).map(figure);
        assert_eq!(shown, ["999.99", "1080", "99999"]);
    }
}

//! The figures of a comparison in cells, for whatever form they are shown in.

use std::time::Duration;

use mailer::Phase;

use super::ms;
use crate::observation::{Observation, Span, TimeBreakdown};
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

/// Time and round trips of each phase that occurs in any observation, what was waited for, and sums.
pub(super) fn times(observation: &Observation, all: &[Observation]) -> Vec<Row<6>> {
    let occurs = |phase: &Phase| {
        all.iter().any(|observation| observation.spans().iter().any(|span| span.phase == *phase))
    };
    let phases = Phase::ALL.iter().copied().filter(occurs);
    let mut rows: Vec<Row<6>> =
        phases.map(|phase| (phase.name(), of_phase(observation, phase))).collect();
    let told = observation.spans().iter().map(|span| span.length()).sum();
    rows.push(("other", time_alone(observation.total().saturating_sub(told))));
    rows.push(("total", total(observation)));
    rows.push(("made", time_alone(observation.setup_time)));
    rows
}

/// What passed the wire, and how, and what of it each mail behind the first took, if there were any.
pub(super) fn counts(observation: &Observation, mails: usize) -> Vec<Row<1>> {
    let counts = observation.counts();
    let wire = |of: fn(&LinkCounts) -> u64| [number(counts.as_ref().map(of))];
    let mut rows = vec![
        ("round trips", wire(|counts| counts.round_trips)),
        ("flights", wire(|counts| counts.flights)),
        ("bytes out", wire(|counts| counts.bytes_out)),
        ("bytes in", wire(|counts| counts.bytes_in)),
        ("writes", [number(observation.writes())]),
        ("AUTH", [observation.mechanism().unwrap_or(NONE).into()]),
        ("TLS", [tls(observation)]),
    ];
    if mails > 1 {
        rows.push((FURTHER, [further(observation)]));
    }
    rows
}

fn further(observation: &Observation) -> String {
    let Some(further) = observation.per_further_mail() else { return UNKNOWN.into() };
    let trips = further.round_trips.map_or(UNKNOWN.into(), trips);
    format!("{trips}, {} ms", figure(further.time))
}

/// Round trips, on the average of several mails.
pub(super) fn trips(trips: f64) -> String {
    let plural = if trips == 1.0 { "" } else { "s" };
    let places = usize::from(trips.fract() != 0.0);
    format!("{trips:.places$} trip{plural}")
}

fn of_phase(observation: &Observation, phase: Phase) -> [String; 6] {
    let spans = observation.spans();
    let spans: Vec<&Span> = spans.iter().filter(|span| span.phase == phase).collect();
    if spans.is_empty() {
        let cell = if observation.events.is_empty() { UNKNOWN } else { NONE };
        return [cell; 6].map(String::from);
    }
    let time = spans.iter().map(|span| span.length()).sum();
    let round_trips = spans.iter().map(|span| span.round_trips).sum();
    cells(time, round_trips, spans.iter().map(|span| span.breakdown).sum())
}

fn total(observation: &Observation) -> [String; 6] {
    let round_trips = observation.counts().map(|counts| counts.round_trips);
    cells(observation.total(), round_trips, observation.time_breakdown())
}

fn time_alone(time: Duration) -> [String; 6] {
    let mut cells = [""; 6].map(String::from);
    cells[0] = figure(time);
    cells
}

fn cells(time: Duration, round_trips: Option<u64>, shares: Option<TimeBreakdown>) -> [String; 6] {
    let share = |of: fn(&TimeBreakdown) -> Duration| {
        shares.as_ref().map_or(UNKNOWN.into(), |shares| figure(of(shares)))
    };
    let stalled = match shares {
        Some(TimeBreakdown { stall: Duration::ZERO, .. }) => NONE.into(),
        _ => share(|shares| shares.stall),
    };
    [
        figure(time),
        number(round_trips),
        share(|shares| shares.link),
        share(|shares| shares.server),
        share(|shares| shares.client),
        stalled,
    ]
}

fn tls(observation: &Observation) -> String {
    match observation.tls_version() {
        Some(version) => version.into(),
        None if observation.spans().iter().any(|span| span.phase == Phase::Tls) => UNKNOWN.into(),
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

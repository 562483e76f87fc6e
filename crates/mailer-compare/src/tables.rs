//! The figures of a comparison as table cells, for text and HTML.

use std::time::Duration;

use mailer::{Phase, Step};
use mailer_link::LinkCounts;

use crate::{
    comparison::Comparison,
    observation::{Observation, Span, TimeBreakdown, TimeOwner},
    time_format::ms,
};

/// The cell of a figure that does not exist.
const NONE: &str = "-";
/// The cell of a figure that is unknown.
const UNKNOWN: &str = "?";

/// The columns of [`times`].
pub(crate) const TIMES: [&str; 6] = ["ms", "trips", "link", "server", "client", "stall"];

/// How to read [`times`].
pub(crate) const ABOUT_TIMES: [&str; 2] = [
    "- did not occur, ? unknown. Times in milliseconds, each rounded, so a sum may differ in its last digit. \
     Rendering a draft counts in the envelope.",
    "A trip is a round trip: a wait for an answer. Four columns divide the time. link: the delay of the \
     simulated path for each trip, bytes that leave one after another, and the relay. server: from a \
     command to the last byte of its reply, and without delay the relay. client: from a reply until the next \
     flight has reached the relay, the system's delays included. stall: data was ready to send and was held back. set-up: the construction of the \
     backend before the measured time, or a program's start until it connected.",
];

/// How to read [`counts`].
pub(crate) const ABOUT_COUNTS: &str = "A flight is what leaves a client before bytes from the server arrive. \
     raw counts its writes to the socket, with those of TLS; lettre's are counted before TLS. A client that announces the end of TLS does so in one more flight.";

/// The label of the sums in [`times`].
pub(crate) const TOTAL: &str = "total";

/// The label of the cost of a mail after the first.
const FURTHER: &str = "a further message";

/// A label and its cells.
pub(crate) type Row<const CELLS: usize> = (&'static str, [String; CELLS]);

/// Explains how to read the dialogues.
pub(crate) fn about_dialogue(shown: &[&Observation]) -> String {
    let mut about =
        "C: the client, S: the server. Times are milliseconds from the start to the beginning of \
        a step; for the connection, the greeting and TLS, to their end."
            .to_owned();
    if let [first, _, ..] = shown {
        about.push_str(&format!(" ≠ marks what {} does not have.", first.backend));
    }
    let has_second_ehlo =
        |one: &&Observation| one.dialogue().iter().any(|turn| turn.step == Step::EhloAgain);
    if shown.iter().any(has_second_ehlo) {
        about.push_str(
            " EHLO occurs twice because STARTTLS resets the session: the client has to discard what the \
             server announced before TLS, and asks again (RFC 3207 §4.2).",
        );
    }
    about
}

/// Explains where round trips were counted, if that was in a session of its own.
pub(crate) fn about_counting(comparison: &Comparison) -> Option<String> {
    let mut counted = comparison.observations.iter().filter_map(|one| one.counting.as_ref());
    let rtt = counted.next()?.path.round_trip.as_millis();
    Some(format!(
        "Round trips and flights are counted in a second session, not shown, over a path with a {rtt} ms RTT. \
         Over a shorter path, TLS session tickets may arrive between two flights and count as one more."
    ))
}

/// Returns the few figures that summarise an observation.
pub(crate) fn summary(observation: &Observation) -> Vec<Row<1>> {
    let stall = observation.time_breakdown().map_or(UNKNOWN.into(), |b| part(b, TimeOwner::Stall));
    let round_trips = observation.counts().map(|counts| counts.round_trips);
    vec![
        ("time, ms", [figure(observation.total())]),
        ("round trips until accepted", [number(observation.round_trips_until_accepted())]),
        ("round trips in all", [number(round_trips)]),
        ("stall, ms", [stall]),
        ("set-up, ms", [figure(observation.setup_time)]),
    ]
}

/// Returns a row for each phase that occurs in any observation, and rows for sums.
pub(crate) fn times(observation: &Observation, all: &[Observation]) -> Vec<Row<6>> {
    let occurs =
        |phase: &Phase| all.iter().any(|one| one.spans().iter().any(|span| span.phase == *phase));
    let phases = Phase::ALL.iter().copied().filter(occurs);
    let mut rows: Vec<Row<6>> =
        phases.map(|phase| (phase.name(), phase_cells(observation, phase))).collect();
    let in_phases = observation.spans().iter().map(|span| span.length()).sum();
    rows.push(("other", time_only(observation.total().saturating_sub(in_phases))));
    rows.push((TOTAL, total_cells(observation)));
    rows.push(("set-up", time_only(observation.setup_time)));
    rows
}

/// Returns a row for each count of what passed the wire, and one for the cost of a further mail if
/// there are several.
pub(crate) fn counts(observation: &Observation, mails: usize) -> Vec<Row<1>> {
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
    let round_trips = further.round_trips.map_or(UNKNOWN.into(), trips_text);
    format!("{round_trips}, {} ms", figure(further.time))
}

/// Formats an average number of round trips, with its unit.
pub(crate) fn round_trips_text(count: f64) -> String {
    let places = usize::from(count.fract() != 0.0);
    format!("{count:.places$} round trip{}", plural(count))
}

/// The same in fewer letters, for a table.
fn trips_text(count: f64) -> String {
    let places = usize::from(count.fract() != 0.0);
    format!("{count:.places$} trip{}", plural(count))
}

fn plural(count: f64) -> &'static str {
    if count == 1.0 { "" } else { "s" }
}

fn phase_cells(observation: &Observation, phase: Phase) -> [String; 6] {
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

fn total_cells(observation: &Observation) -> [String; 6] {
    let round_trips = observation.counts().map(|counts| counts.round_trips);
    cells(observation.total(), round_trips, observation.time_breakdown())
}

fn time_only(time: Duration) -> [String; 6] {
    let mut cells = [""; 6].map(String::from);
    cells[0] = figure(time);
    cells
}

fn cells(
    time: Duration,
    round_trips: Option<u64>,
    breakdown: Option<TimeBreakdown>,
) -> [String; 6] {
    let part = |owner| breakdown.map_or(UNKNOWN.into(), |whole| part(whole, owner));
    [
        figure(time),
        number(round_trips),
        part(TimeOwner::Link),
        part(TimeOwner::Server),
        part(TimeOwner::Client),
        part(TimeOwner::Stall),
    ]
}

/// A stall is rare, so its absence is shown as such.
fn part(breakdown: TimeBreakdown, owner: TimeOwner) -> String {
    match (owner, breakdown.spent_on(owner)) {
        (TimeOwner::Stall, Duration::ZERO) => NONE.into(),
        (_, time) => figure(time),
    }
}

fn tls(observation: &Observation) -> String {
    let resumed = if observation.is_resumed == Some(true) { ", resumed" } else { "" };
    match observation.tls_version() {
        Some(version) => format!("{version}{resumed}"),
        None if observation.is_resumed == Some(true) => "resumed".into(),
        None if observation.spans().iter().any(|span| span.phase == Phase::Tls) => UNKNOWN.into(),
        None => NONE.into(),
    }
}

fn number(number: Option<u64>) -> String {
    number.map_or(UNKNOWN.into(), |number| number.to_string())
}

/// Formats milliseconds in few letters: from a second on, without decimal places.
fn figure(time: Duration) -> String {
    if time < Duration::from_secs(1) { ms(time) } else { time.as_millis().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_time_is_as_short_as_others() {
        let shown = [999_994, 1_080_000, 99_999_999].map(Duration::from_micros).map(figure);
        assert_eq!(shown, ["999.99", "1080", "99999"]);
    }
}

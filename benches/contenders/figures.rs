//! What runs come to.

use std::time::Duration;

use mailer_bench::{
    load::Waits,
    report::units::{digits, octets, range, time, times},
    statistics::Quartiles,
};
use mailer_link::Hold;

use super::{arguments::RAW, ground::Seen};
use crate::table::REMARK;

/// What a mail took in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) seconds: f64,
    pub(super) round_trips: f64,
    pub(super) stalled: f64,
    pub(super) octets: f64,
    pub(super) cpu: Option<f64>,
    /// Of the whole run, at the most.
    pub(super) memory: Option<f64>,
}

impl Sample {
    /// Of a run with a single mail: from the connection's first moment to its last octet.
    pub(super) fn of_one(seen: &Seen, round_trip: Duration) -> Self {
        let waits = Waits::of(&seen.connection, round_trip);
        let holds = seen.connection.flights().flat_map(|flight| &flight.holds);
        let stalled: Duration = holds.map(Hold::length).sum();
        Self {
            seconds: open_for(seen),
            round_trips: waits.round_trips as f64,
            stalled: stalled.as_secs_f64(),
            octets: waits.octets as f64,
            cpu: seen.cpu.map(|cpu| cpu.as_secs_f64()),
            memory: seen.memory.map(|bytes| bytes as f64),
        }
    }

    /// What each further mail took in a run with several, if `one` was a run with one. The server knows when
    /// it had the first and the last; of a server that is not ours, only how long each connection was open.
    pub(super) fn of_further(several: &Seen, one: &Seen, round_trip: Duration, mails: u32) -> Self {
        let further = f64::from(mails - 1);
        let (all, first) = (Self::of_one(several, round_trip), Self::of_one(one, round_trip));
        let seconds = match several.had.as_slice() {
            [begin, .., end] => end.saturating_duration_since(*begin).as_secs_f64(),
            _ => all.seconds - first.seconds,
        };
        let each = |of: fn(&Self) -> f64| (of(&all) - of(&first)) / further;
        Self {
            seconds: seconds / further,
            round_trips: each(|sample| sample.round_trips),
            stalled: each(|sample| sample.stalled),
            octets: each(|sample| sample.octets),
            cpu: all.cpu.zip(first.cpu).map(|(all, first)| (all - first) / further),
            memory: all.memory,
        }
    }
}

fn open_for(seen: &Seen) -> f64 {
    let bursts = seen.connection.bursts.iter();
    let last = bursts.map(|burst| burst.last).max().unwrap_or(seen.connection.accepted);
    last.saturating_duration_since(seen.connection.accepted).as_secs_f64()
}

/// What the rounds of a contender come to.
pub(super) struct Figures {
    time: Quartiles,
    /// As a multiple of what raw takes, in each round by itself.
    ratio: Option<Quartiles>,
    round_trips: f64,
    stalled: f64,
    octets: f64,
    cpu: Option<Quartiles>,
    memory: Option<f64>,
}

impl Figures {
    /// `None` if there were no rounds. What is counted is taken from `counted` where the rounds had no
    /// distance to count over.
    pub(super) fn of(rounds: &[Sample], raw: &[Sample], counted: Option<Sample>) -> Option<Self> {
        let quartiles = |of: fn(&Sample) -> Option<f64>| {
            Quartiles::of(&rounds.iter().filter_map(of).collect::<Vec<_>>())
        };
        let median = |of: fn(&Sample) -> Option<f64>| Some(quartiles(of)?.median);
        let ratios = rounds.iter().zip(raw).map(|(own, raw)| own.seconds / raw.seconds);
        let of_rounds = median(|sample| Some(sample.round_trips))?;
        Some(Self {
            time: quartiles(|sample| Some(sample.seconds))?,
            ratio: Quartiles::of(&ratios.collect::<Vec<_>>()),
            round_trips: counted.map_or(of_rounds, |sample| sample.round_trips),
            stalled: median(|sample| Some(sample.stalled))?,
            octets: median(|sample| Some(sample.octets))?,
            cpu: quartiles(|sample| sample.cpu),
            memory: median(|sample| sample.memory),
        })
    }
}

/// How many columns a table of figures has.
const COLUMNS: usize = 11;

/// The columns of a table of figures, whose ratios are to this contender.
pub(super) fn columns(against: &str) -> [String; COLUMNS] {
    let ratio = match against {
        RAW => "× raw".into(),
        other => format!("× {other}"),
    };
    [
        "contender".into(),
        "a mail".into(),
        "half of the rounds".into(),
        ratio,
        "half of the rounds".into(),
        "round trips".into(),
        "stalled".into(),
        "octets".into(),
        "CPU".into(),
        "memory".into(),
        REMARK.into(),
    ]
}

/// A row of it: figures, or why there are none.
pub(super) fn row(name: &str, figures: Result<&Figures, &str>) -> Vec<String> {
    let dash = || "-".to_owned();
    let (mut cells, remark) = (vec![name.to_owned()], figures.err().unwrap_or_default());
    match figures {
        Err(_) => cells.extend(vec![dash(); COLUMNS - 2]),
        Ok(figures) => {
            let ratio = figures.ratio.as_ref();
            cells.extend([
                time(figures.time.median),
                times(figures.time.lower, figures.time.upper),
                ratio.map_or_else(dash, |ratio| digits(ratio.median)),
                ratio.map_or_else(dash, |ratio| range(ratio.lower, ratio.upper)),
                digits(figures.round_trips),
                time(figures.stalled),
                octets(figures.octets.max(0.0).round() as u64),
                figures.cpu.filter(is_certain).map_or_else(dash, |cpu| time(cpu.median)),
                figures.memory.map_or_else(dash, |memory| octets(memory.round() as u64)),
            ]);
        }
    }
    cells.push(remark.to_owned());
    cells
}

/// A difference between two processes may drown in what it takes to start them.
fn is_certain(cpu: &Quartiles) -> bool {
    cpu.lower > 0.0 && cpu.spread() < 0.5
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use mailer_link::{Connection, Direction};

    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(20);

    /// A connection with a greeting and so many commands, each of which waits for its reply.
    fn seen(commands: u64, had: &[u64]) -> Seen {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut connection = Connection::new(start);
        connection.reached = Some((([127, 0, 0, 1], 25).into(), at(20)));
        connection.record(at(40), Direction::In, 10);
        for command in 0..commands {
            connection.record(at(40 + 20 * command), Direction::Out, 7);
            connection.record(at(60 + 20 * command), Direction::In, 3);
        }
        let had = had.iter().map(|ms| at(*ms)).collect();
        let cpu = Some(Duration::from_millis(commands));
        Seen { connection, had, cpu, memory: Some(4096) }
    }

    #[test]
    fn a_mail_by_itself_is_timed_by_the_link() {
        let wanted = Sample {
            seconds: 0.14,
            round_trips: 7.0,
            stalled: 0.0,
            octets: 60.0,
            cpu: Some(0.005),
            memory: Some(4096.0),
        };
        assert_eq!(Sample::of_one(&seen(5, &[100]), ROUND_TRIP), wanted);
    }

    #[test]
    fn a_further_mail_is_timed_by_the_server_if_it_is_ours() {
        let (one, several) = (seen(5, &[100]), seen(13, &[100, 170, 240]));
        let further = Sample::of_further(&several, &one, ROUND_TRIP, 3);
        assert_eq!((further.seconds, further.round_trips, further.octets), (0.07, 4.0, 40.0));
        let elsewhere = Sample::of_further(&seen(13, &[]), &seen(5, &[]), ROUND_TRIP, 3);
        assert!((elsewhere.seconds - 0.08).abs() < 1e-9, "{elsewhere:?}");
    }

    #[test]
    fn ratios_are_made_within_a_round_and_counts_taken_where_they_can_be_counted() {
        let sample = |seconds, round_trips| {
            let cpu = Some(seconds);
            Sample { seconds, round_trips, stalled: 0.0, octets: 1.0, cpu, memory: None }
        };
        let (own, raw) =
            ([sample(2.0, 9.0), sample(6.0, 9.0)], [sample(1.0, 1.0), sample(3.0, 1.0)]);
        let figures = Figures::of(&own, &raw, Some(sample(0.1, 4.0))).unwrap();
        let ratio = figures.ratio.unwrap();
        assert_eq!((ratio.lower, ratio.upper, figures.round_trips), (2.0, 2.0, 4.0));
        assert!(Figures::of(&[], &raw, None).is_none());
    }

    #[test]
    fn what_is_wrong_has_no_figure() {
        let cells = row("swaks", Err("no figure: it failed"));
        assert_eq!(cells.len(), COLUMNS);
        assert!(cells.iter().skip(1).take(COLUMNS - 2).all(|cell| cell == "-"));
        assert_eq!(cells.last().map(String::as_str), Some("no figure: it failed"));
    }
}

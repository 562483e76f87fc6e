//! The figures of a contender, from what was observed in its runs.

use std::time::Duration;

use mailer_bench::{
    load::LinkUsage,
    report::units::{bytes, digits, range, time, times},
    statistics::Quartiles,
};
use mailer_link::Hold;
use mailer_reports::REMARK;

use super::{arguments::RAW, testbed::Observed};

/// What one message used in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) seconds: f64,
    pub(super) round_trips: f64,
    /// Seconds that the client stalled.
    pub(super) stall: f64,
    pub(super) bytes: f64,
    /// Seconds of CPU time.
    pub(super) cpu: Option<f64>,
    /// The peak memory of the whole run, in bytes.
    pub(super) memory: Option<f64>,
}

impl Sample {
    /// Returns the sample of a run with a single message: from accepting the connection to its last byte.
    pub(super) fn from_single(observed: &Observed, round_trip: Duration) -> Self {
        let usage = LinkUsage::new(&observed.connection, round_trip);
        let holds = observed.connection.flights().flat_map(|flight| &flight.holds);
        let stall: Duration = holds.map(Hold::length).sum();
        Self {
            seconds: time_open(observed),
            round_trips: usage.round_trips as f64,
            stall: stall.as_secs_f64(),
            bytes: usage.bytes as f64,
            cpu: observed.cpu.map(|cpu| cpu.as_secs_f64()),
            memory: observed.memory.map(|bytes| bytes as f64),
        }
    }

    /// Returns the sample of each further message of a run with several; `one` is a run with a single message.
    /// The embedded server knows when it stored the first and the last message. With another server, only the
    /// times that the two connections were open are known.
    pub(super) fn from_several(
        several: &Observed,
        one: &Observed,
        round_trip: Duration,
        messages: u32,
    ) -> Self {
        let further = f64::from(messages - 1);
        let (all, first) =
            (Self::from_single(several, round_trip), Self::from_single(one, round_trip));
        let seconds = match several.stored_at.as_slice() {
            [first, .., last] => last.saturating_duration_since(*first).as_secs_f64(),
            _ => all.seconds - first.seconds,
        };
        let each = |part: fn(&Self) -> f64| (part(&all) - part(&first)) / further;
        Self {
            seconds: seconds / further,
            round_trips: each(|sample| sample.round_trips),
            stall: each(|sample| sample.stall),
            bytes: each(|sample| sample.bytes),
            cpu: all.cpu.zip(first.cpu).map(|(all, first)| (all - first) / further),
            memory: all.memory,
        }
    }
}

/// Returns the seconds from accepting the connection to its last byte.
fn time_open(observed: &Observed) -> f64 {
    let bursts = observed.connection.bursts.iter();
    let last = bursts.map(|burst| burst.last).max().unwrap_or(observed.connection.accepted);
    last.saturating_duration_since(observed.connection.accepted).as_secs_f64()
}

/// The figures of a contender, from all its rounds.
pub(super) struct Figures {
    pub(super) time: Quartiles,
    /// The time as a multiple of the reference contender's, in each round separately.
    ratio: Option<Quartiles>,
    round_trips: f64,
    stall: f64,
    bytes: f64,
    cpu: Option<Quartiles>,
    memory: Option<f64>,
}

impl Figures {
    /// Returns `None` if there are no rounds. Round trips come from `counted`, if the rounds had no delay to
    /// count them by.
    pub(super) fn new(
        rounds: &[Sample],
        reference: &[Sample],
        counted: Option<Sample>,
    ) -> Option<Self> {
        let quartiles = |part: fn(&Sample) -> Option<f64>| {
            Quartiles::new(&rounds.iter().filter_map(part).collect::<Vec<_>>())
        };
        let median = |part: fn(&Sample) -> Option<f64>| Some(quartiles(part)?.median);
        let ratios =
            rounds.iter().zip(reference).map(|(own, reference)| own.seconds / reference.seconds);
        let of_rounds = median(|sample| Some(sample.round_trips))?;
        Some(Self {
            time: quartiles(|sample| Some(sample.seconds))?,
            ratio: Quartiles::new(&ratios.collect::<Vec<_>>()),
            round_trips: counted.map_or(of_rounds, |sample| sample.round_trips),
            stall: median(|sample| Some(sample.stall))?,
            bytes: median(|sample| Some(sample.bytes))?,
            cpu: quartiles(|sample| sample.cpu),
            memory: median(|sample| sample.memory),
        })
    }
}

/// The number of columns of a table.
const COLUMNS: usize = 11;

/// Returns the columns of a table with ratios to this contender.
pub(super) fn columns(against: &str) -> [String; COLUMNS] {
    let ratio = match against {
        RAW => "× raw".into(),
        other => format!("× {other}"),
    };
    [
        "contender".into(),
        "time per message".into(),
        "quartiles".into(),
        ratio,
        "quartiles".into(),
        "round trips".into(),
        "stall".into(),
        "bytes".into(),
        "CPU".into(),
        "memory".into(),
        REMARK.into(),
    ]
}

/// Returns a row of a table: the figures, or the reason why there are none.
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
                time(figures.stall),
                bytes(figures.bytes.max(0.0).round() as u64),
                figures.cpu.filter(is_certain).map_or_else(dash, |cpu| time(cpu.median)),
                figures.memory.map_or_else(dash, |memory| bytes(memory.round() as u64)),
            ]);
        }
    }
    cells.push(remark.to_owned());
    cells
}

/// Returns whether the CPU time of a further message, a difference between two processes, is larger than the
/// variation of the time that a process takes to start.
fn is_certain(cpu: &Quartiles) -> bool {
    cpu.lower > 0.0 && cpu.spread() < 0.5
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use mailer_link::{Connection, Direction};

    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(20);

    /// A connection with a greeting and a number of commands, each of which waits for its reply.
    fn observed(commands: u64, stored_at_ms: &[u64]) -> Observed {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut connection = Connection::new(start);
        connection.reached = Some((([127, 0, 0, 1], 25).into(), at(20)));
        connection.record(at(40), Direction::In, 10);
        for command in 0..commands {
            connection.record(at(40 + 20 * command), Direction::Out, 7);
            connection.record(at(60 + 20 * command), Direction::In, 3);
        }
        let stored_at = stored_at_ms.iter().map(|ms| at(*ms)).collect();
        let cpu = Some(Duration::from_millis(commands));
        Observed { connection, stored_at, cpu, memory: Some(4096) }
    }

    #[test]
    fn a_single_message_is_timed_by_the_link() {
        let expected = Sample {
            seconds: 0.14,
            round_trips: 7.0,
            stall: 0.0,
            bytes: 60.0,
            cpu: Some(0.005),
            memory: Some(4096.0),
        };
        assert_eq!(Sample::from_single(&observed(5, &[100]), ROUND_TRIP), expected);
    }

    #[test]
    fn a_further_message_is_timed_by_the_embedded_server() {
        let (one, several) = (observed(5, &[100]), observed(13, &[100, 170, 240]));
        let further = Sample::from_several(&several, &one, ROUND_TRIP, 3);
        assert_eq!((further.seconds, further.round_trips, further.bytes), (0.07, 4.0, 40.0));
        let elsewhere = Sample::from_several(&observed(13, &[]), &observed(5, &[]), ROUND_TRIP, 3);
        assert!((elsewhere.seconds - 0.08).abs() < 1e-9, "{elsewhere:?}");
    }

    #[test]
    fn ratios_are_computed_within_a_round() {
        let sample = |seconds, round_trips| {
            let cpu = Some(seconds);
            Sample { seconds, round_trips, stall: 0.0, bytes: 1.0, cpu, memory: None }
        };
        let (own, reference) =
            ([sample(2.0, 9.0), sample(6.0, 9.0)], [sample(1.0, 1.0), sample(3.0, 1.0)]);
        let figures = Figures::new(&own, &reference, Some(sample(0.1, 4.0))).unwrap();
        let ratio = figures.ratio.unwrap();
        assert_eq!((ratio.lower, ratio.upper, figures.round_trips), (2.0, 2.0, 4.0));
        assert!(Figures::new(&[], &reference, None).is_none());
    }

    #[test]
    fn an_invalid_run_has_no_figures() {
        let cells = row("swaks", Err("no result: it failed"));
        assert_eq!(cells.len(), COLUMNS);
        assert!(cells.iter().skip(1).take(COLUMNS - 2).all(|cell| cell == "-"));
        assert_eq!(cells.last().map(String::as_str), Some("no result: it failed"));
    }
}

//! Records every session over a short path, and measures it over each longer path, in turns.

use std::time::{Duration, SystemTime};

use mailer::{Error, Kind, Mail, Outcome, Security, Server};
use mailer_backends::{BACKENDS, Flow, Options};
use mailer_compare::{
    exchange::{exchanges, predict, round_trips, until_accepted},
    observation::Observation,
    recordings::{RECORDING_RTT, Settings, Variant, observe_over},
};
use mailer_lab::{Contender, embedded, sample};
use mailer_server::Store;

/// How much is measured.
pub(crate) struct Effort {
    /// How often each session is recorded and measured.
    pub(crate) rounds: usize,
    /// The RTTs of the paths.
    pub(crate) rtts: &'static [Duration],
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        rounds: 7,
        rtts: &[Duration::from_millis(20), Duration::from_millis(80), Duration::from_millis(200)],
    };
    pub(crate) const TEST: Self = Self { rounds: 1, rtts: &[Duration::from_millis(5)] };
}

/// One contender's session.
pub(crate) struct ContenderTimes {
    /// The contender.
    pub(crate) name: String,
    /// The round trips until the message was accepted, as recorded.
    pub(crate) round_trips: u32,
    /// For each path the time of the whole session.
    pub(crate) paths: Vec<PathTimes>,
}

/// Times of a session over one path, medians of the rounds.
pub(crate) struct PathTimes {
    /// Predicted from the recording.
    pub(crate) predicted: Duration,
    /// Measured over the link.
    pub(crate) measured: Duration,
}

/// The times of one contender, round by round.
#[derive(Default)]
struct Rounds {
    round_trips: Vec<u32>,
    predicted: Vec<Vec<Duration>>,
    measured: Vec<Vec<Duration>>,
}

/// Measures every contender.
pub(crate) fn measure(effort: &Effort) -> Result<Vec<ContenderTimes>, Error> {
    let (_embedded, server) = embedded::start(Security::Required, Store::Count)?;
    let mail = sample::mail(SystemTime::now(), "1@example.test".parse()?)?;
    let variants = variants(&server, &mail);
    let mut all: Vec<Rounds> = variants.iter().map(|_| Rounds::default()).collect();
    // Without this round, the first contender would pay for what a process does only once.
    for variant in &variants {
        accepted(observe_over(variant, RECORDING_RTT)?)?;
    }
    for _ in 0..effort.rounds {
        for (variant, rounds) in variants.iter().zip(&mut all) {
            measure_round(variant, effort, rounds)?;
        }
    }
    let names = variants.into_iter().map(|variant| variant.contender.label());
    Ok(names.zip(all).map(|(name, rounds)| session(name, rounds)).collect())
}

fn measure_round(variant: &Variant<'_>, effort: &Effort, rounds: &mut Rounds) -> Result<(), Error> {
    let recorded = exchanges(&accepted(observe_over(variant, RECORDING_RTT)?)?);
    rounds.round_trips.push(round_trips(until_accepted(&recorded)));
    rounds.predicted.push(effort.rtts.iter().map(|&rtt| predict(&recorded, rtt)).collect());
    let measured =
        effort.rtts.iter().map(|&rtt| Ok(accepted(observe_over(variant, rtt)?)?.total()));
    rounds.measured.push(measured.collect::<Result<_, Error>>()?);
    Ok(())
}

/// Both backends in the dialogue, raw with each of its flows.
fn variants<'a>(server: &'a Server, mail: &'a Mail) -> Vec<Variant<'a>> {
    let shown = BACKENDS.iter().filter(|backend| !backend.measured_only);
    let contenders = shown.flat_map(|backend| -> Vec<Contender> {
        if !backend.has_flows {
            return vec![backend.contender(Options { unguarded: true, ..Options::default() })];
        }
        Flow::ALL.iter().map(|&flow| backend.contender(Options::from(flow))).collect()
    });
    let variant = |(side, contender)| Variant {
        side,
        settings: Settings::new(),
        contender,
        server,
        mail,
        mails: 1,
    };
    contenders.enumerate().map(variant).collect()
}

/// The observation, if its message was accepted.
fn accepted(observation: Observation) -> Result<Observation, Error> {
    match observation.receipt.outcome {
        Outcome::Accepted => Ok(observation),
        _ => Err(observation
            .receipt
            .error
            .unwrap_or_else(|| Error::new(Kind::Internal, "a message was not accepted"))),
    }
}

fn session(name: String, rounds: Rounds) -> ContenderTimes {
    let paths = rounds.predicted.first().map_or(0, Vec::len);
    let times = |index: usize| {
        let column = |all: &[Vec<Duration>]| {
            median(all.iter().filter_map(|round| round.get(index).copied()).collect())
        };
        PathTimes { predicted: column(&rounds.predicted), measured: column(&rounds.measured) }
    };
    let paths = (0..paths).map(times).collect();
    ContenderTimes { name, round_trips: median(rounds.round_trips), paths }
}

fn median<T: Ord + Copy + Default>(mut all: Vec<T>) -> T {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

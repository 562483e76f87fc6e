//! Records every session over a short path, and measures it over each longer path, in turns: over the link, and over
//! a path of the kernel if the system allows one.

use std::time::{Duration, Instant, SystemTime};

use mailer::{Error, Kind, Mail, Mailer as _, Outcome, Receipt, Security, Server};
use mailer_backends::{BACKENDS, Flow, Options};
use mailer_bench::test_server::TestServer;
use mailer_compare::{
    exchange::{exchanges, predict, round_trips, until_accepted},
    observation::Observation,
    recordings::{RECORDING_RTT, Settings, Variant, observe_over},
};
use mailer_lab::{Contender, embedded, sample};
use mailer_reports::tunnel::{FAR, NEAR, Tunnel};
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
    pub(crate) over_link: Duration,
    /// Measured over the kernel's path; `None` if the system has none.
    pub(crate) over_kernel: Option<Duration>,
}

/// The times of one contender, round by round, and in each round by RTT.
#[derive(Default)]
struct Rounds {
    round_trips: Vec<u32>,
    predicted: Vec<Vec<Duration>>,
    over_link: Vec<Vec<Duration>>,
    over_kernel: Vec<Vec<Duration>>,
}

/// A path through the kernel, and a server at its end.
struct KernelPath<'a> {
    tunnel: &'a Tunnel,
    server: TestServer,
}

/// Measures every contender.
pub(crate) fn measure(
    effort: &Effort,
    tunnel: Option<&Tunnel>,
) -> Result<Vec<ContenderTimes>, Error> {
    let (_embedded, server) = embedded::start(Security::Required, Store::Count)?;
    let mail = sample::mail(SystemTime::now(), "1@example.test".parse()?)?;
    let variants = variants(&server, &mail);
    let kernel = tunnel.map(KernelPath::open).transpose()?;
    let mut all: Vec<Rounds> = variants.iter().map(|_| Rounds::default()).collect();
    // Without this round, the first contender would pay for what a process does only once.
    for variant in &variants {
        accepted(observe_over(variant, RECORDING_RTT)?)?;
        kernel.iter().try_for_each(|path| path.time(variant, RECORDING_RTT).map(drop))?;
    }
    for _ in 0..effort.rounds {
        for (variant, rounds) in variants.iter().zip(&mut all) {
            measure_round(variant, effort, kernel.as_ref(), rounds)?;
        }
    }
    let names = variants.into_iter().map(|variant| variant.contender.label());
    Ok(names.zip(all).map(|(name, rounds)| session(name, rounds)).collect())
}

fn measure_round(
    variant: &Variant<'_>,
    effort: &Effort,
    kernel: Option<&KernelPath<'_>>,
    rounds: &mut Rounds,
) -> Result<(), Error> {
    let recorded = exchanges(&accepted(observe_over(variant, RECORDING_RTT)?)?);
    rounds.round_trips.push(round_trips(until_accepted(&recorded)));
    rounds.predicted.push(effort.rtts.iter().map(|&rtt| predict(&recorded, rtt)).collect());
    let over_link =
        effort.rtts.iter().map(|&rtt| Ok(accepted(observe_over(variant, rtt)?)?.total()));
    rounds.over_link.push(over_link.collect::<Result<_, Error>>()?);
    if let Some(path) = kernel {
        let over_kernel = effort.rtts.iter().map(|&rtt| path.time(variant, rtt));
        rounds.over_kernel.push(over_kernel.collect::<Result<_, Error>>()?);
    }
    Ok(())
}

impl<'a> KernelPath<'a> {
    fn open(tunnel: &'a Tunnel) -> Result<Self, Error> {
        let mut server = TestServer::in_process_at((NEAR, 0).into(), Security::Required)?;
        server.server.connect_to = Some((FAR, server.server.port).into());
        Ok(Self { tunnel, server })
    }

    /// Returns the time of a session over a path with this RTT, from the call that connects to the end of the call that
    /// closes.
    fn time(&self, variant: &Variant<'_>, rtt: Duration) -> Result<Duration, Error> {
        self.tunnel.set_round_trip(rtt);
        let mut mailer = (variant.contender.make)(&self.server.server)?;
        let started = Instant::now();
        let receipt = mailer.send(variant.mail);
        mailer.close()?;
        let time = started.elapsed();
        self.tunnel.finish(self.server.server.port);
        receipt_of_accepted(receipt).map(|_| time)
    }
}

/// Both backends in the dialogue, raw with each of its flows.
fn variants<'a>(server: &'a Server, mail: &'a Mail) -> Vec<Variant<'a>> {
    let shown = BACKENDS.iter().filter(|backend| !backend.measured_only);
    let contenders = shown.flat_map(|backend| -> Vec<Contender> {
        if !backend.has_flows {
            let options = Options { unguarded: true, ..Options::default() };
            return vec![backend.contender(options, server.tls_library)];
        }
        Flow::ALL
            .iter()
            .map(|&flow| backend.contender(Options::from(flow), server.tls_library))
            .collect()
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
    receipt_of_accepted(observation.receipt.clone()).map(|_| observation)
}

fn receipt_of_accepted(receipt: Receipt) -> Result<Receipt, Error> {
    match receipt.outcome {
        Outcome::Accepted => Ok(receipt),
        _ => Err(receipt
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
        PathTimes {
            predicted: column(&rounds.predicted),
            over_link: column(&rounds.over_link),
            over_kernel: (!rounds.over_kernel.is_empty()).then(|| column(&rounds.over_kernel)),
        }
    };
    let paths = (0..paths).map(times).collect();
    ContenderTimes { name, round_trips: median(rounds.round_trips), paths }
}

fn median<T: Ord + Copy + Default>(mut all: Vec<T>) -> T {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

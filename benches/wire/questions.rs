//! What is compared: a fixed list.

use std::time::Duration;

use mailer::Security;
use mailer_backends::Flow;
use mailer_bench::workload::Workload;
use mailer_benches::link_error::Effort;

const KIB: usize = 1024;
/// Enough for TCP to send a mail of the largest size at once.
const BEFORE: u64 = 3;

/// How much is measured.
pub(crate) struct Pace {
    pub(crate) is_quick: bool,
    pub(crate) rounds: usize,
    /// How long who waits for each reply may send mails in a round, in milliseconds; two are sent anyway.
    mails_for: u64,
    /// Round trips in milliseconds: of mails, of handshakes, and where TCP has to start slowly.
    mails: &'static [u64],
    handshakes: &'static [u64],
    slow_start: &'static [u64],
    pub(crate) link_error: Effort,
}

impl Pace {
    pub(crate) const FULL: Self = Self {
        is_quick: false,
        rounds: 5,
        mails_for: 400,
        mails: &[20, 80, 200],
        handshakes: &[20, 80],
        slow_start: &[80],
        link_error: Effort { each: Duration::from_secs(3), transfers: 9 },
    };
    pub(crate) const QUICK: Self = Self {
        is_quick: true,
        rounds: 2,
        mails_for: 160,
        mails: &[20, 80],
        handshakes: &[20],
        slow_start: &[80],
        link_error: Effort { each: Duration::from_millis(300), transfers: 2 },
    };
    /// Enough to see that it works, and for all that is counted.
    pub(crate) const TEST: Self = Self {
        is_quick: true,
        rounds: 1,
        mails_for: 0,
        mails: &[10],
        handshakes: &[10],
        slow_start: &[10],
        link_error: Effort::ONCE,
    };
}

/// A question, answered by a table for each of its trials.
pub(crate) struct Question {
    pub(crate) title: &'static str,
    /// What has to be known to read the answer.
    pub(crate) about: &'static str,
    pub(crate) trials: Vec<Trial>,
}

/// A table: what is done over one distance.
pub(crate) struct Trial {
    pub(crate) title: String,
    pub(crate) round_trip: Duration,
    pub(crate) rounds: usize,
    pub(crate) works: Vec<Work>,
}

/// What a row is about.
pub(crate) struct Work {
    pub(crate) name: String,
    /// The name of the backend that does it.
    pub(crate) backend: &'static str,
    pub(crate) flow: Flow,
    pub(crate) task: Task,
    /// How often in each round.
    pub(crate) times: u64,
    pub(crate) counts: Counts,
}

/// What is done.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    Workload(Workload),
    /// The mail of so many octets that follows so many others.
    OneMail {
        octets: usize,
        before: u64,
    },
}

/// What of a work has to be counted alike on both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Octets, flights and round trips.
    All,
    /// Octets: who goes on sending while replies come in has flights of any number.
    Octets,
    /// Nothing: keys, signatures and tickets of TLS differ in length.
    Nothing,
}

/// All of them.
pub(crate) fn questions(pace: &Pace) -> Vec<Question> {
    let trials = |of: fn(u64, &Pace) -> Trial, distances: &[u64]| {
        distances.iter().map(|ms| of(*ms, pace)).collect()
    };
    vec![
        Question {
            title: "Mails",
            about: "Mails of 1 KiB in the clear on one open connection: eight at a time for flows that have \
                    several under way, so that they fit in what TCP sends at once, and a few at a time \
                    for the others.",
            trials: trials(mails, pace.mails),
        },
        Question {
            title: "Handshakes",
            about: "From connecting until MAIL would be taken, AUTH included.",
            trials: trials(handshakes, pace.handshakes),
        },
        Question {
            title: "Slow start",
            about: "One mail, from MAIL to the reply to its content, by raw in the flow `pipelined`: as the \
                    first on a new connection, and after three of the same size. Over the kernel's path \
                    TCP sends ten packets at once, and only then finds out that more may be sent; the link takes any number of octets at once.",
            trials: trials(slow_start, pace.slow_start),
        },
    ]
}

fn mails(ms: u64, pace: &Pace) -> Trial {
    // Four round trips and more for a mail.
    let (few, many) = ((pace.mails_for / ms / 4).max(2), 8);
    let works = [
        ("raw", Flow::Lockstep, few, Counts::All),
        ("raw", Flow::Pipelined, few, Counts::All),
        ("raw", Flow::Overlapped, many, Counts::Octets),
        ("raw", Flow::Chunked, many, Counts::All),
        ("raw", Flow::Streamed, many, Counts::Octets),
        ("lettre", Flow::Auto, few, Counts::All),
        ("lettre-connection", Flow::Auto, few, Counts::All),
    ];
    let task = Task::Workload(Workload::Throughput { security: Security::None, octets: KIB });
    let work = |(backend, flow, times, counts)| {
        let name = match flow {
            Flow::Auto => String::from(backend),
            flow => format!("{backend} ({flow})"),
        };
        Work { name, backend, flow, task, times, counts }
    };
    trial(ms, pace, works.map(work).into())
}

fn handshakes(ms: u64, pace: &Pace) -> Trial {
    let securities = [Security::None, Security::Required, Security::Implicit];
    let works = ["raw", "lettre-connection"].into_iter().flat_map(|backend| {
        securities.map(|security| {
            let workload = Workload::Handshake { security };
            let counts = if security == Security::None { Counts::All } else { Counts::Nothing };
            let name = format!("{backend}, {}", workload.name());
            let task = Task::Workload(workload);
            Work { name, backend, flow: Flow::Auto, task, times: 1, counts }
        })
    });
    trial(ms, pace, works.collect())
}

fn slow_start(ms: u64, pace: &Pace) -> Trial {
    let sizes = [("100 KiB", 100 * KIB), ("1 MiB", KIB * KIB)];
    let works = sizes.into_iter().flat_map(|(size, octets)| {
        [("the first", 0), ("after three others", BEFORE)].map(|(place, before)| Work {
            name: format!("{size}, {place}"),
            backend: "raw",
            flow: Flow::Pipelined,
            task: Task::OneMail { octets, before },
            times: 1,
            counts: Counts::All,
        })
    });
    trial(ms, pace, works.collect())
}

fn trial(ms: u64, pace: &Pace, works: Vec<Work>) -> Trial {
    let title = format!("{ms} ms there and back");
    Trial { title, round_trip: Duration::from_millis(ms), rounds: pace.rounds, works }
}

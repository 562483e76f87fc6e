//! The questions of the page: a fixed list of what is compared.

use std::time::Duration;

use mailer::Security;
use mailer_backends::Flow;
use mailer_bench::in_process::Case;

use crate::own_error::OwnErrorEffort;

const KIB: usize = 1024;
/// The messages after which TCP sends a message of the largest size at once.
const BEFORE: u64 = 3;
/// The number of messages of flows with several in flight: few enough that TCP sends them at once.
const AT_ONCE: u32 = 8;

/// How much is measured.
pub(crate) struct Effort {
    pub(crate) is_quick: bool,
    pub(crate) rounds: usize,
    /// How long a contender that waits for each reply sends messages in a round, in milliseconds. It sends at
    /// least two.
    messages_for: u64,
    /// RTTs in milliseconds: for messages, for handshakes, and for slow start.
    messages: &'static [u64],
    handshakes: &'static [u64],
    slow_start: &'static [u64],
    pub(crate) own_error: OwnErrorEffort,
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        is_quick: false,
        rounds: 5,
        messages_for: 400,
        messages: &[20, 80, 200],
        handshakes: &[20, 80],
        slow_start: &[80],
        own_error: OwnErrorEffort { each: Duration::from_secs(3), transfers: 9 },
    };
    pub(crate) const QUICK: Self = Self {
        is_quick: true,
        rounds: 2,
        messages_for: 160,
        messages: &[20, 80],
        handshakes: &[20],
        slow_start: &[80],
        own_error: OwnErrorEffort { each: Duration::from_millis(300), transfers: 2 },
    };
    /// Enough to see that everything works, and to check all counts.
    pub(crate) const TEST: Self = Self {
        is_quick: true,
        rounds: 1,
        messages_for: 0,
        messages: &[10],
        handshakes: &[10],
        slow_start: &[10],
        own_error: OwnErrorEffort { each: Duration::ZERO, transfers: 1 },
    };
}

/// A question, answered by a table for each of its trials.
pub(crate) struct Question {
    pub(crate) title: &'static str,
    /// What a reader has to know to read the answer.
    pub(crate) about: &'static str,
    pub(crate) trials: Vec<Trial>,
}

/// A table: what is done over paths with one RTT.
pub(crate) struct Trial {
    pub(crate) title: String,
    pub(crate) round_trip: Duration,
    pub(crate) rounds: usize,
    pub(crate) works: Vec<Work>,
}

/// A row of a table.
pub(crate) struct Work {
    pub(crate) name: String,
    /// The name of the backend that does it.
    pub(crate) backend: &'static str,
    pub(crate) flow: Flow,
    pub(crate) task: Task,
    /// How often it is done in each round.
    pub(crate) times: u64,
    /// How many messages the row's time is of.
    pub(crate) messages: u32,
    pub(crate) counts: Counts,
}

/// What is done.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    Case(Case),
    /// A message of `size` bytes, after `before` others on the same connection.
    OneMessage {
        size: usize,
        before: u64,
    },
}

/// Which counts have to be the same on both paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Bytes, flights and round trips.
    All,
    /// Bytes. A client that goes on sending while replies arrive has a varying number of flights.
    Bytes,
    /// Nothing: keys, signatures and tickets of TLS have varying lengths.
    Nothing,
}

/// Returns all questions.
pub(crate) fn questions(effort: &Effort) -> Vec<Question> {
    let trials = |trial: fn(u64, &Effort) -> Trial, rtts: &[u64]| {
        rtts.iter().map(|ms| trial(*ms, effort)).collect()
    };
    vec![
        Question {
            title: "Messages",
            about: "The time per message of 1 KiB without TLS on an open connection. Flows with several \
                    messages in flight send eight of them, which TCP sends at once, and the other contenders \
                    send a few. `overlapped` needs one round trip per message and another one for the first \
                    envelope. `streamed` sends all eight in one flight, so its row has the time of all eight.",
            trials: trials(messages, effort.messages),
        },
        Question {
            title: "Handshakes",
            about: "From connecting until the server would accept MAIL, AUTH included.",
            trials: trials(handshakes, effort.handshakes),
        },
        Question {
            title: "Slow start",
            about: "One message, from MAIL to the final reply, by raw in the flow `pipelined`: as the first on \
                    a new connection, and after three others of the same size. Over the kernel's path TCP \
                    first sends ten packets at once, and more as acknowledgements arrive. The link sends any \
                    number of bytes at once.",
            trials: trials(slow_start, effort.slow_start),
        },
    ]
}

fn messages(ms: u64, effort: &Effort) -> Trial {
    // A message takes four round trips or more.
    let few = (effort.messages_for / ms / 4).max(2);
    let works = [
        ("raw", Flow::Lockstep, few, Counts::All),
        ("raw", Flow::Pipelined, few, Counts::All),
        ("raw", Flow::Overlapped, AT_ONCE.into(), Counts::Bytes),
        ("raw", Flow::Chunked, AT_ONCE.into(), Counts::All),
        ("raw", Flow::Streamed, AT_ONCE.into(), Counts::Bytes),
        ("lettre", Flow::Auto, few, Counts::All),
        ("lettre-connection", Flow::Auto, few, Counts::All),
    ];
    let task = Task::Case(Case::throughput(Security::None, KIB));
    let work = |(backend, flow, times, counts)| {
        let (name, messages) = match flow {
            Flow::Auto => (String::from(backend), 1),
            Flow::Streamed => (format!("{backend} ({flow}), {AT_ONCE} messages"), AT_ONCE),
            flow => (format!("{backend} ({flow})"), 1),
        };
        Work { name, backend, flow, task, times, messages, counts }
    };
    trial(ms, effort, works.map(work).into())
}

fn handshakes(ms: u64, effort: &Effort) -> Trial {
    let securities = [Security::None, Security::Required, Security::Implicit];
    let works = ["raw", "lettre-connection"].into_iter().flat_map(|backend| {
        securities.map(|security| {
            let case = Case::handshake(security);
            let counts = if security == Security::None { Counts::All } else { Counts::Nothing };
            let (name, task) = (format!("{backend}, {}", case.name()), Task::Case(case));
            Work { name, backend, flow: Flow::Auto, task, times: 1, messages: 1, counts }
        })
    });
    trial(ms, effort, works.collect())
}

fn slow_start(ms: u64, effort: &Effort) -> Trial {
    let sizes = [("100 KiB", 100 * KIB), ("1 MiB", KIB * KIB)];
    let works = sizes.into_iter().flat_map(|(size_name, size)| {
        [("the first", 0), ("after three others", BEFORE)].map(|(place, before)| Work {
            name: format!("{size_name}, {place}"),
            backend: "raw",
            flow: Flow::Pipelined,
            task: Task::OneMessage { size, before },
            times: 1,
            messages: 1,
            counts: Counts::All,
        })
    });
    trial(ms, effort, works.collect())
}

fn trial(ms: u64, effort: &Effort, works: Vec<Work>) -> Trial {
    let title = format!("{ms} ms RTT");
    Trial { title, round_trip: Duration::from_millis(ms), rounds: effort.rounds, works }
}

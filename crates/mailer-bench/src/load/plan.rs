//! The plan of a run: the workload, how much of it, the number of rounds, and the path.

use std::{fmt, num::NonZeroUsize, sync::Arc, time::Duration};

use mailer::{Address, Envelope, Error, Kind, Security, Server};
use mailer_link::Path;
use serde::{Deserialize, Serialize};

use crate::{cores::Pinning, workload::Workload};

/// How much each contender does, in all its rounds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// A number of messages or handshakes.
    Count(u64),
    /// The time to work, in all rounds together.
    Time(Duration),
}

impl Limit {
    /// Returns the share of one round; `None` if nothing is left for it. What does not divide evenly
    /// goes to the first rounds.
    #[must_use]
    pub fn share_of_round(self, round: u32, rounds: u32) -> Option<Self> {
        let rounds = rounds.max(1);
        match self {
            Self::Time(time) => Some(Self::Time(time / rounds)),
            Self::Count(count) => {
                let (each, rest) = (count / u64::from(rounds), count % u64::from(rounds));
                let share = each + u64::from(u64::from(round) < rest);
                (share > 0).then_some(Self::Count(share))
            }
        }
    }
}

/// What every contender of a run does. Fields may be added: write `..Plan::default()`.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The work that each contender repeats.
    pub workload: Workload,
    /// How much of it each contender does.
    pub limit: Limit,
    /// The number of slices that it is divided into. In each round every contender works one slice.
    pub rounds: u32,
    /// How long each contender works before anything is measured.
    pub warm_up: Duration,
    /// The number of connections that work at the same time.
    pub connections: usize,
    /// The messages or handshakes to start per second, over all connections, at fixed times; `None`
    /// means as fast as possible.
    pub rate: Option<f64>,
    /// The size of each message in bytes; of prepared ones, their mean.
    pub message_size: usize,
    /// Prepared messages, which are sent in turn and as they are; if there are none, messages are made.
    pub prepared: Arc<[Vec<u8>]>,
    /// The reverse-path (RFC 5321 §4.1.1.2); `None` is `<>`.
    pub sender: Option<String>,
    /// The recipients of each message, or of all messages in turn.
    pub recipients: Vec<String>,
    /// The number of recipients of each message, which has the next ones in turn; `None` is all of them.
    pub recipients_in_turn: Option<NonZeroUsize>,
    /// The simulated path to the server. With the default there is no link in between.
    pub path: Path,
    /// Whether to connect to a named server without a relay in between, which counts round trips, stalls and
    /// bytes.
    pub direct: bool,
    /// How the cores are divided.
    pub pinning: Pinning,
}

impl Default for Plan {
    /// Messages of 1 KiB to one recipient, on one connection, as fast as possible: 3 s for each contender in
    /// 5 rounds, after 0.5 s of warm-up.
    fn default() -> Self {
        Self {
            workload: Workload::Throughput,
            limit: Limit::Time(Duration::from_secs(3)),
            rounds: 5,
            warm_up: Duration::from_millis(500),
            connections: 1,
            rate: None,
            message_size: 1024,
            prepared: Arc::new([]),
            sender: Some("ann@example.test".into()),
            recipients: vec!["bob@example.test".into()],
            recipients_in_turn: None,
            path: Path::default(),
            direct: false,
            pinning: Pinning::default(),
        }
    }
}

impl Plan {
    /// Returns the number of recipients of each message.
    #[must_use]
    pub fn recipients_per_message(&self) -> usize {
        self.recipients_in_turn.map_or(self.recipients.len(), NonZeroUsize::get)
    }
}

/// The most recipients of all envelopes together: some tens of megabytes.
const MAX_RECIPIENTS: usize = 1_000_000;

/// Returns the envelopes that messages have in turn: one with all recipients, or as many as it takes until the
/// first recipient is the first of a message again.
///
/// # Errors
/// If an address is invalid, there is no recipient, a message would have the same recipient twice, or there would be
/// more than [`MAX_RECIPIENTS`].
pub(super) fn envelopes(
    sender: Option<&str>,
    recipients: &[String],
    in_turn: Option<NonZeroUsize>,
) -> Result<Vec<Arc<Envelope>>, Error> {
    let sender: Option<Address> = sender.map(str::parse).transpose()?;
    let all: Vec<Address> = recipients.iter().map(|to| to.parse()).collect::<Result<_, _>>()?;
    let envelope = |recipients: Vec<Address>| {
        let given = recipients.len();
        let envelope = Envelope::new(sender.clone(), recipients)?;
        if envelope.recipients().len() < given {
            let what = "a message would have the same recipient twice";
            return Err(Error::new(Kind::Message, what).with_hint("name each address once"));
        }
        Ok(Arc::new(envelope))
    };
    let Some(size) = in_turn.map(NonZeroUsize::get).filter(|_| !all.is_empty()) else {
        return Ok(vec![envelope(all)?]);
    };
    let mut endless = all.iter().cycle();
    let turns = all.len() / greatest_common_divisor(all.len(), size);
    if turns.saturating_mul(size) > MAX_RECIPIENTS {
        let what = format!("it takes {turns} messages until the recipients begin again");
        let hint = "choose a number of recipients that divides the number of addresses";
        return Err(Error::new(Kind::Message, what).with_hint(hint));
    }
    (0..turns).map(|_| envelope(endless.by_ref().take(size).cloned().collect())).collect()
}

fn greatest_common_divisor(one: usize, other: usize) -> usize {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

/// A function that changes how the embedded server is reached: which AUTH mechanism is used, for
/// example.
pub type Adjust<'a> = &'a dyn Fn(&mut Server) -> Result<(), Error>;

/// The server that a run is measured against.
#[derive(Clone, Copy)]
pub enum Against<'a> {
    /// The embedded server in a process of its own.
    Embedded(Security, Adjust<'a>),
    /// A named server. What it has stored cannot be checked.
    Server(&'a Server),
}

impl fmt::Debug for Against<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(security, _) => write!(f, "Embedded({security:?})"),
            Self::Server(server) => f.debug_tuple("Server").field(server).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_share_the_whole_limit() {
        let shares = |count, rounds| -> Vec<u64> {
            let share = |round| match Limit::Count(count).share_of_round(round, rounds) {
                Some(Limit::Count(count)) => count,
                _ => 0,
            };
            (0..rounds).map(share).collect()
        };
        assert_eq!(shares(11, 4), [3, 3, 3, 2]);
        assert_eq!(shares(2, 3), [1, 1, 0]);
        let second = Limit::Time(Duration::from_secs(4)).share_of_round(3, 4);
        assert_eq!(second, Some(Limit::Time(Duration::from_secs(1))));
    }

    #[test]
    fn recipients_take_turns_until_the_first_begins_again() {
        let all: Vec<String> = ["a", "b", "c", "d"].map(|name| format!("{name}@x.test")).into();
        let turns = |size| {
            let envelopes = envelopes(None, &all, NonZeroUsize::new(size)).unwrap();
            let names = |envelope: &Arc<Envelope>| -> String {
                envelope.recipients().iter().filter_map(|to| to.as_str().get(..1)).collect()
            };
            envelopes.iter().map(names).collect::<Vec<_>>()
        };
        assert_eq!(turns(1), ["a", "b", "c", "d"]);
        assert_eq!(turns(2), ["ab", "cd"]);
        assert_eq!(turns(3), ["abc", "dab", "cda", "bcd"]);
        assert_eq!((turns(4), turns(0)), (vec!["abcd".to_owned()], vec!["abcd".to_owned()]));
        assert!(envelopes(None, &[], NonZeroUsize::new(1)).is_err());
    }

    #[test]
    fn a_message_has_each_recipient_once_and_there_are_not_too_many() {
        let named = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("{name}@x.test")).collect()
        };
        let fails = |all: &[String], size| envelopes(None, all, NonZeroUsize::new(size)).is_err();
        assert!(fails(&named(&["a", "a"]), 0) && fails(&named(&["a", "b", "a"]), 2));
        assert!(fails(&named(&["a", "b"]), 3));
        assert!(!fails(&named(&["a", "b", "a"]), 1));
        let many: Vec<String> = (0..10_001).map(|number| format!("{number}@x.test")).collect();
        assert!(fails(&many, 1000) && !fails(&many, 10));
    }
}

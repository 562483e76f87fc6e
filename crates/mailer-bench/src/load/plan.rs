//! What a run is to do.

use std::time::Duration;

use mailer::{Envelope, Error, Security, Server};
use serde::{Deserialize, Serialize};

use super::Pinning;
use mailer_link::Path;

/// What is done over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// From `open` until the server would take MAIL; closing is not timed.
    Handshake,
    /// Mails on connections that are open already.
    Throughput,
    /// From opening over one mail to the end of closing.
    OnePerConnection,
    /// From the start of a process until its first mail is accepted.
    ColdStart,
}

impl Work {
    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Throughput => "throughput",
            Self::OnePerConnection => "one-per-connection",
            Self::ColdStart => "cold-start",
        }
    }
}

/// How much of it, for each contender and in all its rounds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// So many mails, or handshakes.
    Mails(u64),
    /// So long.
    Time(Duration),
}

impl Limit {
    /// The part of one round, `None` if nothing is left for it; what cannot be divided goes to the
    /// first rounds.
    #[must_use]
    pub fn of_round(self, round: u32, rounds: u32) -> Option<Self> {
        let rounds = rounds.max(1);
        match self {
            Self::Time(time) => Some(Self::Time(time / rounds)),
            Self::Mails(mails) => {
                let (each, rest) = (mails / u64::from(rounds), mails % u64::from(rounds));
                let mails = each + u64::from(u64::from(round) < rest);
                (mails > 0).then_some(Self::Mails(mails))
            }
        }
    }
}

/// What all contenders are to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The work.
    pub work: Work,
    /// How much of it.
    pub limit: Limit,
    /// In how many slices, the contenders taking turns.
    pub rounds: u32,
    /// How long each contender works before anything is measured.
    pub warm_up: Duration,
    /// How many connections work at once.
    pub connections: usize,
    /// Begins so many mails, or handshakes, a second over all connections, at fixed times; `None` is
    /// as fast as it goes.
    pub rate: Option<f64>,
    /// Octets of each mail.
    pub octets: usize,
    /// The reverse-path; `None` is `<>`.
    pub sender: Option<String>,
    /// The recipients of each mail.
    pub recipients: Vec<String>,
    /// What the simulated way to the server is like; with the default there is no link in between.
    pub path: Path,
    /// Which cores the sides run on.
    pub pinning: Pinning,
}

/// The envelope of every message.
///
/// # Errors
/// If an address is none, or there is no recipient.
pub(super) fn envelope(sender: Option<&str>, recipients: &[String]) -> Result<Envelope, Error> {
    let sender = sender.map(str::parse).transpose()?;
    let recipients = recipients.iter().map(|to| to.parse()).collect::<Result<_, _>>()?;
    Envelope::new(sender, recipients)
}

/// Changes how the embedded server is reached: with which mechanism, say.
pub type Adjust<'a> = &'a dyn Fn(&mut Server) -> Result<(), Error>;

/// The server that is measured against.
#[derive(Clone, Copy)]
pub enum Against<'a> {
    /// The embedded one, in a process of its own, with TLS as said.
    Embedded(Security, Adjust<'a>),
    /// Somebody's. What it has stored cannot be known.
    Server(&'a Server),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_share_all_there_is() {
        let parts = |mails, rounds| -> Vec<u64> {
            let of = |round| match Limit::Mails(mails).of_round(round, rounds) {
                Some(Limit::Mails(mails)) => mails,
                _ => 0,
            };
            (0..rounds).map(of).collect()
        };
        assert_eq!(parts(11, 4), [3, 3, 3, 2]);
        assert_eq!(parts(2, 3), [1, 1, 0]);
        let second = Limit::Time(Duration::from_secs(4)).of_round(3, 4);
        assert_eq!(second, Some(Limit::Time(Duration::from_secs(1))));
    }
}

//! What the processes of a run say to each other: a line of JSON each, over stdin and stdout.

use std::{
    io::{self, BufRead, Write},
    time::Duration,
};

use mailer::{Error, Kind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{Account, Cpu, Limit, Problem, Work, target::Target};

/// What a contender's process is told.
#[derive(Serialize, Deserialize)]
pub(super) enum Order {
    /// Makes ready for this job; answered by [`Answer::Ready`].
    Prepare(Box<Job>),
    /// Opens that many connections on that route, and leaves those behind that take longer than `limit`;
    /// [`Answer::Opened`].
    Open { route: usize, connections: usize, limit: Option<Duration> },
    /// Works; [`Answer::Progress`] if asked for, and [`Answer::Done`].
    Run(Slice),
    /// Closes all connections; [`Answer::Ready`].
    Close,
    /// Sends one mail over a connection of its own; [`Answer::Done`].
    Probe,
    /// Tells what the process has used at most; [`Answer::Peak`].
    Peak,
    /// Ends the slice that runs, early.
    Stop,
}

/// All that stays the same for a contender.
#[derive(Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) target: Target,
    /// Where TCP goes instead: the ways to the server that slices can take, if there is a choice.
    pub(super) routes: Vec<std::net::SocketAddr>,
    pub(super) work: Work,
    pub(super) octets: usize,
    pub(super) sender: Option<String>,
    pub(super) recipients: Vec<String>,
    pub(super) cores: Vec<usize>,
}

/// One piece of a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Slice {
    pub(super) route: usize,
    /// As many are opened, unless there are open ones.
    pub(super) connections: usize,
    pub(super) limit: Limit,
    /// How long after its beginning what is still under way is left behind; `None`: never.
    pub(super) cutoff: Option<Duration>,
    /// Mails a second over all connections, begun at fixed times; `None`: as fast as it goes.
    pub(super) rate: Option<f64>,
    /// How often to tell how many are done.
    pub(super) progress: Option<Duration>,
}

/// What a contender's process answers.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    Ready,
    /// The connections that could be opened are open. The account has the errors of those that are given
    /// up, and `gave_up` if there is nothing to work on.
    Opened(Box<Account>),
    /// How many pieces of work are done so far in this slice.
    Progress(u64),
    Done(Box<Account>),
    Peak(Option<u64>),
    /// It cannot go on.
    Failed(Problem),
}

/// What the server's process is told.
#[derive(Serialize, Deserialize)]
pub(super) enum ServerOrder {
    /// Starts; answered by [`ServerAnswer::Serving`].
    Serve { security: String, cores: Vec<usize> },
    /// Tells what it has stored; [`ServerAnswer::Stored`].
    Tell,
}

/// What the server's process answers.
#[derive(Serialize, Deserialize)]
pub(super) enum ServerAnswer {
    Serving(Box<Target>),
    Stored(Stored),
    Failed(Problem),
}

/// What the embedded server has seen since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) mails: u64,
    pub(super) octets: u64,
    pub(super) checksum: u64,
    /// Of all mails together.
    pub(super) recipients: u64,
    /// The connection that the last mail came by, counted from 1.
    pub(super) session: u64,
    pub(super) cpu: Option<Cpu>,
    pub(super) peak_memory: Option<u64>,
}

/// Writes one message. What it was made of is wiped, since it may hold a password.
pub(super) fn say(mut to: impl Write, message: &impl Serialize) -> io::Result<()> {
    // Room enough that it need not grow, which would leave copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(64 * 1024));
    serde_json::to_writer(&mut *line, message)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Reads one message; `None` at the end.
pub(super) fn hear<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Zeroizing::new(String::with_capacity(64 * 1024));
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}

/// The error of a process that cannot be talked to any more.
pub(super) fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(Kind::Internal, "a process of the run cannot be talked to").because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_lines() {
        let mut pipe = Vec::new();
        say(&mut pipe, &Answer::Progress(3)).unwrap();
        say(&mut pipe, &Answer::Ready).unwrap();
        let mut from = pipe.as_slice();
        assert!(matches!(hear(&mut from).unwrap(), Some(Answer::Progress(3))));
        assert!(matches!(hear(&mut from).unwrap(), Some(Answer::Ready)));
        assert!(hear::<Answer>(&mut from).unwrap().is_none());
        assert!(hear::<Answer>(&mut b"{\n".as_slice()).is_err());
    }
}

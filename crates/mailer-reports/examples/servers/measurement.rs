//! Sends messages to one server with each flow, in turns, and returns the time per message.

use std::time::{Duration, Instant};

use mailer::{Envelope, Error, Mail, Message, Outcome, Server, TlsLibrary};
use mailer_backends::{Flow, Options, find};
use mailer_lab::Contender;
use mailer_reports::TextResult;

/// A server to measure at.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) server: Server,
    pub(crate) recipient: String,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// The messages of each flow in a round, over one connection. OpenSMTPD accepts a hundred.
    pub(crate) messages: u32,
}

impl Effort {
    pub(crate) const FULL: Self = Self { rounds: 15, messages: 20 };
    pub(crate) const TEST: Self = Self { rounds: 1, messages: 3 };
}

/// The time per message at one server, for each of [`COLUMNS`].
pub(crate) struct ServerTimes {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

/// The times of the rounds of one column.
#[derive(Clone, Copy, Default)]
pub(crate) struct Column {
    pub(crate) median: Duration,
    pub(crate) lower_quartile: Duration,
}

/// What is measured: a flow, and whether ACKs are left to the system.
pub(crate) const COLUMNS: [(Flow, bool); 6] = [
    (Flow::Lockstep, false),
    (Flow::Pipelined, false),
    (Flow::Overlapped, false),
    (Flow::Chunked, false),
    (Flow::Streamed, false),
    (Flow::Pipelined, true),
];

/// Measures each column at this server.
///
/// # Errors
/// The first message that is not accepted: then the server has no result.
pub(crate) fn measure(target: &Target, effort: Effort) -> TextResult<ServerTimes> {
    let fail = |error: Error| match error.cause() {
        Some(cause) => format!("{}: {error} ({cause})", target.name),
        None => format!("{}: {error}", target.name),
    };
    let mail = mail(&target.recipient).map_err(fail)?;
    let raw = find("raw").map_err(fail)?;
    let contenders = COLUMNS.map(|(flow, delayed_ack)| {
        raw.contender(Options { delayed_ack, ..flow.into() }, TlsLibrary::default())
    });
    let mut times: Vec<Vec<Duration>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..effort.rounds {
        for (contender, times) in contenders.iter().zip(&mut times) {
            times.push(time_of_one(contender, target, &mail, effort.messages).map_err(fail)?);
        }
    }
    let columns = times.into_iter().map(Column::new).collect();
    Ok(ServerTimes { name: target.name.clone(), columns })
}

/// Returns the time per message over one connection, without its opening and closing.
fn time_of_one(
    contender: &Contender,
    target: &Target,
    mail: &Mail,
    messages: u32,
) -> Result<Duration, Error> {
    let mut mailer = (contender.make)(&target.server)?;
    mailer.open()?;
    let mut failure = None;
    let mails = (0..messages).map(|_| mail.clone());
    let started = Instant::now();
    mailer.send_many(&mut mails.into_iter(), &mut |_, receipt| {
        if receipt.outcome != Outcome::Accepted {
            failure = receipt.error.clone();
        }
    });
    let elapsed = started.elapsed();
    // A server may refuse QUIT; the messages are accepted already.
    let _ = mailer.close();
    failure.map_or(Ok(elapsed / messages), Err)
}

/// A message of 1 KiB.
fn mail(recipient: &str) -> Result<Mail, Error> {
    let sender = "ann@example.test".parse()?;
    let envelope = Envelope::new(Some(sender), vec![recipient.parse()?])?;
    let text = "A line of thirty-two bytes, yes\r\n".repeat(30);
    let message = Message::from_bytes(format!("Subject: A measurement\r\n\r\n{text}"))?;
    Ok(Mail::new(envelope, message))
}

impl Column {
    fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        Self { median: at(times.len() / 2), lower_quartile: at(times.len() / 4) }
    }
}

//! Sends messages to one server with each flow, in turns, and returns the time per message.
//!
//! Only messages over an open connection are timed: opening it costs the same with each flow, and a login may take
//! longer than many messages. In each round every column has its turn, so a round in which the machine was busy is
//! slow for all of them, and a flow is compared with `lockstep` of the same round.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use mailer::{Envelope, Error, Kind, Mail, Message, Outcome, Server, Step, TlsLibrary, Trace};
use mailer_backends::{Backend, Capabilities, Flow, Options, find};
use mailer_compare::{EventKind, Recorder};
use mailer_lab::Contender;
use mailer_reports::TextResult;

/// A server to measure at.
pub(crate) struct Target {
    /// The name of its row.
    pub(crate) name: String,
    pub(crate) server: Server,
    /// A recipient that the server accepts.
    pub(crate) recipient: String,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// The messages of each column in a round, over one connection. OpenSMTPD accepts a hundred.
    pub(crate) messages: u32,
}

impl Effort {
    pub(crate) const FULL: Self = Self { rounds: 15, messages: 20 };
    pub(crate) const TEST: Self = Self { rounds: 1, messages: 3 };

    /// Returns the load on one server.
    pub(crate) fn load(self) -> Load {
        let turns = self.rounds * COLUMNS.len();
        // One connection more asks for the announcement.
        Load { connections: turns + 1, messages: turns * self.messages as usize }
    }
}

/// The load on one server in a run.
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) messages: usize,
}

/// The result at one server.
pub(crate) struct ServerTimes {
    pub(crate) name: String,
    /// What the server announced where MAIL is allowed: inside TLS, if there is TLS.
    pub(crate) announced: Capabilities,
    /// The results of [`COLUMNS`], in their order.
    pub(crate) columns: Vec<Column>,
}

/// The times per message of one column, one for each round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column(pub(crate) Vec<Duration>);

/// What is measured: a flow, and whether acknowledgements are left to the system. The others are compared with the first.
pub(crate) const COLUMNS: [(Flow, bool); 6] = [
    (Flow::Lockstep, false),
    (Flow::Pipelined, false),
    (Flow::Overlapped, false),
    (Flow::Chunked, false),
    (Flow::Streamed, false),
    (Flow::Pipelined, true),
];

impl Column {
    pub(crate) fn median(&self) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    /// Returns in how many rounds this column took longer than the other one.
    pub(crate) fn rounds_slower_than(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).filter(|(own, other)| own > other).count()
    }
}

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
    let announced = announced(raw, &target.server).map_err(fail)?;
    let contenders = COLUMNS.map(|(flow, delayed_ack)| {
        raw.contender(Options { delayed_ack, ..flow.into() }, TlsLibrary::default())
    });
    let mut columns = vec![Column::default(); COLUMNS.len()];
    for _ in 0..effort.rounds {
        for (contender, column) in contenders.iter().zip(&mut columns) {
            column
                .0
                .push(time_per_message(contender, target, &mail, effort.messages).map_err(fail)?);
        }
    }
    Ok(ServerTimes { name: target.name.clone(), announced, columns })
}

/// Returns what the server announces in the last reply to EHLO.
fn announced(raw: &Backend, server: &Server) -> Result<Capabilities, Error> {
    let mut mailer = raw.make(server, &Options::default())?;
    let recorder = Arc::new(Recorder::default());
    mailer.trace_to(Some(Arc::clone(&recorder) as Arc<dyn Trace>));
    mailer.open()?;
    // A server may refuse QUIT; its announcement is known already.
    let _ = mailer.close();
    let last = recorder.take().into_iter().rev().find_map(|event| match event.kind {
        EventKind::Received { step: Step::Ehlo | Step::EhloAgain, reply } => Some(reply),
        _ => None,
    });
    // A server that knows HELO only announces nothing.
    Ok(last.map(|reply| Capabilities::from_reply(&reply)).unwrap_or_default())
}

/// Returns the time per message over one connection, without its opening and closing.
fn time_per_message(
    contender: &Contender,
    target: &Target,
    mail: &Mail,
    messages: u32,
) -> Result<Duration, Error> {
    let mut mailer = (contender.make)(&target.server)?;
    mailer.open()?;
    let (mut accepted, mut failure) = (0, None);
    let mails = (0..messages).map(|_| mail.clone());
    let started = Instant::now();
    mailer.send_many(&mut mails.into_iter(), &mut |_, receipt| match receipt.outcome {
        Outcome::Accepted => accepted += 1,
        _ => failure = failure.take().or_else(|| receipt.error.clone()),
    });
    let elapsed = started.elapsed();
    // A server may refuse QUIT; the messages are accepted already.
    let _ = mailer.close();
    match failure {
        Some(error) => Err(error),
        None if accepted < messages => {
            let what = format!("{accepted} of {messages} messages were accepted");
            Err(Error::new(Kind::Internal, what))
        }
        None => Ok(elapsed / messages),
    }
}

/// Returns a message of 1 KiB.
fn mail(recipient: &str) -> Result<Mail, Error> {
    let sender = "ann@example.test".parse()?;
    let envelope = Envelope::new(Some(sender), vec![recipient.parse()?])?;
    let text = "This line has thirty-two bytes\r\n".repeat(31);
    let message = Message::from_bytes(format!("Subject: A message of 1 KiB.\r\n\r\n{text}"))?;
    Ok(Mail::new(envelope, message))
}

#[cfg(test)]
mod tests {
    use mailer::Content;

    use super::*;

    #[test]
    fn rounds_are_compared_one_by_one() {
        let column = |times: [u64; 4]| Column(times.map(Duration::from_millis).to_vec());
        let (lockstep, other) = (column([10, 90, 10, 10]), column([11, 80, 12, 10]));
        assert_eq!(other.rounds_slower_than(&lockstep), 2);
        assert_eq!(other.median(), Duration::from_millis(12));
    }

    #[test]
    fn the_message_has_1_kib() {
        let mail = mail("bob@example.test").unwrap();
        assert!(matches!(mail.content(), Content::Message(message) if message.size() == 1024));
    }
}

//! One connection at work.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use mailer::{Error, Mailer, Outcome, Receipt};

use super::{Work, numbered::Messages, record::Record, schedule::Schedule};

/// How long to keep still after the first failure that may be over later, and twice as long after
/// each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After so many failures in a row nothing is going through.
const MOST_FAILURES: u32 = 8;

/// A connection, and the messages that it sends.
pub(super) struct Lane {
    mailer: Box<dyn Mailer>,
    messages: Messages,
    record: Record,
    /// Whether the server has been reached and was ready for a mail.
    has_worked: bool,
}

impl Lane {
    /// A connection that is not open.
    pub(super) fn new(mailer: Box<dyn Mailer>, messages: Messages) -> Self {
        Self { mailer, messages, record: Record::default(), has_worked: false }
    }

    /// The messages that it sent, to make others of.
    pub(super) fn into_messages(self) -> Messages {
        self.messages
    }

    /// A fresh record of what is done from now on.
    pub(super) fn start_record(&mut self) -> Record {
        self.record = Record::default();
        self.record.clone()
    }

    /// Whether the server has been reached and was ready for a mail.
    pub(super) fn has_worked(&self) -> bool {
        self.has_worked
    }

    /// Opens the connection before any work.
    pub(super) fn open(&mut self) {
        match self.mailer.open() {
            Ok(()) => self.has_worked = true,
            Err(error) => self.record.note(&error),
        }
    }

    /// Closes in good order, which is nobody's time and nobody's error.
    pub(super) fn close(&mut self) {
        let _ = self.mailer.close();
    }

    /// Works until there is nothing left to do, or nothing goes through.
    pub(super) fn run(&mut self, work: Work, schedule: &Schedule) {
        self.record.begin();
        let mut failures = 0;
        while let Some(due) = schedule.wait() {
            let before = self.record.accepted();
            let trouble = match work {
                Work::Handshake => self.handshake(due, schedule),
                Work::OnePerConnection => self.visit(due, schedule),
                Work::Throughput | Work::ColdStart => self.mails(due, schedule),
            };
            if self.record.accepted() > before {
                failures = 0;
                self.has_worked = true;
            }
            match next(trouble, self.has_worked, &mut failures) {
                Next::Work => {}
                Next::Pause { time, asked } => {
                    let from = Instant::now();
                    schedule.pause(time);
                    self.record.paused(from.elapsed(), asked);
                }
                Next::GiveUp => {
                    self.record.give_up();
                    break;
                }
            }
        }
        self.record.end();
    }

    /// Opens and closes; only the former is timed.
    fn handshake(&mut self, due: Instant, schedule: &Schedule) -> Option<Trouble> {
        self.record.take_up(due, None);
        let receipt = match self.mailer.open() {
            Ok(()) => Receipt::accepted(Vec::new(), mailer::Reply::default()),
            Err(error) => Receipt::not_sent(error),
        };
        self.record.settle(&receipt);
        schedule.count_done();
        // A server that does not say goodbye in good order has been open all the same.
        self.close();
        Trouble::of(&receipt)
    }

    /// Opens, sends one mail and closes; all of it is timed.
    fn visit(&mut self, due: Instant, schedule: &Schedule) -> Option<Trouble> {
        let (mail, stamp) = match self.messages.next(due, 0) {
            Ok(next) => next,
            Err(error) => return self.cannot_make(&error),
        };
        self.record.take_up(due, Some(stamp));
        let receipt = self.mailer.send(&mail);
        // What the goodbye comes to never changes what became of the mail.
        self.close();
        self.record.settle(&receipt);
        schedule.count_done();
        Trouble::of(&receipt)
    }

    /// Sends mails for as long as there is one due and all goes well.
    fn mails(&mut self, due: Instant, schedule: &Schedule) -> Option<Trouble> {
        let (messages, record) = (&mut self.messages, &self.record);
        let (trouble, wrong) = (Cell::new(None), Cell::new(None));
        let mut first = Some(due);
        let mut mails = std::iter::from_fn(|| {
            if trouble.get().is_some() {
                return None;
            }
            let due = first.take().or_else(|| schedule.due())?;
            let next = messages.next(due, record.under_way());
            let (mail, stamp) = next.map_err(|error| wrong.set(Some(error))).ok()?;
            record.take_up(due, Some(stamp));
            Some(mail)
        });
        let mut settled = |_, receipt: &Receipt| {
            record.settle(receipt);
            schedule.count_done();
            trouble.set(trouble.get().max(Trouble::of(receipt)));
        };
        self.mailer.send_many(&mut mails, &mut settled);
        match wrong.take() {
            Some(error) => self.cannot_make(&error),
            None => trouble.get(),
        }
    }

    /// A message could not be made, so no other can.
    fn cannot_make(&self, error: &Error) -> Option<Trouble> {
        self.record.note(error);
        Some(Trouble::Fatal)
    }
}

/// Why to stop sending for now, from the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// The server said to come later (RFC 5321 §4.2.1, replies 4yz).
    Postponed,
    /// The connection broke, which it may not do again.
    Broken,
    /// No connection, or no answer in time.
    Unanswered,
    /// This one was refused.
    Refused,
    /// No other will do better.
    Fatal,
}

impl Trouble {
    fn of(receipt: &Receipt) -> Option<Self> {
        use mailer::Kind;
        match (receipt.outcome, receipt.error.as_ref().map(Error::kind)) {
            (Outcome::Accepted | Outcome::Partial, _) => None,
            (_, Some(Kind::Temporary)) => Some(Self::Postponed),
            (_, Some(Kind::Unreachable | Kind::TimedOut)) => Some(Self::Unanswered),
            (_, Some(kind)) if kind.is_temporary() => Some(Self::Broken),
            (_, Some(Kind::Refused)) if !is_too_large(receipt) => Some(Self::Refused),
            _ => Some(Self::Fatal),
        }
    }
}

/// RFC 1870 §6.1: a mail that is too large once is so again, and all are of one size.
fn is_too_large(receipt: &Receipt) -> bool {
    let reply = receipt.error.as_ref().and_then(Error::server_reply);
    reply.is_some_and(|reply| reply.code == 552)
}

/// What a connection does next.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Work,
    /// Keeps still, because the server has asked for it or because trying again at once is no use.
    Pause {
        time: Duration,
        asked: bool,
    },
    GiveUp,
}

/// Decides by what has just happened, by how often that was in a row, and by whether the server has ever
/// been ready: one that has not answered at first is not waited for again.
fn next(trouble: Option<Trouble>, has_worked: bool, failures: &mut u32) -> Next {
    let Some(trouble) = trouble else { return Next::Work };
    *failures += 1;
    match trouble {
        Trouble::Fatal => Next::GiveUp,
        Trouble::Unanswered if !has_worked => Next::GiveUp,
        _ if *failures >= MOST_FAILURES => Next::GiveUp,
        Trouble::Refused => Next::Work,
        Trouble::Postponed | Trouble::Broken | Trouble::Unanswered => Next::Pause {
            time: (FIRST_PAUSE * 2_u32.pow(*failures - 1)).min(LONGEST_PAUSE),
            asked: trouble == Trouble::Postponed,
        },
    }
}

#[cfg(test)]
mod tests {
    use mailer::{Reply, Step};

    use super::*;

    #[test]
    fn pauses_double_and_end_in_giving_up() {
        let mut failures = 0;
        let pauses: Vec<Next> = (0..MOST_FAILURES)
            .map(|_| next(Some(Trouble::Postponed), true, &mut failures))
            .collect();
        let pause = |time| Next::Pause { time, asked: true };
        assert_eq!(pauses[0], pause(FIRST_PAUSE));
        assert_eq!(pauses[2], pause(FIRST_PAUSE * 4));
        assert_eq!(pauses[6], pause(LONGEST_PAUSE));
        assert_eq!(pauses[7], Next::GiveUp);
    }

    #[test]
    fn what_cannot_pass_ends_it() {
        let mut failures = 0;
        assert_eq!(next(None, true, &mut failures), Next::Work);
        assert_eq!(failures, 0);
        assert_eq!(next(Some(Trouble::Refused), true, &mut failures), Next::Work);
        assert_eq!(next(Some(Trouble::Fatal), true, &mut failures), Next::GiveUp);
    }

    #[test]
    fn a_server_that_never_answered_is_not_tried_again() {
        assert_eq!(next(Some(Trouble::Unanswered), false, &mut 0), Next::GiveUp);
        let pause = Next::Pause { time: FIRST_PAUSE, asked: false };
        assert_eq!(next(Some(Trouble::Unanswered), true, &mut 0), pause);
    }

    #[test]
    fn only_a_reply_asks_for_a_pause() {
        let trouble = |error| Trouble::of(&Receipt::not_sent(error));
        let busy = Error::refused(Step::Mail, Reply::new(451, "later"));
        assert_eq!(trouble(busy), Some(Trouble::Postponed));
        assert_eq!(trouble(Error::lost(Step::Mail)), Some(Trouble::Broken));
        let late = Error::timed_out(Step::Mail, Duration::from_secs(1));
        assert_eq!(trouble(late), Some(Trouble::Unanswered));
    }
}

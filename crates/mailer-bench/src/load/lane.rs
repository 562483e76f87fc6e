//! One connection at work.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    time::{Duration, Instant},
};

use mailer::{Error, Mail, Mailer, Outcome, Receipt};

use super::{Account, Work, schedule::Schedule};

/// How long to keep still after the first failure that may be over later, and twice as long after
/// each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After so many failures in a row nothing is going through.
const MOST_FAILURES: u32 = 8;

/// A connection, and the mail that it sends over and over.
pub(super) struct Lane {
    pub(super) mailer: Box<dyn Mailer>,
    pub(super) mail: Mail,
}

/// What the work on one connection came to, and when.
pub(super) struct Worked {
    pub(super) account: Account,
    pub(super) begun: Instant,
    pub(super) ended: Instant,
}

impl Lane {
    /// Works until there is nothing left to do, or nothing goes through.
    pub(super) fn run(&mut self, work: Work, schedule: &Schedule<'_>) -> Worked {
        let begun = Instant::now();
        let mut account = Account::default();
        let mut failures = 0;
        while let Some(due) = schedule.wait() {
            let before = account.latencies.count();
            let trouble = match work {
                Work::Handshake => self.handshake(due, schedule, &mut account),
                Work::OnePerConnection => self.visit(due, schedule, &mut account),
                Work::Throughput | Work::ColdStart => self.mails(due, schedule, &mut account),
            };
            if account.latencies.count() > before {
                failures = 0;
            }
            match next(trouble, &mut failures) {
                Next::Work => {}
                Next::Pause(time) => {
                    let from = Instant::now();
                    schedule.pause(time);
                    account.backed_off += from.elapsed();
                }
                Next::GiveUp => {
                    account.gave_up = 1;
                    break;
                }
            }
        }
        Worked { account, begun, ended: Instant::now() }
    }

    /// Opens and closes; only the former is timed.
    fn handshake(
        &mut self,
        due: Instant,
        schedule: &Schedule<'_>,
        account: &mut Account,
    ) -> Option<Trouble> {
        let opened = self.mailer.open();
        let latency = due.elapsed();
        let receipt = match opened {
            Ok(()) => Receipt::accepted(Vec::new(), mailer::Reply::default()),
            Err(error) => Receipt::not_sent(error),
        };
        account.settle(&receipt, latency);
        schedule.count_done();
        // A server that does not say goodbye in good order has been open all the same.
        let _ = self.mailer.close();
        Trouble::of(&receipt)
    }

    /// Opens, sends one mail and closes; all of it is timed.
    fn visit(
        &mut self,
        due: Instant,
        schedule: &Schedule<'_>,
        account: &mut Account,
    ) -> Option<Trouble> {
        let receipt = self.mailer.send(&self.mail);
        // What the goodbye comes to never changes what became of the mail.
        let _ = self.mailer.close();
        account.settle(&receipt, due.elapsed());
        schedule.count_done();
        Trouble::of(&receipt)
    }

    /// Sends mails for as long as there is one due and all goes well.
    fn mails(
        &mut self,
        due: Instant,
        schedule: &Schedule<'_>,
        account: &mut Account,
    ) -> Option<Trouble> {
        let mail = &self.mail;
        let trouble = Cell::new(None);
        let under_way = RefCell::new(VecDeque::new());
        let mut first = Some(due);
        let mut mails = std::iter::from_fn(|| {
            if trouble.get().is_some() {
                return None;
            }
            let due = first.take().or_else(|| schedule.due())?;
            under_way.borrow_mut().push_back(due);
            Some(mail.clone())
        });
        let mut settled = |_, receipt: &Receipt| {
            let due = under_way.borrow_mut().pop_front();
            account.settle(receipt, due.map(|due| due.elapsed()).unwrap_or_default());
            schedule.count_done();
            trouble.set(Trouble::worse(trouble.get(), Trouble::of(receipt)));
        };
        self.mailer.send_many(&mut mails, &mut settled);
        trouble.get()
    }
}

/// Why to stop sending for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// It may be over later.
    Temporary,
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
            (_, Some(kind)) if kind.is_temporary() => Some(Self::Temporary),
            (_, Some(Kind::Refused)) if !is_too_large(receipt) => Some(Self::Refused),
            _ => Some(Self::Fatal),
        }
    }

    fn worse(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        one.max(other)
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
    Pause(Duration),
    GiveUp,
}

/// Decides by what has just happened, and by how often that was in a row.
fn next(trouble: Option<Trouble>, failures: &mut u32) -> Next {
    let Some(trouble) = trouble else { return Next::Work };
    *failures += 1;
    match trouble {
        Trouble::Fatal => Next::GiveUp,
        _ if *failures >= MOST_FAILURES => Next::GiveUp,
        Trouble::Refused => Next::Work,
        Trouble::Temporary => {
            Next::Pause((FIRST_PAUSE * 2_u32.pow(*failures - 1)).min(LONGEST_PAUSE))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end_in_giving_up() {
        let mut failures = 0;
        let pauses: Vec<Next> =
            (0..MOST_FAILURES).map(|_| next(Some(Trouble::Temporary), &mut failures)).collect();
        assert_eq!(pauses[0], Next::Pause(FIRST_PAUSE));
        assert_eq!(pauses[2], Next::Pause(FIRST_PAUSE * 4));
        assert_eq!(pauses[6], Next::Pause(LONGEST_PAUSE));
        assert_eq!(pauses[7], Next::GiveUp);
    }

    #[test]
    fn what_cannot_pass_ends_it() {
        let mut failures = 0;
        assert_eq!(next(None, &mut failures), Next::Work);
        assert_eq!(failures, 0);
        assert_eq!(next(Some(Trouble::Refused), &mut failures), Next::Work);
        assert_eq!(next(Some(Trouble::Fatal), &mut failures), Next::GiveUp);
    }
}

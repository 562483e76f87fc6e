//! A queue worker: it sends each mail until every recipient has it, has refused it, or is in doubt.
//!
//! The worker knows only the trait, so any backend fits. The backend of this example is a fake one that
//! needs no network: its server refuses `new@` for now at the first attempt, and `gone@` permanently.
//!
//! ```text
//! cargo run -p mailer --example queue
//! ```

use std::sync::Arc;

use mailer::{Address, Envelope, Error, Mail, Mailer, Message, Receipt, Reply, Retry, Step, Trace};

/// The maximum number of attempts per mail.
const MAX_ATTEMPTS: u32 = 5;

/// A mail in the queue.
struct Job {
    mail: Mail,
    attempts: u32,
}

/// A queue with its backend. A real one would also store its jobs on disk and wait between attempts.
struct Queue {
    mailer: Box<dyn Mailer>,
    jobs: Vec<Job>,
    log: Vec<String>,
}

impl Queue {
    fn new(mailer: Box<dyn Mailer>) -> Self {
        Self { mailer, jobs: Vec::new(), log: Vec::new() }
    }

    fn add(&mut self, mail: Mail) {
        self.jobs.push(Job { mail, attempts: 0 });
    }

    /// Attempts to send every mail once. Mails that need another attempt stay in the queue.
    ///
    /// # Errors
    /// Returns the reason if every mail would fail now: the server is down, or the password is wrong. The
    /// queue keeps its mails.
    fn work(&mut self) -> Result<(), Error> {
        let mut jobs = std::mem::take(&mut self.jobs).into_iter();
        while let Some(job) = jobs.next() {
            let receipt = self.mailer.send(&job.mail);
            if let Some(error) = receipt.error.as_ref().filter(|error| error.concerns_every_mail())
            {
                self.jobs.push(job);
                self.jobs.extend(jobs);
                return Err(error.clone());
            }
            let attempts = job.attempts + 1;
            match self.decide(&job.mail, &receipt) {
                Some(mail) if attempts < MAX_ATTEMPTS => self.jobs.push(Job { mail, attempts }),
                Some(mail) => self.log_each(&mail, "too many attempts for", |_| true),
                None => {}
            }
        }
        Ok(())
    }

    /// Returns the mail for the next attempt, and logs the recipients that get none.
    fn decide(&mut self, mail: &Mail, receipt: &Receipt) -> Option<Mail> {
        let is = |wanted: Retry| move |position| receipt.retry_of(position) == wanted;
        self.log_each(mail, "delivered to", is(Retry::Done));
        self.log_each(mail, "refused by", is(Retry::Never));
        self.log_each(mail, "ask a person about", is(Retry::InDoubt));
        match receipt.retry() {
            Retry::Done | Retry::Never => None,
            Retry::Again => Some(mail.clone()),
            Retry::AgainFor(positions) => mail.for_recipients(&positions).ok(),
            // Recipients that were refused for now are not in doubt.
            Retry::InDoubt => {
                let count = mail.envelope().recipients().len();
                let again: Vec<usize> = (0..count).filter(|at| is(Retry::Again)(*at)).collect();
                mail.for_recipients(&again).ok()
            }
        }
    }

    fn log_each(&mut self, mail: &Mail, what: &str, is_wanted: impl Fn(usize) -> bool) {
        let recipients = mail.envelope().recipients().iter().enumerate();
        let wanted = recipients.filter(|(position, _)| is_wanted(*position));
        self.log.extend(wanted.map(|(_, recipient)| format!("{what} {recipient}")));
    }
}

/// A backend without a network.
#[derive(Default)]
struct Fake {
    attempts: u32,
}

impl Fake {
    fn reply_to(&self, recipient: &Address) -> Reply {
        match recipient.local() {
            "gone" => Reply::new(550, "5.1.1 no such mailbox"),
            "new" if self.attempts == 1 => Reply::new(450, "4.2.0 greylisted"),
            _ => Reply::new(250, "2.1.5 ok"),
        }
    }
}

impl Mailer for Fake {
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        self.attempts += 1;
        let recipients = mail.envelope().recipients().iter();
        let replies: Vec<Reply> = recipients.map(|to| self.reply_to(to)).collect();
        let refused = replies.iter().find(|reply| !reply.is_positive()).cloned();
        let is_accepted = replies.iter().any(Reply::is_positive);
        let error = refused.map(|reply| Error::refused(Step::Recipient, reply));
        let (replies, queued) =
            (replies.into_iter().map(Some).collect(), Reply::new(250, "2.0.0 queued"));
        match error {
            None => Receipt::accepted(replies, queued),
            Some(error) if is_accepted => Receipt::partial(replies, queued, error),
            Some(error) => Receipt::rejected(error).with_recipients(replies),
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
}

fn mail(recipients: &[&str]) -> Result<Mail, Error> {
    let recipients = recipients.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let envelope = Envelope::new(Some("ann@example.com".parse()?), recipients)?;
    Ok(Mail::new(envelope, Message::from_bytes("Subject: hello\r\n\r\nHello.\r\n")?))
}

fn run() -> Result<Vec<String>, Error> {
    let mut queue = Queue::new(Box::new(Fake::default()));
    queue.add(mail(&["bob@example.com", "new@example.com", "gone@example.com"])?);
    while !queue.jobs.is_empty() {
        queue.work()?;
    }
    queue.mailer.close()?;
    Ok(queue.log)
}

#[expect(clippy::print_stdout, reason = "the example shows its log")]
fn main() -> Result<(), Error> {
    run()?.iter().for_each(|line| println!("{line}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recipient_gets_the_mail_once_or_is_reported() {
        let wanted = ["delivered to bob@", "refused by gone@", "delivered to new@"];
        let log = run().unwrap();
        assert_eq!(log, wanted.map(|line| format!("{line}example.com")));
    }

    /// A mailer that returns this receipt for each mail.
    struct Fixed(Receipt);

    impl Mailer for Fixed {
        fn open(&mut self) -> Result<(), Error> {
            Ok(())
        }

        fn send(&mut self, _: &Mail) -> Receipt {
            self.0.clone()
        }

        fn close(&mut self) -> Result<(), Error> {
            Ok(())
        }

        fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
    }

    #[test]
    fn a_mail_in_doubt_is_not_sent_again() {
        let receipt = Receipt::unknown(Error::lost(Step::EndOfData));
        let mut queue = Queue::new(Box::new(Fixed(receipt)));
        queue.add(mail(&["bob@example.com"]).unwrap());
        queue.work().unwrap();
        assert!(queue.jobs.is_empty());
        assert_eq!(queue.log, ["ask a person about bob@example.com"]);
    }

    #[test]
    fn a_wrong_password_loses_no_mail() {
        let refused = Error::refused(Step::Auth, Reply::new(535, "5.7.8 authentication failed"));
        let mut queue = Queue::new(Box::new(Fixed(Receipt::not_sent(refused))));
        queue.add(mail(&["bob@example.com"]).unwrap());
        queue.add(mail(&["cid@example.com"]).unwrap());
        assert!(queue.work().is_err());
        assert_eq!(queue.jobs.len(), 2);
        assert!(queue.log.is_empty());
    }
}

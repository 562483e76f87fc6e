//! One mail on a connection of its own, before which others may have gone over it.

use std::time::{Duration, Instant};

use mailer::{Envelope, Error, Kind, Mail, Mailer, Message, Outcome};
use mailer_bench::{
    site::Site,
    workload::{Measured, content},
};
use mailer_lab::Contender;

/// Opening, closing and the mails before are not timed.
///
/// TCP sends no more at once than it has seen acknowledged (RFC 5681 §3.1), so the first mail of a
/// connection takes more round trips than there are dialogues in it, and the next ones fewer.
pub(crate) struct OneMail {
    site: Site,
    mailer: Box<dyn Mailer>,
    mail: Mail,
    /// How many go before.
    before: u64,
    sent: u64,
}

impl OneMail {
    pub(crate) fn set_up(
        site: Site,
        contender: &Contender,
        octets: usize,
        before: u64,
    ) -> Result<Self, Error> {
        let sender = Some("ann@example.test".parse()?);
        let envelope = Envelope::new(sender, vec!["bob@example.test".parse()?])?;
        let mail = Mail::new(envelope, Message::from_bytes(content(octets))?);
        let mailer = (contender.make)(&site.server)?;
        Ok(Self { site, mailer, mail, before, sent: 0 })
    }

    fn send(&mut self) -> Result<Duration, Error> {
        let begun = Instant::now();
        let receipt = self.mailer.send(&self.mail);
        let took = begun.elapsed();
        match receipt.error {
            Some(error) => return Err(error),
            None if receipt.outcome != Outcome::Accepted => {
                return Err(wrong("a mail was refused"));
            }
            None => self.sent += 1,
        }
        Ok(took)
    }
}

impl Measured for OneMail {
    fn run(&mut self, times: u64) -> Result<Duration, Error> {
        let mut timed = Duration::ZERO;
        for _ in 0..times {
            self.mailer.open()?;
            for _ in 0..self.before {
                self.send()?;
            }
            timed += self.send()?;
            self.mailer.close()?;
        }
        Ok(timed)
    }

    fn check(&mut self) -> Result<(), Error> {
        let stored = self.site.stored()?.mails;
        if stored == self.sent { Ok(()) } else { Err(wrong("the server has other mails")) }
    }
}

fn wrong(what: &str) -> Error {
    Error::new(Kind::Internal, format!("the run is not valid: {what}"))
}

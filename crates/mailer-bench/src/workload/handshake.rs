//! Opening a connection, up to the point where MAIL would be taken.

use std::time::{Duration, Instant};

use mailer::{Envelope, Error, Mail, Mailer, Message, Outcome};

use super::{Measured, wrong};
use crate::site::{Site, Stored};
use mailer_lab::Contender;

pub(super) struct Handshake {
    site: Site,
    mailer: Box<dyn Mailer>,
    /// How often a connection was asked for.
    opened: u64,
}

impl Handshake {
    pub(super) fn set_up(site: Site, contender: &Contender) -> Result<Self, Error> {
        let mailer = (contender.make)(&site.server)?;
        Ok(Self { site, mailer, opened: 0 })
    }
}

impl Measured for Handshake {
    fn run(&mut self, times: u64) -> Result<Duration, Error> {
        let mut timed = Duration::ZERO;
        for _ in 0..times {
            let start = Instant::now();
            self.mailer.open()?;
            timed += start.elapsed();
            self.opened += 1;
            self.mailer.close()?;
        }
        Ok(timed)
    }

    /// A mail over one more connection shows that the server would have taken one, and the number
    /// of its session that every run had a connection of its own.
    fn check(&mut self) -> Result<(), Error> {
        self.opened += 1;
        let receipt = self.mailer.send(&probe()?);
        self.mailer.close()?;
        if let Some(error) = receipt.error {
            return Err(error);
        }
        let Stored { arrived: mails, .. } = self.site.stored()?;
        let [mail] = mails.as_slice() else {
            return Err(wrong(&format!("{} mails were stored instead of one", mails.len())));
        };
        if receipt.outcome != Outcome::Accepted || !mail.authenticated {
            return Err(wrong("the connection was not ready for a mail"));
        }
        if mail.session != self.opened {
            let (opened, seen) = (self.opened, mail.session);
            return Err(wrong(&format!("{opened} handshakes made {seen} connections")));
        }
        Ok(())
    }
}

fn probe() -> Result<Mail, Error> {
    let sender = Some("ann@example.test".parse()?);
    let envelope = Envelope::new(sender, vec!["bob@example.test".parse()?])?;
    Ok(Mail::new(envelope, Message::from_bytes("Subject: probe\r\n\r\nReady.\r\n")?))
}

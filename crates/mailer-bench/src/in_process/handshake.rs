//! Opening a connection until the server would accept MAIL.

use std::time::{Duration, Instant};

use mailer::{Envelope, Error, Mail, Mailer, Message, Outcome};
use mailer_lab::Contender;

use super::measured::{Measured, invalid};
use crate::{counting_server::StoredTotals, test_server::TestServer};

pub(super) struct Handshake {
    server: TestServer,
    mailer: Box<dyn Mailer>,
    /// How many connections were asked for.
    opened: u64,
}

impl Handshake {
    pub(super) fn set_up(server: TestServer, contender: &Contender) -> Result<Self, Error> {
        let mailer = (contender.make)(&server.server)?;
        Ok(Self { server, mailer, opened: 0 })
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

    /// Sends a message over one more connection. It is accepted, so connections were ready for one; and
    /// the number of its connection shows how many there were.
    fn check(&mut self) -> Result<(), Error> {
        let before = self.server.totals()?;
        self.opened += 1;
        let receipt = self.mailer.send(&probe()?);
        self.mailer.close()?;
        if let Some(error) = receipt.error {
            return Err(error);
        }
        let after = self.server.totals()?;
        check_probe(&before, &after, receipt.outcome)?;
        if after.last_connection != self.opened {
            let (opened, seen) = (self.opened, after.last_connection);
            return Err(invalid(&format!("{opened} handshakes made {seen} connections")));
        }
        Ok(())
    }
}

fn check_probe(before: &StoredTotals, after: &StoredTotals, outcome: Outcome) -> Result<(), Error> {
    let stored = after.messages - before.messages;
    if stored != 1 {
        return Err(invalid(&format!("{stored} messages were stored instead of one")));
    }
    if outcome != Outcome::Accepted || after.authenticated == before.authenticated {
        return Err(invalid("the connection was not ready for a message"));
    }
    Ok(())
}

fn probe() -> Result<Mail, Error> {
    let sender = Some("ann@example.test".parse()?);
    let envelope = Envelope::new(sender, vec!["bob@example.test".parse()?])?;
    Ok(Mail::new(envelope, Message::from_bytes("Subject: probe\r\n\r\nReady.\r\n")?))
}

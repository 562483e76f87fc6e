//! One message on a connection of its own, possibly after others on the same connection.

use std::time::{Duration, Instant};

use mailer::{Envelope, Error, Kind, Mail, Mailer, Message, Outcome};
use mailer_bench::{in_process::Measured, message::content, test_server::TestServer};
use mailer_lab::Contender;

/// Sends messages of which only the last one on each connection is timed.
///
/// TCP starts slowly (RFC 5681 §3.1): it increases the amount of data in flight as acknowledgements arrive. So a
/// large message takes more round trips at the start of a connection than later.
pub(crate) struct OneMessage {
    server: TestServer,
    mailer: Box<dyn Mailer>,
    mail: Mail,
    /// The number of messages before the timed one.
    before: u64,
    sent: u64,
}

impl OneMessage {
    pub(crate) fn set_up(
        server: TestServer,
        contender: &Contender,
        size: usize,
        before: u64,
    ) -> Result<Self, Error> {
        let sender = Some("ann@example.test".parse()?);
        let envelope = Envelope::new(sender, vec!["bob@example.test".parse()?])?;
        let mail = Mail::new(envelope, Message::from_bytes(content(size))?);
        let mailer = (contender.make)(&server.server)?;
        Ok(Self { server, mailer, mail, before, sent: 0 })
    }

    fn send(&mut self) -> Result<Duration, Error> {
        let started = Instant::now();
        let receipt = self.mailer.send(&self.mail);
        let took = started.elapsed();
        match receipt.error {
            Some(error) => return Err(error),
            None if receipt.outcome != Outcome::Accepted => {
                return Err(invalid("a message was refused"));
            }
            None => self.sent += 1,
        }
        Ok(took)
    }
}

impl Measured for OneMessage {
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
        let stored = self.server.totals()?.messages;
        if stored == self.sent {
            Ok(())
        } else {
            Err(invalid("the server stored another number of messages"))
        }
    }
}

fn invalid(what: &str) -> Error {
    Error::new(Kind::Internal, format!("the run is not valid: {what}"))
}

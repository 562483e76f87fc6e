//! One message after another on an open connection.

use std::time::{Duration, Instant};

use mailer::{Envelope, Error, Mail, Mailer, Message, Outcome, Receipt};
use mailer_lab::Contender;
use mailer_server::Tally;

use super::measured::{Measured, invalid};
use crate::{floor, message::content, server_process::ServerKind, test_server::TestServer};

pub(super) struct Throughput {
    server: TestServer,
    mailer: Box<dyn Mailer>,
    mail: Mail,
    /// What one message adds to the server's totals.
    one: Tally,
    sent: u64,
}

impl Throughput {
    pub(super) fn set_up(
        server: TestServer,
        contender: &Contender,
        size: usize,
    ) -> Result<Self, Error> {
        let content = content(size);
        let mut one = Tally::default();
        // The floor that does nothing stores nothing.
        if contender.name != floor::NOTHING {
            one.count(&content);
        }
        let sender = Some("ann@example.test".parse()?);
        let envelope = Envelope::new(sender, vec!["bob@example.test".parse()?])?;
        let mail = Mail::new(envelope, Message::from_bytes(content)?);
        let mut mailer = (contender.make)(&server.server)?;
        mailer.open()?;
        Ok(Self { server, mailer, mail, one, sent: 0 })
    }
}

impl Measured for Throughput {
    fn run(&mut self, times: u64) -> Result<Duration, Error> {
        let (mut accepted, mut error) = (0, None);
        let mut mails = (0..times).map(|_| self.mail.clone());
        let mut settled = |_, receipt: &Receipt| match receipt.outcome {
            Outcome::Accepted => accepted += 1,
            _ => error = error.take().or_else(|| receipt.error.clone()),
        };
        let start = Instant::now();
        self.mailer.send_many(&mut mails, &mut settled);
        let timed = start.elapsed();
        self.sent += times;
        match error {
            Some(error) => Err(error),
            None if accepted < times => {
                Err(invalid(&format!("{accepted} of {times} messages were accepted")))
            }
            None => Ok(timed),
        }
    }

    fn check(&mut self) -> Result<(), Error> {
        let (messages, bytes) = (self.one.mails * self.sent, self.one.bytes * self.sent);
        let checksum = self.one.checksum.wrapping_mul(self.sent);
        let stored = self.server.totals()?;
        let is_right = match self.server.kind {
            ServerKind::Embedded => {
                (stored.messages, stored.bytes, stored.checksum) == (messages, bytes, checksum)
            }
            // A sink counts stuffed dots too, and does not examine the content.
            ServerKind::Sink => stored.messages == messages && stored.bytes >= bytes,
        };
        if is_right {
            return Ok(());
        }
        Err(invalid(&format!(
            "{messages} messages of {bytes} bytes in all were sent, and {} of {} bytes with another \
             checksum were stored",
            stored.messages, stored.bytes
        )))
    }
}

impl Drop for Throughput {
    fn drop(&mut self) {
        // Everything measured has been checked, and the server ends next.
        let _ = self.mailer.close();
    }
}

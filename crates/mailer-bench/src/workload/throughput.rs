//! One mail after another on an open connection.

use std::time::{Duration, Instant};

use mailer::{Envelope, Error, Mail, Mailer, Message, Outcome, Receipt};
use mailer_server::Tally;

use super::{Measured, wrong};
use crate::{
    floor,
    site::{Site, Stored},
};
use mailer_lab::Contender;

const HEADER: &str = "From: ann@example.test\r\n\
    To: bob@example.test\r\n\
    Subject: one of many\r\n\
    Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n\
    Message-ID: <one-of-many@example.test>\r\n\r\n";

/// Lines of a body, over and over. One in four begins with a dot, so that stuffing is paid for.
const LINES: [&str; 4] = [
    "What a mail says does not matter here, only how many octets it has to say.\r\n",
    "The quick brown fox jumps over the lazy dog, and the dog does not mind it.\r\n",
    ".A dot at the beginning of a line has to be doubled on its way and arrive.\r\n",
    "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 012345678\r\n",
];

pub(super) struct Throughput {
    site: Site,
    mailer: Box<dyn Mailer>,
    mail: Mail,
    /// What one mail adds to what the server has stored.
    one: Tally,
    sent: u64,
}

impl Throughput {
    pub(super) fn set_up(site: Site, contender: &Contender, octets: usize) -> Result<Self, Error> {
        let content = content(octets);
        let mut one = Tally::default();
        // Whoever does nothing is expected to.
        if contender.name != floor::NOTHING {
            one.count(&content);
        }
        let sender = Some("ann@example.test".parse()?);
        let envelope = Envelope::new(sender, vec!["bob@example.test".parse()?])?;
        let mail = Mail::new(envelope, Message::from_bytes(content)?);
        let mut mailer = (contender.make)(&site.server)?;
        mailer.open()?;
        Ok(Self { site, mailer, mail, one, sent: 0 })
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
                Err(wrong(&format!("{accepted} of {times} mails were accepted")))
            }
            None => Ok(timed),
        }
    }

    fn check(&mut self) -> Result<(), Error> {
        let sent = Stored {
            mails: self.one.mails * self.sent,
            octets: self.one.octets * self.sent,
            checksum: self.one.checksum.wrapping_mul(self.sent),
            arrived: Vec::new(),
        };
        let stored = self.site.stored()?;
        if stored == sent {
            return Ok(());
        }
        Err(wrong(&format!(
            "sent {} mails of {} octets in all, and stored were {} of {}, or others",
            sent.mails, sent.octets, stored.mails, stored.octets
        )))
    }
}

impl Drop for Throughput {
    fn drop(&mut self) {
        // What was measured has been checked; the server goes down next.
        let _ = self.mailer.close();
    }
}

/// A message of exactly that many octets, or a little more if they have no room for a header.
#[must_use]
pub fn content(octets: usize) -> Vec<u8> {
    filled(HEADER.into(), octets)
}

/// A message of this header, its empty line included, filled up to that many octets.
pub(crate) fn filled(header: Vec<u8>, octets: usize) -> Vec<u8> {
    let mut content = header;
    for line in LINES.iter().cycle() {
        let room = octets.saturating_sub(content.len());
        if line.len() + 2 > room {
            let fill = room.saturating_sub(2);
            content.extend(std::iter::repeat_n(b'x', fill));
            content.extend_from_slice(b"\r\n");
            break;
        }
        content.extend_from_slice(line.as_bytes());
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_have_the_size_they_are_named_after() {
        for octets in [1024, 1025, 1100, 64 * 1024 + 1, 1024 * 1024] {
            let content = content(octets);
            assert_eq!(content.len(), octets);
            assert_eq!(Message::from_bytes(content.clone()).unwrap().to_vec().unwrap(), content);
            assert!(content.split(|b| *b == b'\n').all(|line| line.len() <= 998));
        }
    }
}

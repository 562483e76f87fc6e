//! Time limits of the steps of a session.

use std::time::Duration;

use crate::Step;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// The time limit of each step, from its first byte to its last. Each is a deadline: a server cannot
/// extend it by sending a reply byte by byte.
///
/// The defaults are the minimum values of RFC 5321 §4.5.3.2. The long limit for the final reply is
/// deliberate: a client that gives up too early may deliver the mail twice (§4.5.3.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To resolve the name, and to connect to each of its addresses. The RFC sets no value.
    pub connect: Duration,
    /// To receive the server's greeting.
    pub greeting: Duration,
    /// To receive the reply to EHLO, STARTTLS, each line of AUTH, RSET or NOOP.
    pub command: Duration,
    /// To complete the TLS handshake. The RFC sets no value.
    pub tls: Duration,
    /// To receive the reply to MAIL, and to each RCPT.
    pub envelope: Duration,
    /// To receive the reply to DATA.
    pub data: Duration,
    /// To write a block of content of 64 KiB.
    pub block: Duration,
    /// To receive the final reply to a mail.
    pub end_of_data: Duration,
    /// To receive the reply to QUIT. The outcome of no mail depends on it.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            command: minutes(5),
            tls: minutes(2),
            envelope: minutes(5),
            data: minutes(2),
            block: minutes(3),
            end_of_data: minutes(10),
            quit: Duration::from_secs(10),
        }
    }
}

impl Timeouts {
    /// Returns time-outs with the same limit for every step.
    #[must_use]
    pub fn all(limit: Duration) -> Self {
        Self {
            connect: limit,
            greeting: limit,
            command: limit,
            tls: limit,
            envelope: limit,
            data: limit,
            block: limit,
            end_of_data: limit,
            quit: limit,
        }
    }

    /// Returns the longest of the limits.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let Self { connect, greeting, command, tls, envelope, data, block, end_of_data, quit } =
            *self;
        [connect, greeting, command, tls, envelope, data, block, end_of_data, quit]
            .into_iter()
            .fold(Duration::ZERO, Duration::max)
    }

    /// Returns the limit of this step.
    #[must_use]
    pub fn for_step(&self, step: Step) -> Duration {
        match step {
            Step::Prepare | Step::Connect => self.connect,
            Step::Greeting => self.greeting,
            Step::Tls => self.tls,
            Step::Ehlo
            | Step::EhloAgain
            | Step::StartTls
            | Step::Auth
            | Step::Reset
            | Step::Noop => self.command,
            Step::Mail | Step::Recipient => self.envelope,
            Step::Data => self.data,
            Step::Content => self.block,
            Step::EndOfData => self.end_of_data,
            Step::Quit => self.quit,
        }
    }
}

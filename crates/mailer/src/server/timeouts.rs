//! How long each step may take.

use std::time::Duration;

use crate::Step;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// The longest that each step may take, from its first byte to its last: a deadline, which bytes
/// that drip in do not extend.
///
/// The defaults are the minimum values of RFC 5321 §4.5.3.2. The long wait for the final reply is
/// deliberate: who gives up on it too early sends the mail twice (§4.5.3.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To resolve the name and to connect to any one of its addresses; the RFC has no value.
    pub connect: Duration,
    /// Until the server's 220.
    pub greeting: Duration,
    /// For each command that no other field is for: EHLO, STARTTLS, each line of AUTH, RSET, NOOP.
    pub command: Duration,
    /// For the TLS handshake; the RFC has no value.
    pub tls: Duration,
    /// Until the reply to MAIL, and to each RCPT.
    pub envelope: Duration,
    /// Until the reply to DATA.
    pub data: Duration,
    /// To write 64 KiB of content.
    pub block: Duration,
    /// Until the reply to the whole mail.
    pub end_of_data: Duration,
    /// Until the reply to QUIT, on which nothing depends any more.
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
    /// The same limit for every step.
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

    /// The longest of them.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let Self { connect, greeting, command, tls, envelope, data, block, end_of_data, quit } =
            *self;
        [connect, greeting, command, tls, envelope, data, block, end_of_data, quit]
            .into_iter()
            .fold(Duration::ZERO, Duration::max)
    }

    /// The limit of a step.
    #[must_use]
    pub fn of(&self, step: Step) -> Duration {
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

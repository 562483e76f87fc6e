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
/// deliberate: a client that stops waiting too early may deliver the mail twice (§4.5.3.2.6).
///
/// A mail has many steps, so it can take much longer than the longest of these limits. [`total`] limits
/// the sum:
///
/// ```
/// use mailer::{Server, Timeouts};
/// use std::time::Duration;
///
/// let mut server: Server = "smtp://mail.example.com".parse()?;
/// server.timeouts = Timeouts::all(Duration::from_secs(30));
/// server.timeouts.total = Some(Duration::from_secs(120));
/// # Ok::<(), mailer::Error>(())
/// ```
///
/// [`total`]: Self::total
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// To write each 64 KiB of content.
    pub block: Duration,
    /// To receive the final reply to a mail.
    pub end_of_data: Duration,
    /// To receive the reply to QUIT. The outcome of no mail depends on it.
    pub quit: Duration,
    /// To complete a whole call of [`open`], [`send`] or [`close`], or one mail of [`send_many`]. `None`, the
    /// default: only the steps have limits.
    ///
    /// It ends a mail like the limit of the step at that moment: the outcome is `NotSent`, or `Unknown` if
    /// the end of the mail was sent already. A `send` that has to open the connection first has this much
    /// time for both.
    ///
    /// [`open`]: crate::Mailer::open
    /// [`send`]: crate::Mailer::send
    /// [`close`]: crate::Mailer::close
    /// [`send_many`]: crate::Mailer::send_many
    pub total: Option<Duration>,
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
            total: None,
        }
    }
}

impl Timeouts {
    /// Returns time-outs with the same limit for every step, and without a [`total`](Self::total).
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
            total: None,
        }
    }

    /// Returns the longest limit of a step.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let Self {
            connect,
            greeting,
            command,
            tls,
            envelope,
            data,
            block,
            end_of_data,
            quit,
            total: _,
        } = *self;
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

    /// Returns the time that remains for this step if the call has lasted for `elapsed`: the limit of the
    /// step, or the rest of [`total`](Self::total) if that is shorter.
    ///
    /// ```
    /// use mailer::{Step, Timeouts};
    /// use std::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// let mut timeouts = Timeouts::all(5 * second);
    /// timeouts.total = Some(20 * second);
    /// assert_eq!(timeouts.remaining(Step::Mail, 2 * second), 5 * second);
    /// assert_eq!(timeouts.remaining(Step::EndOfData, 17 * second), 3 * second);
    /// ```
    #[must_use]
    pub fn remaining(&self, step: Step, elapsed: Duration) -> Duration {
        let of_step = self.for_step(step);
        self.total.map_or(of_step, |total| of_step.min(total.saturating_sub(elapsed)))
    }
}

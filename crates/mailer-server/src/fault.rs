//! Faults: misbehaviour of the server, as data.

mod pattern;
mod point;
mod rule;
mod times;

use std::time::Duration;

pub(crate) use self::{pattern::matches_pattern, times::Clock};
pub use self::{point::Point, rule::RuleError, times::Times};

/// One action of a [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Sends these lines, each followed by CRLF, instead of the normal reply. If they begin with 4 or 5,
    /// the command is refused and changes nothing (content is not stored). Otherwise it is carried out.
    Reply(String),
    /// Sends these bytes at once, without CRLF; otherwise like [`Action::Reply`].
    Raw(Vec<u8>),
    /// Sends what is due so far, then waits.
    Delay(Duration),
    /// Sends what is due so far byte by byte, with this pause before each. Includes the normal reply,
    /// unless an earlier action has replied.
    Drip(Duration),
    /// Like [`Action::Drip`], but in fewer pieces, which end where a careless client expects no end: within
    /// the first reply code, and between the CR and the LF of each line. So the LF of a line arrives together
    /// with the next line.
    Split(Duration),
    /// Sends what is due so far, including the normal reply as [`Action::Drip`] does. Then reads nothing
    /// for this time; [`Duration::MAX`] lasts until the server stops.
    StopReading(Duration),
    /// Closes the connection in order (close_notify inside TLS, then FIN).
    Close,
    /// Ends the connection with RST.
    Reset,
    /// Sends the normal reply, followed by these bytes in the same write.
    InjectAfter(Vec<u8>),
    /// Sends the normal reply.
    Continue,
    /// Carries out the command (content is stored) and never replies.
    Silence,
}

/// Misbehaviour at a point of a session: the actions that replace the normal reply.
///
/// The server performs the actions in order. If none of them replies, closes or keeps silent, the normal
/// reply follows. If the connection closes before any reply, the command changes nothing.
///
/// ```
/// use mailer_server::{Fault, Point};
/// use std::time::Duration;
///
/// let greylisted = Fault::at(Point::Rcpt).first(2).reply("450 4.2.1 Try again later");
/// let no_bob = Fault::at(Point::Rcpt).when("bob@").reply("550 5.1.1 No such user");
/// let spam = Fault::at(Point::EndOfData).when("Subject: WIN").reply("554 5.7.1 Spam");
/// let slow = Fault::at(Point::Greeting).delay(Duration::from_millis(50));
/// let dripped = Fault::at(Point::Ehlo).drip(Duration::from_millis(1));
/// let lost_after_storing = Fault::at(Point::EndOfData).nth(3).silence().close();
/// let limited = Fault::at(Point::Mail).over(5, Duration::from_secs(60)).reply("421 4.7.0 Slow down").close();
/// ```
///
/// A fault can also be parsed from a [rule](#rules).
///
/// # Rules
///
/// A rule is a line of words: a point, one or more actions, and conditions in any order.
///
/// ```
/// use mailer_server::{Fault, Point};
/// # fn main() -> Result<(), mailer_server::RuleError> {
/// let one_in_ten: Fault = "RCPT 450 10%".parse()?;
/// assert_eq!(one_in_ten.at, Point::Rcpt);
///
/// let rules = "
///     ## One rule per line
///     RCPT        to=bob@example.test  550 '5.1.1 No such user'
///     MAIL        from=*@example.test  421 over 5/min
///     end-of-data slow 20ms first 3
///     DATA        drop 50%
/// ";
/// assert_eq!(Fault::parse_rules(rules)?.len(), 4);
/// # Ok(())
/// # }
/// ```
///
/// | word | meaning |
/// | --- | --- |
/// | point | `greeting`, `EHLO`, `STARTTLS`, `TLS`, `AUTH`, `auth-response`, `MAIL`, `RCPT`, `DATA`, `content`, `end-of-data`, `BDAT`, `RSET`, `NOOP` or `QUIT`, in any case |
/// | `450`, `550 'text'` | reply with this code, and with this text in quotation marks; 421 also closes the connection |
/// | `drop`, `reset` | close the connection, or end it with RST |
/// | `silence` | carry out the command and never reply |
/// | `delay 2s` | wait before the reply |
/// | `slow 20ms` | send the reply byte by byte, with this pause before each |
/// | `stop-reading`, `stop-reading 10s` | reply, then read nothing more, or nothing for this time |
/// | `from=PATTERN`, `to=PATTERN` | only with this sender, or for this recipient; `*` stands for any text, `from=<>` is the null sender |
/// | `has=TEXT` | only if [the text](Self::when) is there |
/// | `10%` | at random, in this part of all times |
/// | `first 3`, `nth 3`, `every 3` | the first three times, only the third time, or each third time |
/// | `over 5/min` | each time beyond five within one minute; also `/s`, `/h` or a duration such as `/10s` |
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The point of the session.
    pub at: Point,
    /// A text that must be there, in any case; see [`when`](Self::when). None matches always.
    pub when: Option<String>,
    /// A pattern of the sender; see [`from_sender`](Self::from_sender). None matches always.
    pub sender: Option<String>,
    /// A pattern of a recipient; see [`to_recipient`](Self::to_recipient). None matches always.
    pub recipient: Option<String>,
    /// How often the fault applies.
    pub times: Times,
    /// The actions, in order.
    pub then: Vec<Action>,
}

impl Fault {
    /// Returns a fault that applies every time at this point, without any action yet.
    #[must_use]
    pub fn at(point: Point) -> Self {
        Self {
            at: point,
            when: None,
            sender: None,
            recipient: None,
            times: Times::Every,
            then: Vec::new(),
        }
    }

    /// Limits the fault to times at which this text is there, compared without regard to ASCII case.
    ///
    /// The text is searched in the client's line: the command, or the answer to a challenge of AUTH. At
    /// [`Point::Data`], [`Point::Content`], [`Point::EndOfData`] and [`Point::Bdat`] it is searched in the
    /// envelope, as lines `MAIL FROM:<…>` and `RCPT TO:<…>`, and at the last two also in the content. A
    /// [`Store`](crate::Store) other than memory keeps no content to search.
    #[must_use]
    pub fn when(mut self, text: impl Into<String>) -> Self {
        self.when = Some(text.into());
        self
    }

    /// Limits the fault to transactions whose sender matches this pattern, from MAIL on.
    ///
    /// In a pattern `*` stands for any text, and the case of letters makes no difference. The pattern `<>`
    /// matches the null reverse-path.
    #[must_use]
    pub fn from_sender(mut self, pattern: impl Into<String>) -> Self {
        self.sender = Some(pattern.into());
        self
    }

    /// Limits the fault to recipients that match this pattern: at RCPT the one that the command names, and
    /// later any of the transaction.
    #[must_use]
    pub fn to_recipient(mut self, pattern: impl Into<String>) -> Self {
        self.recipient = Some(pattern.into());
        self
    }

    /// Limits the fault to the first `n` times.
    #[must_use]
    pub fn first(mut self, n: u64) -> Self {
        self.times = Times::First(n);
        self
    }

    /// Limits the fault to the `n`-th time, from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.times = Times::Nth(n);
        self
    }

    /// Limits the fault to each `n`-th time.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.times = Times::EveryNth(n);
        self
    }

    /// Limits the fault to this part of all times, chosen by a generator of random numbers that starts
    /// with `seed`. The same seed makes the same choices in the same order.
    #[must_use]
    pub fn at_random(mut self, per_million: u32, seed: u64) -> Self {
        self.times = Times::Random { per_million, seed };
        self
    }

    /// Limits the fault to the times beyond `count` within any `period`: a rate limit.
    #[must_use]
    pub fn over(mut self, count: u64, period: Duration) -> Self {
        self.times = Times::Over { count, period };
        self
    }

    /// Sets the seed, if the fault applies [at random](Self::at_random).
    #[must_use]
    pub fn seeded(mut self, new: u64) -> Self {
        if let Times::Random { seed, .. } = &mut self.times {
            *seed = new;
        }
        self
    }

    /// Returns whether the fault applies at random.
    #[must_use]
    pub fn is_random(&self) -> bool {
        matches!(self.times, Times::Random { .. })
    }

    /// Appends an action.
    #[must_use]
    pub fn then(mut self, action: Action) -> Self {
        self.then.push(action);
        self
    }

    /// Appends [`Action::Reply`]: sends these lines instead of the normal reply.
    #[must_use]
    pub fn reply(self, lines: impl Into<String>) -> Self {
        self.then(Action::Reply(lines.into()))
    }

    /// Appends [`Action::Raw`]: sends these bytes instead of the normal reply.
    #[must_use]
    pub fn raw(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Action::Raw(bytes.into()))
    }

    /// Appends [`Action::Delay`]: waits.
    #[must_use]
    pub fn delay(self, time: Duration) -> Self {
        self.then(Action::Delay(time))
    }

    /// Appends [`Action::Drip`]: sends the reply byte by byte.
    #[must_use]
    pub fn drip(self, pause: Duration) -> Self {
        self.then(Action::Drip(pause))
    }

    /// Appends [`Action::Split`]: sends the reply in pieces that end in awkward places.
    #[must_use]
    pub fn split(self, pause: Duration) -> Self {
        self.then(Action::Split(pause))
    }

    /// Appends [`Action::StopReading`]: replies, then reads nothing for this time.
    #[must_use]
    pub fn stop_reading(self, time: Duration) -> Self {
        self.then(Action::StopReading(time))
    }

    /// Appends [`Action::Close`]: closes the connection.
    #[must_use]
    pub fn close(self) -> Self {
        self.then(Action::Close)
    }

    /// Appends [`Action::Reset`]: ends the connection with RST.
    #[must_use]
    pub fn reset(self) -> Self {
        self.then(Action::Reset)
    }

    /// Appends [`Action::InjectAfter`]: sends the normal reply and these bytes.
    #[must_use]
    pub fn inject_after(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Action::InjectAfter(bytes.into()))
    }

    /// Appends [`Action::Continue`]: sends the normal reply.
    #[must_use]
    pub fn proceed(self) -> Self {
        self.then(Action::Continue)
    }

    /// Appends [`Action::Silence`]: carries out the command without a reply.
    #[must_use]
    pub fn silence(self) -> Self {
        self.then(Action::Silence)
    }
}

/// What a list of actions means for the command at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The command is carried out.
    Obey,
    /// The command changes nothing.
    Refuse,
}

/// Returns the verdict of the first action that is not a delay.
pub(crate) fn verdict(actions: &[Action]) -> Verdict {
    let first = actions.iter().find(|a| !matches!(a, Action::Delay(_)));
    let refuses = match first {
        Some(Action::Reply(lines)) => refuses(lines.as_bytes()),
        Some(Action::Raw(bytes)) => refuses(bytes),
        Some(Action::Close | Action::Reset) => true,
        _ => false,
    };
    if refuses { Verdict::Refuse } else { Verdict::Obey }
}

fn refuses(reply: &[u8]) -> bool {
    matches!(reply.first(), Some(b'4' | b'5'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reply_or_close_decides_the_verdict() {
        let decided = |f: Fault| verdict(&f.then);
        let at = || Fault::at(Point::Mail).delay(Duration::ZERO);
        assert_eq!(decided(at().reply("550 no")), Verdict::Refuse);
        assert_eq!(decided(at().raw(*b"4")), Verdict::Refuse);
        assert_eq!(decided(at().close()), Verdict::Refuse);
        assert_eq!(decided(at().reply("250 yes").close()), Verdict::Obey);
        assert_eq!(decided(at().silence().close()), Verdict::Obey);
        assert_eq!(decided(at()), Verdict::Obey);
    }
}

//! Faults: misbehaviour of the server, as data.

mod point;

use std::time::Duration;

pub use point::Point;

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

/// How often a [`Fault`] applies, counted among the times at which its point and text match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Times {
    /// Every time.
    #[default]
    Every,
    /// The first `n` times.
    First(u64),
    /// Only the `n`-th time, from 1.
    Nth(u64),
}

impl Times {
    /// Returns whether the `n`-th time, from 1, is one of these.
    pub(crate) fn include(self, n: u64) -> bool {
        match self {
            Self::Every => true,
            Self::First(count) => n <= count,
            Self::Nth(wanted) => n == wanted,
        }
    }
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
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The point of the session.
    pub at: Point,
    /// A text that must be there, in any case; see [`when`](Self::when). None matches always.
    pub when: Option<String>,
    /// How often the fault applies.
    pub times: Times,
    /// The actions, in order.
    pub then: Vec<Action>,
}

impl Fault {
    /// Returns a fault that applies every time at this point, without any action yet.
    #[must_use]
    pub fn at(point: Point) -> Self {
        Self { at: point, when: None, times: Times::Every, then: Vec::new() }
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

//! Misbehaviour on request, as data.

mod point;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

pub use point::Point;

/// One thing to do at a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Sends this reply in place of the normal one: its lines, each with CRLF after it. With 4 or
    /// 5 as first character the command counts as refused and changes nothing (content is not
    /// stored); with any other it is carried out.
    Reply(String),
    /// Sends these bytes as they are, at once; else as [`Action::Reply`].
    Raw(Vec<u8>),
    /// Sends what is due so far, then waits.
    Delay(Duration),
    /// Sends what is due so far, and the normal reply if no action before has replied, byte by
    /// byte, with this pause before each.
    Drip(Duration),
    /// Sends the same at once, then reads nothing for so long; [`Duration::MAX`] is until the
    /// server is stopped.
    StopReading(Duration),
    /// Closes the connection in order (close_notify under TLS, FIN).
    Close,
    /// Ends the connection with RST.
    Reset,
    /// The normal reply with these bytes after it in the same write.
    InjectAfter(Vec<u8>),
    /// The normal reply.
    Continue,
    /// Carries the command out (content is stored) and never replies.
    Silence,
}

/// What to do when a point is reached.
///
/// The actions are carried out in order. If none of them replies, closes or keeps silent, the
/// normal reply follows. A connection that is closed before any reply leaves the command undone.
///
/// ```
/// use mailer_server::{Fault, Point};
/// use std::time::Duration;
///
/// let busy = Fault::at(Point::Rcpt).nth(2).reply("450 4.2.1 Mailbox busy");
/// let slow = Fault::at(Point::Greeting).delay(Duration::from_millis(50));
/// let dripped = Fault::at(Point::Ehlo).drip(Duration::from_millis(1));
/// let lost_after_storing = Fault::at(Point::EndOfData).silence().close();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub at: Point,
    /// At which time that the point is reached on this server, from 1; None: every time.
    pub nth: Option<u64>,
    /// What to do.
    pub then: Vec<Action>,
}

impl Fault {
    /// A fault at every time that `point` is reached, with nothing to do yet.
    #[must_use]
    pub fn at(point: Point) -> Self {
        Self { at: point, nth: None, then: Vec::new() }
    }

    /// The same, but only the `n`-th time, from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.nth = Some(n);
        self
    }

    /// The same with one more action.
    #[must_use]
    pub fn then(mut self, action: Action) -> Self {
        self.then.push(action);
        self
    }

    /// ... and [`Action::Reply`].
    #[must_use]
    pub fn reply(self, lines: impl Into<String>) -> Self {
        self.then(Action::Reply(lines.into()))
    }

    /// ... and [`Action::Raw`].
    #[must_use]
    pub fn raw(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Action::Raw(bytes.into()))
    }

    /// ... and [`Action::Delay`].
    #[must_use]
    pub fn delay(self, time: Duration) -> Self {
        self.then(Action::Delay(time))
    }

    /// ... and [`Action::Drip`].
    #[must_use]
    pub fn drip(self, pause: Duration) -> Self {
        self.then(Action::Drip(pause))
    }

    /// ... and [`Action::StopReading`].
    #[must_use]
    pub fn stop_reading(self, time: Duration) -> Self {
        self.then(Action::StopReading(time))
    }

    /// ... and [`Action::Close`].
    #[must_use]
    pub fn close(self) -> Self {
        self.then(Action::Close)
    }

    /// ... and [`Action::Reset`].
    #[must_use]
    pub fn reset(self) -> Self {
        self.then(Action::Reset)
    }

    /// ... and [`Action::InjectAfter`].
    #[must_use]
    pub fn inject_after(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Action::InjectAfter(bytes.into()))
    }

    /// ... and [`Action::Continue`].
    #[must_use]
    pub fn proceed(self) -> Self {
        self.then(Action::Continue)
    }

    /// ... and [`Action::Silence`].
    #[must_use]
    pub fn silence(self) -> Self {
        self.then(Action::Silence)
    }
}

/// What a script of actions means for the command it stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is carried out.
    Obey,
    /// It changes nothing.
    Refuse,
}

/// Read off the first action that is more than a delay.
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

/// The faults of a running server, with the times each point was reached.
#[derive(Debug)]
pub(crate) struct Faults {
    scripted: Vec<Fault>,
    reached: [AtomicU64; Point::COUNT],
}

impl Faults {
    pub(crate) fn new(scripted: Vec<Fault>) -> Self {
        Self { scripted, reached: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Counts, and tells what to do; the first fault that fits wins.
    pub(crate) fn reach(&self, point: Point) -> Option<&[Action]> {
        if self.scripted.is_empty() {
            return None;
        }
        let time = self.reached.get(point as usize)?.fetch_add(1, Ordering::Relaxed) + 1;
        self.scripted
            .iter()
            .find(|f| f.at == point && f.nth.is_none_or(|n| n == time))
            .map(|f| f.then.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_fires_the_time_it_names() {
        let faults = Faults::new(vec![Fault::at(Point::Mail).nth(2).reply("450 no")]);
        let fired: Vec<bool> = (0..3).map(|_| faults.reach(Point::Mail).is_some()).collect();
        assert_eq!(fired, [false, true, false]);
        assert!(faults.reach(Point::Rcpt).is_none());
    }

    #[test]
    fn a_script_refuses_by_its_first_reply_or_by_closing() {
        let script = |f: Fault| verdict(&f.then);
        let at = || Fault::at(Point::Mail).delay(Duration::ZERO);
        assert_eq!(script(at().reply("550 no")), Verdict::Refuse);
        assert_eq!(script(at().raw(*b"4")), Verdict::Refuse);
        assert_eq!(script(at().close()), Verdict::Refuse);
        assert_eq!(script(at().reply("250 yes").close()), Verdict::Obey);
        assert_eq!(script(at().silence().close()), Verdict::Obey);
        assert_eq!(script(at()), Verdict::Obey);
    }
}

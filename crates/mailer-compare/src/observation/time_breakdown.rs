//! A time, divided by what it was spent on.

use std::{
    iter::Sum,
    ops::Add,
    time::{Duration, Instant},
};

/// What some time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeOwner {
    /// The simulated link: its delay for each wait, bytes that leave one after another if it is narrow,
    /// and its relay over a path with delay.
    Link,
    /// The server: from the last byte of a flight, when it has reached the server, to the last byte of
    /// its answer, when it leaves. Without delay this includes the relay, and the rest of a TCP connect.
    Server,
    /// The client: from the last byte of an answer to the last byte of the next flight.
    Client,
    /// A stall: data was ready and was held back, see [`Stall`](super::Stall).
    Stall,
}

impl TimeOwner {
    /// All of them, in the order in which reports show them.
    pub const ALL: &'static [Self] = &[Self::Link, Self::Server, Self::Client, Self::Stall];

    /// Returns the name in tables and charts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Server => "server",
            Self::Client => "client",
            Self::Stall => "stall",
        }
    }
}

/// An interval of time with one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The start.
    pub from: Instant,
    /// The end.
    pub to: Instant,
    /// What the time was spent on.
    pub owner: TimeOwner,
}

/// A time, divided by its [owners](TimeOwner). The parts add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeBreakdown {
    /// The time on the simulated link.
    pub link: Duration,
    /// The time of the server.
    pub server: Duration,
    /// The time of the client.
    pub client: Duration,
    /// The time during which data was held back.
    pub stall: Duration,
}

impl TimeBreakdown {
    /// Divides the time from `start` to `end` among the owners of these intervals.
    #[must_use]
    pub fn between(start: Instant, end: Instant, intervals: &[Interval]) -> Self {
        let mut breakdown = Self::default();
        for &Interval { from, to, owner } in intervals {
            let common = to.min(end).saturating_duration_since(from.max(start));
            *breakdown.part_mut(owner) += common;
        }
        breakdown
    }

    /// Returns the part that was spent on `owner`.
    #[must_use]
    pub fn spent_on(mut self, owner: TimeOwner) -> Duration {
        *self.part_mut(owner)
    }

    /// Returns the whole.
    #[must_use]
    pub fn total(self) -> Duration {
        TimeOwner::ALL.iter().map(|owner| self.spent_on(*owner)).sum()
    }

    fn part_mut(&mut self, owner: TimeOwner) -> &mut Duration {
        match owner {
            TimeOwner::Link => &mut self.link,
            TimeOwner::Server => &mut self.server,
            TimeOwner::Client => &mut self.client,
            TimeOwner::Stall => &mut self.stall,
        }
    }
}

impl Add for TimeBreakdown {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        for owner in TimeOwner::ALL {
            *self.part_mut(*owner) += other.spent_on(*owner);
        }
        self
    }
}

impl Sum for TimeBreakdown {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

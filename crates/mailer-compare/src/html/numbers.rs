//! The numbers of the pictures, and how they are written. The page's script has the same arithmetic.

use std::{iter::Sum, ops::Add};

use crate::{
    exchange::Exchange,
    time_format::{milliseconds, thousandths},
};

/// What some exchanges cost: milliseconds of local work, round trips, and the same of their stalls.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) work: f64,
    pub(super) trips: u32,
    pub(super) stall: f64,
    pub(super) stalls: u32,
}

impl Cost {
    pub(super) fn new(exchange: &Exchange) -> Self {
        Self {
            work: milliseconds(exchange.time.client) + milliseconds(exchange.time.server),
            trips: exchange.round_trips,
            stall: milliseconds(exchange.time.stall),
            stalls: exchange.stalls,
        }
    }

    /// A stall waits for an acknowledgement, so it grows by one round trip.
    pub(super) fn stalled(self, rtt: f64) -> f64 {
        self.stall + f64::from(self.stalls) * rtt
    }

    pub(super) fn time(self, rtt: f64) -> f64 {
        self.work + f64::from(self.trips) * rtt + self.stalled(rtt)
    }

    pub(super) fn style(self) -> String {
        style(self.work, f64::from(self.trips), self.stall, self.stalls)
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            work: self.work + other.work,
            trips: self.trips + other.trips,
            stall: self.stall + other.stall,
            stalls: self.stalls + other.stalls,
        }
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

pub(super) fn cost(exchanges: &[Exchange]) -> Cost {
    exchanges.iter().map(Cost::new).sum()
}

/// The numbers that the style sheet computes with.
pub(super) fn style(work: f64, trips: f64, stall: f64, stalls: u32) -> String {
    let (work, stall) = (thousandths(work), thousandths(stall));
    format!("--ms:{work};--k:{trips};--stall-ms:{stall};--stall-k:{stalls}")
}

/// Milliseconds with as many places as a reader needs: 0.23, 41.7, 1013.
pub(super) fn text(time: f64) -> String {
    match time {
        ..9.995 => format!("{:.2}", (time * 100.0).round() / 100.0),
        ..99.95 => format!("{:.1}", (time * 10.0).round() / 10.0),
        _ => format!("{:.0}", time.round()),
    }
}

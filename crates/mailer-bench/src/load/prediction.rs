//! What the length of a way foretells.

use super::{Crossed, Trips};
use crate::statistics::Quartiles;
use mailer_link::Path;

/// The time of one mail or handshake on a long way: foretold, and measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Round trips waited for.
    pub waits: f64,
    /// What is spent on them and on the bandwidth, in seconds.
    pub way: f64,
    /// For how long something has to be held back on this way, in seconds: each time a round trip, and
    /// for as long as an acknowledgement is delayed without any distance.
    pub stalled: f64,
    /// What the work takes without any distance and without stalls, in seconds.
    pub local: f64,
    /// What was measured, in seconds.
    pub measured: f64,
}

impl Prediction {
    /// What is foretold of work that crossed such a way, beside what was measured of it, in seconds.
    pub(super) fn of(crossed: Crossed, measured: f64, path: Path) -> Self {
        let Crossed { trips, local, local_trips } = crossed;
        Self {
            waits: trips.waits,
            way: way(trips, path),
            stalled: trips.holds * (path.round_trip.as_secs_f64() + delay(local_trips)),
            local: (local.as_secs_f64() - local_trips.delayed).max(0.0),
            measured,
        }
    }

    /// The median of each part; `None` of none.
    pub(super) fn median(all: &[Self]) -> Option<Self> {
        let median = |part: fn(&Self) -> f64| {
            Some(Quartiles::of(&all.iter().map(part).collect::<Vec<_>>())?.median)
        };
        Some(Self {
            waits: median(|it| it.waits)?,
            way: median(|it| it.way)?,
            stalled: median(|it| it.stalled)?,
            local: median(|it| it.local)?,
            measured: median(|it| it.measured)?,
        })
    }

    /// What should have been measured, in seconds.
    #[must_use]
    pub fn predicted(&self) -> f64 {
        self.way + self.stalled + self.local
    }

    /// By which part the measurement is above it; below, if negative.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.measured / self.predicted() - 1.0
    }
}

/// For how long an acknowledgement is delayed, in seconds: as long as without any distance, or if none
/// was seen there, the least that Linux does.
fn delay(local: Trips) -> f64 {
    const LEAST: f64 = 0.04;
    if local.holds > 0.0 { local.delayed / local.holds } else { LEAST }
}

/// What the way takes by itself: the round trips that are waited for, and the octets in their turn.
fn way(trips: Trips, path: Path) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no way is that broad")]
    let octets = path.bandwidth.map_or(0.0, |bandwidth| trips.octets / bandwidth.get() as f64);
    trips.waits * path.round_trip.as_secs_f64() + octets
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::made_up::crossed;

    const PATH: Path = Path { round_trip: Duration::from_millis(20), bandwidth: None };

    fn about(seconds: f64, wanted: f64) -> bool {
        (seconds - wanted).abs() < 1e-9
    }

    #[test]
    fn it_is_round_trips_and_local_work() {
        // 4 round trips of 20 ms each, and 10 ms of work.
        let prediction = Prediction::of(crossed(4.0, 10), 0.1, PATH);
        assert!(about(prediction.predicted(), 0.09), "{prediction:?}");
        assert!(about(prediction.error(), 1.0 / 9.0), "{prediction:?}");
    }

    #[test]
    fn what_is_held_back_waits_for_the_way_and_for_the_delay() {
        // One round trip of 20 ms and one hold, and 45 ms of work, 40 of them a stall.
        let Crossed { trips, local, .. } = crossed(1.0, 45);
        let held = |delayed| Trips { holds: 1.0, delayed, ..trips };
        let crossed = Crossed { trips: held(0.044), local, local_trips: held(0.04) };
        let prediction = Prediction::of(crossed, 0.1, PATH);
        assert!(about(prediction.stalled, 0.06), "{prediction:?}");
        assert!(about(prediction.predicted(), 0.085), "{prediction:?}");
    }

    #[test]
    fn what_is_not_held_back_does_not_stall_anywhere() {
        let Crossed { trips, .. } = crossed(1.0, 45);
        assert!(about(trips.stalled(PATH.round_trip), 0.0));
        let held = Trips { holds: 1.0, delayed: 0.044, ..trips };
        assert!(about(held.stalled(PATH.round_trip), 0.064));
    }

    #[test]
    fn of_several_rounds_the_median_counts() {
        let rounds = [10, 20, 90].map(|local| Prediction::of(crossed(4.0, local), 0.1, PATH));
        assert!(Prediction::median(&rounds).is_some_and(|it| about(it.local, 0.02)));
        assert_eq!(Prediction::median(&[]), None);
    }
}

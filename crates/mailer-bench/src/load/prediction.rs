//! The time that the length of a path predicts.

use mailer_link::Path;

use super::{LinkSample, UsagePerMail};
use crate::statistics::Quartiles;

/// The time of one message or handshake on a simulated path, predicted and measured.
///
/// The prediction is round trips × RTT + bytes ÷ bandwidth + stalls × (RTT + delay of the
/// acknowledgement) + the time over a link without delay, without its stalls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The number of round trips that the client waits for.
    pub round_trips: f64,
    /// The time of these round trips and of the bytes at the path's bandwidth, in seconds.
    pub path: f64,
    /// The time of the stalls, in seconds.
    pub stall: f64,
    /// The time over a link without delay, without stalls, in seconds.
    pub local: f64,
    /// The measured time, in seconds.
    pub measured: f64,
}

impl Prediction {
    /// Predicts the time of what was sampled on `path`, and keeps the measured time for comparison.
    pub(super) fn new(sample: LinkSample, measured: f64, path: Path) -> Self {
        let LinkSample { usage, local, local_usage } = sample;
        let stall = path.round_trip.as_secs_f64() + ack_delay(local_usage);
        Self {
            round_trips: usage.round_trips,
            path: path_time(usage, path),
            stall: usage.stalls * stall,
            local: (local.as_secs_f64() - local_usage.ack_delay).max(0.0),
            measured,
        }
    }

    /// Returns the median of each part; `None` for an empty list.
    pub(super) fn median(all: &[Self]) -> Option<Self> {
        let median = |part: fn(&Self) -> f64| {
            Some(Quartiles::new(&all.iter().map(part).collect::<Vec<_>>())?.median)
        };
        Some(Self {
            round_trips: median(|it| it.round_trips)?,
            path: median(|it| it.path)?,
            stall: median(|it| it.stall)?,
            local: median(|it| it.local)?,
            measured: median(|it| it.measured)?,
        })
    }

    /// Returns the predicted time in seconds.
    #[must_use]
    pub fn predicted(&self) -> f64 {
        self.path + self.stall + self.local
    }

    /// Returns the part by which the measured time is above the prediction; negative if it is below.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.measured / self.predicted() - 1.0
    }
}

/// Returns how long an acknowledgement is delayed, in seconds: as long as over a link without delay, or if
/// no stall was seen there, the least that Linux delays it (TCP_DELACK_MIN).
fn ack_delay(local: UsagePerMail) -> f64 {
    const LEAST: f64 = 0.04;
    if local.stalls > 0.0 { local.ack_delay / local.stalls } else { LEAST }
}

/// Returns the time of the path itself in seconds: of the round trips that the client waits for, and of
/// the bytes at its bandwidth.
fn path_time(usage: UsagePerMail, path: Path) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no path has that bandwidth")]
    let bytes = path.bandwidth.map_or(0.0, |bandwidth| usage.bytes / bandwidth.get() as f64);
    usage.round_trips * path.round_trip.as_secs_f64() + bytes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::fixtures::link_sample;

    const PATH: Path = Path { round_trip: Duration::from_millis(20), bandwidth: None };

    fn is_about(seconds: f64, expected: f64) -> bool {
        (seconds - expected).abs() < 1e-9
    }

    #[test]
    fn without_stalls_it_is_round_trips_and_local_work() {
        // 4 round trips of 20 ms, and 10 ms of work.
        let prediction = Prediction::new(link_sample(4.0, 10), 0.1, PATH);
        assert!(is_about(prediction.predicted(), 0.09), "{prediction:?}");
        assert!(is_about(prediction.error(), 1.0 / 9.0), "{prediction:?}");
    }

    #[test]
    fn a_stall_takes_the_rtt_and_the_acknowledgement_s_delay() {
        // One round trip of 20 ms and one stall, and 45 ms of work, 40 of them a stall.
        let LinkSample { usage, local, .. } = link_sample(1.0, 45);
        let stalled = |ack_delay| UsagePerMail { stalls: 1.0, ack_delay, ..usage };
        let sample = LinkSample { usage: stalled(0.044), local, local_usage: stalled(0.04) };
        let prediction = Prediction::new(sample, 0.1, PATH);
        assert!(is_about(prediction.stall, 0.06), "{prediction:?}");
        assert!(is_about(prediction.predicted(), 0.085), "{prediction:?}");
    }

    #[test]
    fn of_several_rounds_the_median_counts() {
        let rounds = [10, 20, 90].map(|local| Prediction::new(link_sample(4.0, local), 0.1, PATH));
        assert!(Prediction::median(&rounds).is_some_and(|it| is_about(it.local, 0.02)));
        assert_eq!(Prediction::median(&[]), None);
    }
}

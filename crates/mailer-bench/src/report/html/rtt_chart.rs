//! The chart of the rate over the round-trip time.

use crate::report::charts::{Curve, KeyPlace, Scale, Tick, round, styles};
use crate::{
    load::{Figures, Plan},
    report::units::digits,
};

/// The RTTs of the chart, in milliseconds, and those with a label. The steps are so short that a curve on a logarithmic
/// scale has no corners.
const LONGEST: u32 = 200;
const STEP: u32 = 1;
const LABELS: [u32; 5] = [0, 50, 100, 150, 200];

const LEFT: f64 = 70.0;
const RIGHT: f64 = 870.0;
const BOTTOM: f64 = 280.0;

/// A line for each contender whose round trips were counted.
pub(super) struct RttChart<'a> {
    pub(super) height: f64,
    pub(super) bottom: f64,
    /// The position of the RTT of the run.
    pub(super) measured: f64,
    pub(super) across: Vec<Tick>,
    pub(super) up: Vec<Tick>,
    pub(super) curves: Vec<Curve<'a>>,
}

/// Returns the chart; `None` if the run has a fixed rate, or if nothing was counted.
pub(super) fn over_rtt<'a>(figures: &[Figures<'a>], plan: &Plan) -> Option<RttChart<'a>> {
    if plan.rate.is_some() {
        return None;
    }
    let lines: Vec<Option<Vec<f64>>> = figures.iter().map(|it| rates(it, plan)).collect();
    let scale = Scale::new(lines.iter().flatten().flatten().copied(), BOTTOM, 10.0);
    let mut curves: Vec<Curve<'a>> = Vec::new();
    for ((figures, line), (colour, dashes)) in figures.iter().zip(&lines).zip(styles()) {
        let Some(line) = line else { continue };
        let points =
            rtts().zip(line).map(|(rtt, rate)| format!("{},{}", across(rtt), scale.at(*rate)));
        let points = points.collect::<Vec<_>>().join(" ");
        let (name, key) = (&figures.contender.name, KeyPlace::new(curves.len(), BOTTOM));
        curves.push(Curve { name, colour, dashes, points, key });
    }
    (!curves.is_empty()).then(|| RttChart {
        height: KeyPlace::height(curves.len(), BOTTOM),
        bottom: BOTTOM,
        measured: across(plan.path.round_trip.as_secs_f64()),
        across: LABELS
            .map(|rtt| Tick { at: across(seconds(rtt)), label: format!("{rtt} ms") })
            .into(),
        up: scale.ticks_of(rate_label),
        curves,
    })
}

/// Rates from one per second on are whole powers of ten.
fn rate_label(rate: f64) -> String {
    if rate >= 1.0 { format!("{rate:.0}") } else { digits(rate) }
}

/// The RTTs of the chart in seconds.
fn rtts() -> impl Iterator<Item = f64> {
    (0..=LONGEST / STEP).map(|step| seconds(step * STEP))
}

fn seconds(milliseconds: u32) -> f64 {
    f64::from(milliseconds) / 1000.0
}

fn across(rtt: f64) -> f64 {
    round(LEFT + (RIGHT - LEFT) * (rtt / seconds(LONGEST)).min(1.0))
}

/// Returns the rate at each RTT: a longer path adds its length once for each round trip and for each stall.
fn rates(figures: &Figures<'_>, plan: &Plan) -> Option<Vec<f64>> {
    let (time, usage) = (figures.time?.median, figures.usage?);
    #[expect(clippy::cast_precision_loss, reason = "there are few connections")]
    let connections = plan.connections as f64;
    let measured = plan.path.round_trip.as_secs_f64();
    let time_at = |rtt: f64| time + (usage.round_trips + usage.stalls) * (rtt - measured);
    let rate = |rtt| connections / time_at(rtt).max(f64::MIN_POSITIVE);
    // Over a shorter path than the measured one, work that is not known then may take the longest.
    let known = |rtt: f64| if time_at(rtt) > 0.0 { rate(rtt) } else { rate(measured) };
    Some(rtts().map(known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{UsagePerMail, figures, fixtures};

    #[test]
    fn a_longer_path_costs_its_length_for_each_round_trip() {
        let mut contender = fixtures::contender("raw", &[fixtures::round(0, 100, 1.0)]);
        let usage = UsagePerMail { round_trips: 4.0, stalls: 1.0, ack_delay: 0.0, bytes: 0.0 };
        contender.usage = Some(usage);
        let run = fixtures::run(vec![contender]);
        let figures = figures(&run);
        let rates = rates(&figures[0], &run.plan).unwrap();
        // 10 ms without a path, and five times 200 ms more.
        let (first, last) = (rates[0], rates[rates.len() - 1]);
        assert!((first - 100.0).abs() < 1.0 && (last - 1.0 / 1.01).abs() < 0.01, "{first} {last}");
        assert!(over_rtt(&figures, &run.plan).is_some_and(|chart| chart.curves.len() == 1));
    }

    #[test]
    fn without_counted_round_trips_there_is_no_chart() {
        let run = fixtures::run(vec![fixtures::contender("raw", &[fixtures::round(0, 100, 1.0)])]);
        assert!(over_rtt(&figures(&run), &run.plan).is_none());
    }
}

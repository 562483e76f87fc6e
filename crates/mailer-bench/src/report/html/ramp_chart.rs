//! The chart of a ramp: the rate that was reached in each step.

use crate::report::charts::{Curve, KeyPlace, Tick, round, styles};
use crate::{
    load::{Capacity, Ramp, RampOver},
    report::units::digits,
};

const LEFT: f64 = 70.0;
const RIGHT: f64 = 870.0;
const BOTTOM: f64 = 280.0;
const TOP: f64 = 20.0;
/// The number of parts that each axis is divided into.
const PARTS: u8 = 4;

/// A line for each contender, on scales that start at zero.
pub(super) struct RampChart<'a> {
    pub(super) height: f64,
    pub(super) bottom: f64,
    pub(super) across: Vec<Tick>,
    pub(super) up: Vec<Tick>,
    /// The end of the line on which the rate is the one that was asked for; `None` if none was.
    pub(super) asked: Option<(f64, f64)>,
    pub(super) curves: Vec<Curve<'a>>,
}

/// A linear scale from zero to `most`.
struct Scale {
    most: f64,
    begin: f64,
    end: f64,
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        round(self.begin + (self.end - self.begin) * value / self.most.max(f64::MIN_POSITIVE))
    }

    fn ticks(&self) -> Vec<Tick> {
        let tick = |part: u8| {
            let value = self.most * f64::from(part) / f64::from(PARTS);
            Tick { at: self.at(value), label: digits(value).trim_end_matches(".00").to_owned() }
        };
        (0..=PARTS).map(tick).collect()
    }
}

/// Returns the chart of the steps that were run.
pub(super) fn over_steps<'a>(ramp: &Ramp, capacities: &'a [Capacity]) -> RampChart<'a> {
    let is_rate = ramp.over() == RampOver::Rate;
    let last = ramp.steps().last().copied().unwrap_or_default();
    let reached = capacities.iter().flat_map(|it| &it.steps).filter_map(|step| step.reached);
    let most = reached.fold(if is_rate { last } else { 0.0 }, f64::max);
    let x = Scale { most: last, begin: LEFT, end: RIGHT };
    let y = Scale { most, begin: BOTTOM, end: TOP };
    let mut curves = Vec::new();
    for (capacity, (colour, dashes)) in capacities.iter().zip(styles()) {
        let point = |value: f64, reached: f64| format!("{},{}", x.at(value), y.at(reached));
        let points = capacity.steps.iter().filter_map(|it| Some(point(it.value, it.reached?)));
        let points = points.collect::<Vec<_>>().join(" ");
        let (name, key) = (&capacity.name, KeyPlace::new(curves.len(), BOTTOM));
        curves.push(Curve { name, colour, dashes, points, key });
    }
    RampChart {
        height: KeyPlace::height(curves.len(), BOTTOM),
        bottom: BOTTOM,
        across: x.ticks(),
        up: y.ticks(),
        asked: is_rate.then(|| (x.at(last), y.at(last))),
        curves,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{
        capacities,
        fixtures::{contender, ramp_run, round},
    };

    #[test]
    fn a_server_that_keeps_up_is_on_the_line_of_the_rate_asked_for() {
        let results = [50, 100, 120].map(|count| vec![contender("raw", &[round(0, count, 0.5)])]);
        let run = ramp_run("100,200,400", results.into_iter());
        let capacities = capacities(&run);
        let chart = over_steps(&run.ramp, &capacities);
        assert_eq!(chart.asked, Some((RIGHT, TOP)));
        // A quarter and a half of both scales; the last one reached 240 of 400.
        assert_eq!(chart.curves[0].points, "270,215 470,150 870,124");
        let labels: Vec<_> = chart.across.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["0", "100", "200", "300", "400"]);
    }
}

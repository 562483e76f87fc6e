//! The positions of the shapes in the charts, in the units of drawings that are 900 wide.

use crate::{
    load::{Figures, Latencies},
    report::units::time,
};

/// Colours that colour-blind people can distinguish (Okabe and Ito).
const COLOURS: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c8c"];

/// The shares of latencies at which the chart has a label.
const SHARES: [(f64, &str); 5] =
    [(0.0, "fastest"), (0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9")];

/// A logarithmic scale from a power of ten to another.
pub(super) struct Scale {
    from: i32,
    to: i32,
    /// The positions of its ends in the drawing.
    begin: f64,
    end: f64,
}

impl Scale {
    /// Returns a scale on which all of these values fit.
    pub(super) fn new(values: impl Iterator<Item = f64> + Clone, begin: f64, end: f64) -> Self {
        let values = values.filter(|value| *value > 0.0);
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(0.0, f64::max);
        if most == 0.0 {
            return Self { from: -6, to: -3, begin, end };
        }
        #[expect(clippy::cast_possible_truncation, reason = "a power of ten of a time is small")]
        let (from, to) = (least.log10().floor() as i32, most.log10().ceil() as i32);
        Self { from, to: to.max(from + 1), begin, end }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let decades = f64::from(self.to - self.from);
        let part = (value.max(f64::MIN_POSITIVE).log10() - f64::from(self.from)) / decades;
        round(self.begin + part.clamp(0.0, 1.0) * (self.end - self.begin))
    }

    /// Returns a tick for each power of ten, in units of time.
    fn ticks(&self) -> Vec<Tick> {
        self.ticks_of(|value| time(value).replace(".00", "").replace(".0", ""))
    }

    /// Returns a tick for each power of ten, with this label.
    pub(super) fn ticks_of(&self, label: impl Fn(f64) -> String) -> Vec<Tick> {
        let tick = |power| {
            let value = 10_f64.powi(power);
            Tick { at: self.at(value), label: label(value * 1.000_001) }
        };
        (self.from..=self.to).map(tick).collect()
    }
}

/// A line across the drawing, and its label.
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// The dashes of lines, by which lines differ on grey paper.
const DASHES: [&str; 4] = ["none", "9 3", "2 3", "9 3 2 3"];

/// Returns the colour and the dashes of each contender, in their order. Neighbours differ in both, and no two of the
/// first 28 have both in common.
pub(super) fn styles() -> impl Iterator<Item = (&'static str, &'static str)> {
    COLOURS.into_iter().cycle().zip(DASHES.into_iter().cycle())
}

/// The chart of times. It has dots, because a logarithmic scale has no zero for a bar to start at.
pub(super) struct Dots<'a> {
    pub(super) height: f64,
    pub(super) bottom: f64,
    pub(super) ticks: Vec<Tick>,
    pub(super) dots: Vec<Dot<'a>>,
}

pub(super) struct Dot<'a> {
    pub(super) name: &'a str,
    pub(super) colour: &'static str,
    pub(super) middle: f64,
    pub(super) at: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// The rounds, in their order.
    pub(super) rounds: Vec<f64>,
    pub(super) label: String,
}

/// Returns a row for each contender that has figures, with a dot for each round.
pub(super) fn dots<'a>(figures: &[Figures<'a>]) -> Dots<'a> {
    const ROW: f64 = 36.0;
    let all = figures.iter().flat_map(|figures| figures.round_times.iter().copied());
    let scale = Scale::new(all, 220.0, 790.0);
    let mut dots: Vec<Dot<'a>> = Vec::new();
    let mut bottom = 0.0;
    for (figures, (colour, _)) in figures.iter().zip(styles()) {
        let Some(time_each) = figures.time else { continue };
        dots.push(Dot {
            name: &figures.contender.name,
            colour,
            middle: bottom + ROW / 2.0,
            at: scale.at(time_each.median),
            lower: scale.at(time_each.lower),
            upper: scale.at(time_each.upper),
            rounds: figures.round_times.iter().map(|time| scale.at(*time)).collect(),
            label: time(time_each.median),
        });
        bottom += ROW;
    }
    Dots { height: bottom + 26.0, bottom, ticks: scale.ticks(), dots }
}

/// The chart of latencies.
pub(super) struct Curves<'a> {
    pub(super) height: f64,
    pub(super) bottom: f64,
    pub(super) across: Vec<Tick>,
    pub(super) up: Vec<Tick>,
    pub(super) curves: Vec<Curve<'a>>,
}

pub(super) struct Curve<'a> {
    pub(super) name: &'a str,
    pub(super) colour: &'static str,
    pub(super) dashes: &'static str,
    pub(super) points: String,
    pub(super) key: KeyPlace,
}

/// The place of a line's key, below a chart that ends at `bottom`: three in a row.
#[derive(Clone, Copy)]
pub(super) struct KeyPlace {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl KeyPlace {
    const IN_A_ROW: usize = 3;

    pub(super) fn new(index: usize, bottom: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "there are few contenders")]
        let (column, row) = ((index % Self::IN_A_ROW) as f64, (index / Self::IN_A_ROW) as f64);
        Self { x: 70.0 + 270.0 * column, y: bottom + 48.0 + 22.0 * row }
    }

    /// Returns the height of a drawing with this number of keys.
    pub(super) fn height(keys: usize, bottom: f64) -> f64 {
        Self::new(keys.saturating_sub(1), bottom).y + 16.0
    }
}

/// Returns a line for each name that has latencies. It extends as far to the right as their number allows.
pub(super) fn curves<'a>(all: &[(&'a str, &Latencies)]) -> Curves<'a> {
    const BOTTOM: f64 = 280.0;
    let ends =
        all.iter().filter(|(_, latencies)| latencies.count() > 0).flat_map(|(_, latencies)| {
            [0.0, greatest_share(latencies)].map(|share| latencies.quantile(share).as_secs_f64())
        });
    let up = Scale::new(ends, BOTTOM, 10.0);
    let mut curves: Vec<Curve<'a>> = Vec::new();
    for ((name, latencies), (colour, dashes)) in all.iter().zip(styles()) {
        if latencies.count() == 0 {
            continue;
        }
        let points = points(latencies, &up);
        let key = KeyPlace::new(curves.len(), BOTTOM);
        curves.push(Curve { name, colour, dashes, points, key });
    }
    let across = SHARES.map(|(share, label)| Tick { at: across(share), label: label.into() });
    let height = KeyPlace::height(curves.len(), BOTTOM);
    Curves { height, bottom: BOTTOM, across: across.into(), up: up.ticks(), curves }
}

/// Returns the horizontal position of a share: 90 %, 99 % and 99.9 % are equally far from each other.
fn across(share: f64) -> f64 {
    round(70.0 + 810.0 * -(1.0 - share).log10() / 3.0)
}

/// Returns the greatest share that the number of latencies allows.
fn greatest_share(latencies: &Latencies) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
    let count = latencies.count() as f64;
    (1.0 - 1.0 / count).min(0.999)
}

fn points(latencies: &Latencies, up: &Scale) -> String {
    const STEPS: i32 = 60;
    let end = -(1.0 - greatest_share(latencies)).log10();
    let point = |step| {
        let share = 1.0 - 10_f64.powf(-end * f64::from(step) / f64::from(STEPS));
        let latency = latencies.quantile(share).as_secs_f64();
        format!("{},{}", across(share), up.at(latency))
    };
    (0..=STEPS).map(point).collect::<Vec<_>>().join(" ")
}

/// Rounds to a tenth of a unit, which is too small to see.
pub(super) fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_a_tick_for_each_power_of_ten() {
        let scale = Scale::new([0.000_15, 0.044].into_iter(), 0.0, 300.0);
        let labels: Vec<String> = scale.ticks().into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["100 µs", "1 ms", "10 ms", "100 ms"]);
        assert_eq!((scale.at(0.001), scale.at(0.0)), (100.0, 0.0));
        assert_eq!(Scale::new([].into_iter(), 0.0, 1.0).ticks().len(), 4);
    }
}

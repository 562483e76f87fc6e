//! Where the shapes of the chart of times are, in units of a drawing 900 wide.

use std::time::Duration;

use crate::{
    ms,
    observation::{Observation, TimeOwner},
};

/// Where times begin and end in the drawing; names stand before.
const BEGIN: f64 = 160.0;
const END: f64 = 885.0;
/// The height of a backend's lane, and of the scale under them.
const LANE: f64 = 46.0;
const SCALE: f64 = 26.0;
/// The width of a letter, and what is kept free beside a name.
const LETTER: f64 = 7.5;
const MARGIN: f64 = 6.0;
/// Lines of the scale, at the most.
const TICKS: u32 = 10;

/// What each backend waited for, and when.
pub(super) struct Chart {
    pub(super) height: f64,
    pub(super) bottom: f64,
    pub(super) keys: Vec<Key>,
    pub(super) ticks: Vec<Tick>,
    pub(super) lanes: Vec<Lane>,
}

/// What a colour stands for.
pub(super) struct Key {
    pub(super) x: f64,
    pub(super) class: &'static str,
    pub(super) name: &'static str,
}

/// A line across the lanes.
pub(super) struct Tick {
    pub(super) x: f64,
    pub(super) label: String,
}

/// One backend: its phases, and under them what their time went to.
pub(super) struct Lane {
    pub(super) y: f64,
    pub(super) name: String,
    pub(super) phases: Vec<Piece>,
    pub(super) pieces: Vec<Piece>,
}

/// Some time.
pub(super) struct Piece {
    pub(super) x: f64,
    pub(super) width: f64,
    /// What it is: a phase, or a class of the page's style.
    pub(super) name: &'static str,
    /// What is shown where it is pointed at.
    pub(super) about: String,
    /// Whether its name fits into it.
    pub(super) has_room: bool,
}

impl Chart {
    pub(super) fn of(observations: &[Observation]) -> Self {
        let longest = observations.iter().map(Observation::total).max().unwrap_or_default();
        let lanes = (0_u32..).zip(observations);
        let lanes: Vec<Lane> = lanes
            .map(|(place, observation)| lane(f64::from(place) * LANE, observation, longest))
            .collect();
        let bottom = lanes.last().map_or(0.0, |lane| lane.y + LANE);
        Self { height: bottom + SCALE, bottom, keys: keys(), ticks: ticks(longest), lanes }
    }
}

fn keys() -> Vec<Key> {
    let all = [TimeOwner::Link, TimeOwner::Server, TimeOwner::Client, TimeOwner::Stall];
    let key = |(place, on)| {
        let (class, name) = class_and_name(on);
        Key { x: f64::from(place) * 180.0, class, name }
    };
    (0_u32..).zip(all).map(key).collect()
}

fn class_and_name(on: TimeOwner) -> (&'static str, &'static str) {
    match on {
        TimeOwner::Link => ("link", "the link"),
        TimeOwner::Server => ("server", "the server"),
        TimeOwner::Client => ("own", "the client's own work"),
        TimeOwner::Stall => ("stall", "a stall"),
    }
}

fn lane(y: f64, observation: &Observation, longest: Duration) -> Lane {
    let piece = |from, to, name: &'static str, told: &str| {
        let (from, to) = (observation.since_start(from), observation.since_start(to));
        let (x, end) = (at(from, longest), at(to, longest));
        let width = round(end - x);
        let letters = u32::try_from(name.len()).unwrap_or(u32::MAX);
        let has_room = f64::from(letters) * LETTER + MARGIN <= width;
        let about = format!("{told}: {} ms, from {}", ms(to.saturating_sub(from)), ms(from));
        Piece { x, width, name, about, has_room }
    };
    let spans = observation.spans();
    let phases =
        spans.iter().map(|span| piece(span.start, span.end, span.phase.name(), span.phase.name()));
    let intervals = observation.intervals();
    let pieces = intervals.iter().map(|stretch| {
        let (class, name) = class_and_name(stretch.on);
        piece(stretch.from, stretch.to, class, name)
    });
    Lane { y, name: observation.title(), phases: phases.collect(), pieces: pieces.collect() }
}

fn at(time: Duration, longest: Duration) -> f64 {
    let whole = longest.as_secs_f64().max(f64::MIN_POSITIVE);
    round(BEGIN + (END - BEGIN) * (time.as_secs_f64() / whole).min(1.0))
}

/// A tenth of a unit is finer than any screen.
fn round(units: f64) -> f64 {
    (units * 10.0).round() / 10.0
}

/// Lines at 1, 2 or 5 times a power of ten of milliseconds.
fn ticks(longest: Duration) -> Vec<Tick> {
    let mut steps =
        (-3..6).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)));
    let milliseconds = longest.as_secs_f64() * 1000.0;
    let Some(step) = steps.find(|step| milliseconds / step <= f64::from(TICKS)) else {
        return Vec::new();
    };
    (0..=TICKS)
        .map(|place| f64::from(place) * step)
        .take_while(|tick| *tick <= milliseconds)
        .map(|tick| Tick {
            x: at(Duration::from_secs_f64(tick / 1000.0), longest),
            label: format!("{}", (tick * 1000.0).round() / 1000.0),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn lanes_share_one_scale_and_pieces_follow_one_another() {
        let chart = Chart::of(&[fixtures::observation("raw"), fixtures::stalled("lettre", 41_000)]);
        let [raw, lettre] = chart.lanes.as_slice() else { panic!("two lanes") };
        let end = |lane: &Lane| lane.pieces.last().map(|piece| piece.x + piece.width).unwrap();
        assert!((end(lettre) - END).abs() < 0.2 && end(raw) < 300.0);
        for lane in &chart.lanes {
            for pair in lane.pieces.windows(2) {
                assert!((pair[0].x + pair[0].width - pair[1].x).abs() < 0.2);
            }
        }
        let stall = lettre.pieces.iter().max_by(|a, b| a.width.total_cmp(&b.width)).unwrap();
        assert_eq!(stall.name, "stall");
        assert!(stall.about.starts_with("a stall: 41.02 ms, from "), "{}", stall.about);
    }

    #[test]
    fn the_scale_has_round_figures_and_no_time_is_no_scale() {
        let labels = |ms| -> Vec<String> {
            ticks(Duration::from_millis(ms)).into_iter().map(|tick| tick.label).collect()
        };
        assert_eq!(labels(44), ["0", "5", "10", "15", "20", "25", "30", "35", "40"]);
        assert_eq!(labels(3), ["0", "0.5", "1", "1.5", "2", "2.5", "3"]);
        assert_eq!(labels(0), ["0"]);
    }
}

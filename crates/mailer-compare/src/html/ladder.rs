//! Every way to send that was recorded, with its round trips until the message is accepted.

use super::{
    numbers::{Cost, cost, text},
    picture::{label, title},
};
use crate::{
    exchange::{Exchange, until_accepted},
    recordings::{Recordings, Settings},
};

/// One way to send, and its round trips.
pub(super) struct Way {
    pub(super) classes: &'static str,
    pub(super) name: String,
    pub(super) count: u32,
    pub(super) time: String,
    pub(super) pills: Vec<String>,
}

/// Returns every way to send that was recorded with the settings of the comparison and any flow, those with
/// the most round trips first.
pub(super) fn ways(recordings: &Recordings, rtt: f64) -> Vec<Way> {
    let flow = recordings.dimensions.iter().find(|dimension| dimension.name == "flow");
    let mut ways = Vec::new();
    for side in 0..recordings.sides.len() {
        let has_flow = flow.is_some_and(|flow| flow.sides.contains(&side));
        let flows = flow.filter(|_| has_flow).map_or(&[][..], |flow| &flow.values);
        let settings = flows.iter().map(|flow| with_flow(&recordings.shown, flow));
        let alone = (!has_flow).then(|| recordings.shown.clone());
        ways.extend(
            settings.chain(alone).filter_map(|settings| way(recordings, side, &settings, rtt)),
        );
    }
    ways.sort_by_key(|way| std::cmp::Reverse(way.count));
    ways
}

/// Returns the round trips until the message is accepted in a sentence: one command at a time, as in this run, with the best flow, with
/// the best flow and option, and of the sides without flows. Empty if no flow can be chosen.
pub(super) fn thesis(recordings: &Recordings) -> String {
    let Some(flow) = recordings.dimensions.iter().find(|it| it.name == "flow") else {
        return String::new();
    };
    let mut parts = Vec::new();
    for side in 0..recordings.sides.len() {
        if !flow.sides.contains(&side) {
            parts.extend(reached(recordings, side, &recordings.shown).map(|it| it.text("")));
            continue;
        }
        let mut plain = vec![with_flow(&recordings.shown, "lockstep")];
        plain.extend(Some(recordings.shown.clone()).filter(|shown| !plain.contains(shown)));
        let plain = plain.iter().filter_map(|settings| reached(recordings, side, settings));
        let plain: Vec<Reached> = plain.collect();
        parts.extend(plain.iter().map(|it| it.text("")));
        let flows = flow.values.iter().map(|flow| with_flow(&recordings.shown, flow));
        let flows: Vec<Settings> = flows.collect();
        let best = flows.iter().filter_map(|settings| reached(recordings, side, settings));
        let best = best.min_by_key(|it| it.cost.trips);
        let tunings = recordings.dimensions.iter().find(|it| it.name == "tuning");
        let tunings = tunings.map_or(&[][..], |tuning| &tuning.values);
        let tuned = tunings.iter().flat_map(|tuning| {
            let with = flows.iter().map(move |settings| {
                let mut settings = settings.clone();
                settings.insert("tuning", tuning.clone());
                settings
            });
            with.filter_map(move |settings| {
                Some((reached(recordings, side, &settings)?, tuning.as_str()))
            })
        });
        let tuned = tuned.min_by_key(|(it, _)| it.cost.trips);
        let fewer = |(it, _): &(Reached, &str)| {
            best.as_ref().is_some_and(|best| it.cost.trips < best.cost.trips)
        };
        let tuned = tuned.filter(fewer).map(|(it, tuning)| it.text(&format!(" with {tuning}")));
        let best = best.filter(|best| plain.iter().all(|it| best.cost.trips < it.cost.trips));
        parts.extend(best.map(|it| it.text("")).into_iter().chain(tuned));
    }
    format!(
        "Round trips until the message is accepted, with the settings of this run: {}.",
        parts.join(", ")
    )
}

/// What a way to send costs until the message is accepted.
struct Reached {
    name: String,
    cost: Cost,
}

fn reached(recordings: &Recordings, side: usize, settings: &Settings) -> Option<Reached> {
    let exchanges = until_accepted(&recordings.find(side, settings)?.exchanges);
    Some(Reached { name: title(recordings, side, settings), cost: cost(exchanges) })
}

impl Reached {
    fn text(&self, with: &str) -> String {
        let Self { name, cost } = self;
        let stalls = match cost.stalls {
            0 => String::new(),
            1 => " and a stall".to_owned(),
            stalls => format!(" and {stalls} stalls"),
        };
        format!("{name}{with} {}{stalls}", cost.trips)
    }
}

fn with_flow(settings: &Settings, flow: &str) -> Settings {
    let mut settings = settings.clone();
    settings.insert("flow", flow.to_owned());
    settings
}

fn way(recordings: &Recordings, side: usize, settings: &Settings, rtt: f64) -> Option<Way> {
    let exchanges = until_accepted(&recordings.find(side, settings)?.exchanges);
    let cost = cost(exchanges);
    let current = *settings == recordings.shown;
    Some(Way {
        classes: if current { "current" } else { "" },
        name: title(recordings, side, settings),
        count: cost.trips,
        time: text(cost.time(rtt)),
        pills: exchanges.iter().flat_map(pills).collect(),
    })
}

/// A pill for each round trip, with what it waits for.
fn pills(exchange: &Exchange) -> Vec<String> {
    let label = label(exchange);
    let label = if label.is_empty() { exchange.phase.name().to_owned() } else { label };
    let stalls = std::iter::repeat_n("stall".to_owned(), exchange.stalls as usize);
    stalls.chain(std::iter::repeat_n(label, exchange.round_trips as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        exchange::exchanges,
        fixtures,
        observation::Observation,
        recordings::{Dimension, Recording},
    };

    /// Raw with two flows, of which one has an option that saves nothing, and lettre.
    fn recordings() -> Recordings {
        let dimension = |name, values: &[&str]| Dimension {
            name,
            label: name,
            values: values.iter().map(|it| (*it).to_owned()).collect(),
            sides: vec![0],
        };
        let recording =
            |side, settings: &[(&'static str, &str)], session: &Observation| Recording {
                side,
                settings: settings
                    .iter()
                    .map(|(name, value)| (*name, (*value).to_owned()))
                    .collect(),
                exchanges: exchanges(session),
                is_of_run: false,
            };
        let raw = |flow, tuning, session: &Observation| {
            recording(0, &[("flow", flow), ("tuning", tuning)], session)
        };
        let (lockstep, pipelined) = (fixtures::observation("raw"), fixtures::pipelined("raw"));
        Recordings {
            sides: vec!["raw".into(), "lettre".into()],
            dimensions: vec![
                dimension("flow", &["lockstep", "pipelined"]),
                dimension("tuning", &["default", "slow"]),
            ],
            shown: Settings::from([("flow", "pipelined".into()), ("tuning", "default".into())]),
            all: vec![
                raw("lockstep", "default", &lockstep),
                raw("pipelined", "default", &pipelined),
                raw("pipelined", "slow", &lockstep),
                recording(1, &[], &fixtures::stalled("lettre", 41_000)),
            ],
        }
    }

    #[test]
    fn the_count_writes_the_sentence() {
        let expected = "raw (lockstep) 11, raw (pipelined) 9, lettre 11 and a stall.";
        let sentence = thesis(&recordings());
        assert!(sentence.ends_with(expected), "{sentence}");
        let mut quick = recordings();
        quick.all[2].exchanges.truncate(4);
        let sentence = thesis(&quick);
        assert!(sentence.contains("raw (pipelined) with slow 4, lettre"), "{sentence}");
        assert_eq!(thesis(&Recordings { dimensions: Vec::new(), ..recordings() }), "");
    }
}

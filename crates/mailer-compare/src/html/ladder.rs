//! Every way to send that was recorded, with its round trips until the message is accepted.

use super::{
    numbers::{cost, text},
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

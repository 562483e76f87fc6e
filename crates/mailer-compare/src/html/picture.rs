//! What the two pictures and the tiles show, for the settings of the comparison itself.
//!
//! The page's script shows the same for other settings: it clones these rows and fills their slots. Both
//! write numbers in the same way, and a test in a browser compares what they write.

use super::numbers::{Cost, cost, style, text};
use crate::{
    exchange::{Exchange, until_accepted},
    recordings::{Recordings, Settings},
    time_format::{milliseconds, thousandths},
};

/// One side: its tiles and its rows.
pub(super) struct Side {
    pub(super) index: usize,
    pub(super) title: String,
    pub(super) accepted: Tiles,
    pub(super) rows: Vec<Row>,
}

/// The figures of a side until the server accepts the last message.
pub(super) struct Tiles {
    pub(super) time: String,
    pub(super) trips: u32,
    pub(super) stall: String,
    pub(super) about: String,
    pub(super) bars: Vec<Bar>,
}

/// One wait of the client.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) classes: String,
    /// The number of the round trip; of the first and the last, if a stall costs one more.
    pub(super) trip: String,
    pub(super) phase: &'static str,
    pub(super) label: String,
    /// The commands before the stall; empty if there is no stall or its place is unknown.
    pub(super) first: String,
    /// The other commands.
    pub(super) sent: String,
    pub(super) replies: String,
    pub(super) stall: String,
    pub(super) took: String,
    /// The time since the start at its end.
    pub(super) at: String,
    pub(super) about: String,
    pub(super) bars: Vec<Bar>,
}

/// A part of a bar, drawn by the style sheet from the numbers in its `style`.
#[derive(Clone)]
pub(super) struct Bar {
    /// A class of the page's style.
    pub(super) owner: &'static str,
    pub(super) style: String,
}

/// Returns the sides at this RTT in milliseconds.
pub(super) fn sides(recordings: &Recordings, rtt: f64) -> Vec<Side> {
    let shown = |index: usize| recordings.find(index, &recordings.shown);
    let side = |index: usize| {
        let exchanges = shown(index).map_or(&[][..], |recording| &recording.exchanges);
        Side {
            index,
            title: title(recordings, index, &recordings.shown),
            accepted: tiles(until_accepted(exchanges), rtt),
            rows: rows(exchanges, rtt),
        }
    };
    (0..recordings.sides.len()).map(side).collect()
}

/// The name of a side, and its flow where it has a choice.
pub(super) fn title(recordings: &Recordings, side: usize, settings: &Settings) -> String {
    let name = recordings.sides.get(side).cloned().unwrap_or_default();
    let recording = recordings.find(side, settings);
    match recording.and_then(|recording| recording.settings.get("flow")) {
        Some(flow) => format!("{name} ({flow})"),
        None => name,
    }
}

fn tiles(exchanges: &[Exchange], rtt: f64) -> Tiles {
    let cost = cost(exchanges);
    let (client, server) = exchanges.iter().fold((0.0, 0.0), |(client, server), exchange| {
        let time = exchange.time;
        (client + milliseconds(time.client), server + milliseconds(time.server))
    });
    Tiles {
        time: text(cost.time(rtt)),
        trips: cost.trips,
        stall: if cost.stalls > 0 { text(cost.stalled(rtt)) } else { "0".into() },
        about: about(client, server, cost, rtt),
        bars: vec![
            bar("client", style(client, 0.0, 0.0, 0)),
            bar("server", style(server, 0.0, 0.0, 0)),
            bar("link", style(0.0, f64::from(cost.trips), 0.0, 0)),
            bar("stall", style(0.0, 0.0, cost.stall, cost.stalls)),
        ],
    }
}

fn rows(exchanges: &[Exchange], rtt: f64) -> Vec<Row> {
    let mut before = Cost::default();
    let row = |exchange| {
        let start = before;
        before = before + Cost::new(exchange);
        row(exchange, start, rtt)
    };
    exchanges.iter().map(row).collect()
}

fn row(exchange: &Exchange, start: Cost, rtt: f64) -> Row {
    let own = Cost::new(exchange);
    let end = start + own;
    let (client, server) = (milliseconds(exchange.time.client), milliseconds(exchange.time.server));
    let label = label(exchange);
    let [first, sent] = divided(exchange).unwrap_or_else(|| [String::new(), label.clone()]);
    Row {
        classes: classes(exchange, &label),
        trip: trip(start.trips, end.trips),
        phase: exchange.phase.name(),
        label,
        first,
        sent,
        replies: exchange.answer(),
        stall: if own.stalls > 0 {
            format!("{} ms stall", text(own.stalled(rtt)))
        } else {
            String::new()
        },
        took: text(own.time(rtt)),
        at: text(end.time(rtt)),
        about: about(client, server, own, rtt),
        bars: bars(start, client, server, own),
    }
}

/// What stands between the commands of a flight, and between its replies.
const SEPARATOR: &str = " · ";

/// Returns the label of a wait. The data of the page has the same one.
pub(crate) fn label(exchange: &Exchange) -> String {
    match exchange.phase {
        mailer::Phase::Connect => "TCP connect".into(),
        mailer::Phase::Tls => "TLS handshake".into(),
        // What follows the last reply: the end of TLS and of TCP.
        _ if exchange.round_trips == 0 && exchange.commands.is_empty() => "close".into(),
        // A flight before EHLO, which was held back: see `delayed_ehlo`.
        mailer::Phase::EhloAgain if exchange.commands.is_empty() => "end of TLS handshake".into(),
        _ => exchange.commands.join(SEPARATOR),
    }
}

/// The commands of a flight before its stall, and those that the stall held back.
pub(crate) fn divided(exchange: &Exchange) -> Option<[String; 2]> {
    // A lone dot over an arrow looks like a speck.
    let name = |part: &Vec<String>| match part.join(SEPARATOR) {
        dot if dot == "." => ". (the final dot)".to_owned(),
        commands => commands,
    };
    exchange.divided.as_ref().map(|parts| parts.each_ref().map(name))
}

fn classes(exchange: &Exchange, label: &str) -> String {
    let classes = [
        ("tls", exchange.phase == mailer::Phase::Tls),
        ("stalled", exchange.stalls > 0),
        ("divided", exchange.divided.is_some()),
        ("late", exchange.is_answer_stalled),
        ("quiet", label.is_empty()),
        ("unanswered", exchange.round_trips == 0),
        ("accepted", exchange.accepts),
    ];
    let classes: Vec<&str> =
        classes.iter().filter(|(_, has)| *has).map(|(class, _)| *class).collect();
    classes.join(" ")
}

/// The numbers of the round trips after `before`, up to `after`.
fn trip(before: u32, after: u32) -> String {
    match after - before {
        0 => String::new(),
        1 => after.to_string(),
        _ => format!("{}–{after}", before + 1),
    }
}

/// A row begins where the one before it ended. Half of the link's time is before the server's, half after.
fn bars(start: Cost, client: f64, server: f64, own: Cost) -> Vec<Bar> {
    let half = f64::from(own.trips) / 2.0;
    vec![
        bar("before", start.style()),
        bar("client", style(client, 0.0, 0.0, 0)),
        bar("stall", style(0.0, 0.0, own.stall, own.stalls)),
        bar("link", style(0.0, half, 0.0, 0)),
        bar("server", style(server, 0.0, 0.0, 0)),
        bar("link", style(0.0, half, 0.0, 0)),
    ]
}

fn bar(owner: &'static str, style: String) -> Bar {
    Bar { owner, style }
}

/// The parts of a bar in words.
fn about(client: f64, server: f64, cost: Cost, rtt: f64) -> String {
    let link = f64::from(cost.trips) * rtt;
    let parts =
        [("client", client), ("stall", cost.stalled(rtt)), ("link", link), ("server", server)];
    let parts = parts.iter().filter(|(_, time)| *time > 0.0);
    let parts: Vec<String> =
        parts.map(|(owner, time)| format!("{owner} {} ms", text(*time))).collect();
    if parts.is_empty() { "no time".into() } else { parts.join(", ") }
}

/// The marks of the axis: five, from 0 to a round number that is not below the longest time.
pub(super) struct Axis {
    pub(super) max: f64,
    pub(super) ticks: Vec<(f64, String)>,
}

/// The maximum of an axis as a multiple of a power of ten; a quarter of each is round, too.
const ROUND: [f64; 11] = [1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];

impl Axis {
    /// Returns the axis that all sides share.
    pub(super) fn new(recordings: &Recordings, rtt: f64) -> Self {
        let times = (0..recordings.sides.len()).filter_map(|side| {
            Some(cost(&recordings.find(side, &recordings.shown)?.exchanges).time(rtt))
        });
        let longest = times.fold(0.0, f64::max);
        let longest = if longest > 0.0 { longest } else { 1.0 };
        let power = 10_f64.powf(longest.log10().floor());
        let round = ROUND.map(|step| step * power).into_iter().find(|max| *max >= longest * 0.9999);
        let max = thousandths(round.unwrap_or(10.0 * power));
        let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| (at, thousandths(max * at).to_string()));
        Self { max, ticks: ticks.to_vec() }
    }
}

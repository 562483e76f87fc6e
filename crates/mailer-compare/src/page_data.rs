//! The data that the page of `--html` embeds, as JSON: its script recomputes the pictures from it.

use mailer_link::Path;
use serde::Serialize;

use crate::{
    Comparison,
    exchange::Exchange,
    json,
    recordings::{Recordings, Settings},
    report::Document,
    time_format::milliseconds,
};

/// The version of the embedded data's form.
const VERSION: u32 = 1;

/// The whole of the embedded data.
#[derive(Clone, Debug, Serialize)]
pub struct PageData {
    version: u32,
    /// The RTT of the path that the comparison itself ran over, in milliseconds.
    rtt_ms: f64,
    sides: Vec<String>,
    dimensions: Vec<DimensionEntry>,
    shown: Settings,
    recordings: Vec<RecordingEntry>,
    /// The document of `--json`.
    document: Document,
}

#[derive(Clone, Debug, Serialize)]
struct DimensionEntry {
    name: &'static str,
    label: &'static str,
    values: Vec<String>,
    sides: Vec<usize>,
}

#[derive(Clone, Debug, Serialize)]
struct RecordingEntry {
    side: usize,
    settings: Settings,
    exchanges: Vec<ExchangeEntry>,
}

/// An [`Exchange`]. Times are in milliseconds.
#[derive(Clone, Debug, Serialize)]
struct ExchangeEntry {
    phase: &'static str,
    commands: String,
    replies: String,
    client: f64,
    server: f64,
    stall: f64,
    stalls: u32,
    round_trips: u32,
    bytes_out: u64,
    bytes_in: u64,
    accepts: bool,
}

impl PageData {
    /// The data of a comparison that was made by `command`, with the path that it ran over.
    #[must_use]
    pub fn new(
        comparison: &Comparison,
        recordings: &Recordings,
        path: Path,
        command: &str,
    ) -> Self {
        let dimension = |it: &crate::recordings::Dimension| DimensionEntry {
            name: it.name,
            label: it.label,
            values: it.values.clone(),
            sides: it.sides.clone(),
        };
        let recording = |it: &crate::recordings::Recording| RecordingEntry {
            side: it.side,
            settings: it.settings.clone(),
            exchanges: it.exchanges.iter().map(ExchangeEntry::new).collect(),
        };
        Self {
            version: VERSION,
            rtt_ms: milliseconds(path.round_trip),
            sides: recordings.sides.clone(),
            dimensions: recordings.dimensions.iter().map(dimension).collect(),
            shown: recordings.shown.clone(),
            recordings: recordings.all.iter().map(recording).collect(),
            document: json::document(comparison, command),
        }
    }

    /// The data as the content of a `script` element: text from outside cannot end the element.
    #[must_use]
    pub fn script(&self) -> String {
        let json = serde_json::to_string(self).expect("the data has no keys but strings");
        // `<` cannot occur in JSON but within strings, where it may be written as an escape.
        json.replace('<', "\\u003c")
    }
}

impl ExchangeEntry {
    fn new(exchange: &Exchange) -> Self {
        let codes: Vec<String> = exchange.replies.iter().map(ToString::to_string).collect();
        Self {
            phase: exchange.phase.name(),
            commands: exchange.commands.join(" · "),
            replies: codes.join(" · "),
            client: milliseconds(exchange.time.client),
            server: milliseconds(exchange.time.server),
            stall: milliseconds(exchange.time.stall),
            stalls: exchange.stalls,
            round_trips: exchange.round_trips,
            bytes_out: exchange.bytes_out,
            bytes_in: exchange.bytes_in,
            accepts: exchange.accepts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_reply_cannot_end_the_script_element() {
        let mut evil = fixtures::observation("raw");
        let reply = mailer::Reply::new(250, "</script><script>alert(1)</script>");
        let kind = crate::recorder::EventKind::Received { step: mailer::Step::Quit, reply };
        evil.events.push(crate::recorder::RecordedEvent { at: evil.ended, kind, source: None });
        let comparison = fixtures::comparison(vec![evil]);
        let recordings = Recordings::from_observations(&comparison.observations);
        let data = PageData::new(&comparison, &recordings, Path::default(), "compare");
        let script = data.script();
        assert!(!script.contains('<'), "{script}");
        let read: serde_json::Value = serde_json::from_str(&script).unwrap();
        assert!(read.to_string().contains("</script>"));
    }

    #[test]
    fn each_side_has_its_recording_with_times_in_milliseconds() {
        let observations = vec![fixtures::pipelined("raw"), fixtures::stalled("lettre", 41_000)];
        let comparison = fixtures::comparison(observations);
        let recordings = Recordings::from_observations(&comparison.observations);
        let data = PageData::new(&comparison, &recordings, Path::default(), "compare");
        let read: serde_json::Value = serde_json::from_str(&data.script()).unwrap();
        assert_eq!(read["sides"], serde_json::json!(["raw (pipelined)", "lettre"]));
        let lettre = &read["recordings"][1]["exchanges"];
        let stalled = lettre.as_array().unwrap().iter().find(|it| it["stalls"] == 1).unwrap();
        assert_eq!((&stalled["stall"], &stalled["accepts"]), (&41.02.into(), &true.into()));
        assert_eq!(
            (&stalled["commands"], &stalled["replies"]),
            (&"content · .".into(), &"250".into())
        );
    }
}

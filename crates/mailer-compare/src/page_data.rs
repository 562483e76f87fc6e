//! The data from which the script of the page of `--html` recomputes the pictures, as JSON.

mod lines;

use mailer_link::Path;
use serde::{Serialize, Serializer, ser::SerializeTuple as _};
use serde_json::Serializer as JsonSerializer;

use crate::{
    exchange::Exchange,
    html::{divided, label},
    recordings::{Dimension, Recording, Recordings, Settings},
    time_format::{microseconds, milliseconds},
};

use self::lines::LineFormatter;

/// The version of the embedded data's form.
const VERSION: u32 = 4;

/// The whole of the embedded data.
///
/// A page has some hundred recordings, and most of their waits differ in the times only. So a recording
/// refers to its `WaitEntry`s by number, and to the values of dimensions likewise.
#[derive(Clone, Debug, Serialize)]
pub struct PageData {
    version: u32,
    /// The RTT of the path that the comparison itself ran over, in milliseconds.
    rtt_ms: f64,
    sides: Vec<String>,
    dimensions: Vec<DimensionEntry>,
    shown: Settings,
    /// Every kind of wait in the recordings, each once.
    waits: Vec<WaitEntry>,
    /// The names of the numbers in an exchange. The last two are left out where there is no stall.
    exchange_columns: [&'static str; 5],
    recordings: Vec<RecordingEntry>,
}

const EXCHANGE_COLUMNS: [&str; 5] = ["wait", "client_us", "server_us", "stall_us", "stalls"];

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
    /// For each dimension the index of the value; null where the side does not have the dimension.
    settings: Vec<Option<usize>>,
    exchanges: Vec<ExchangeEntry>,
}

/// What an [`Exchange`] sends and waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct WaitEntry {
    phase: &'static str,
    /// What it is called, such as the commands of its flight.
    label: String,
    /// The commands before its stall, and those that the stall held back.
    #[serde(skip_serializing_if = "Option::is_none")]
    divided: Option<[String; 2]>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    answer_stalled: bool,
    replies: String,
    round_trips: u32,
    bytes_out: u64,
    bytes_in: u64,
    accepts: bool,
}

/// An [`Exchange`]: the index of its [`WaitEntry`], and its times in microseconds.
#[derive(Clone, Debug)]
struct ExchangeEntry {
    wait: usize,
    client: u64,
    server: u64,
    stall: u64,
    stalls: u32,
}

impl PageData {
    /// The data of these recordings, of a comparison that ran over this path.
    #[must_use]
    pub fn new(recordings: &Recordings, path: Path) -> Self {
        let dimension = |it: &Dimension| DimensionEntry {
            name: it.name,
            label: it.label,
            values: it.values.clone(),
            sides: it.sides.clone(),
        };
        let mut waits = Vec::new();
        let recording = |it: &Recording| RecordingEntry {
            side: it.side,
            settings: recordings.dimensions.iter().map(|at| setting(at, &it.settings)).collect(),
            exchanges: it.exchanges.iter().map(|it| ExchangeEntry::new(it, &mut waits)).collect(),
        };
        let all = recordings.all.iter().map(recording).collect();
        Self {
            version: VERSION,
            rtt_ms: milliseconds(path.round_trip),
            sides: recordings.sides.clone(),
            dimensions: recordings.dimensions.iter().map(dimension).collect(),
            shown: recordings.shown.clone(),
            waits,
            exchange_columns: EXCHANGE_COLUMNS,
            recordings: all,
        }
    }

    /// The data as JSON, with a line for each recording.
    #[must_use]
    pub fn json(&self) -> String {
        let mut json = Vec::new();
        let mut serializer = JsonSerializer::with_formatter(&mut json, LineFormatter::default());
        self.serialize(&mut serializer).expect("the data has no keys but strings");
        String::from_utf8_lossy(&json).into_owned()
    }
}

/// The index of the value that these settings have in a dimension.
fn setting(dimension: &Dimension, settings: &Settings) -> Option<usize> {
    let value = settings.get(dimension.name)?;
    dimension.values.iter().position(|known| known == value)
}

impl WaitEntry {
    fn new(exchange: &Exchange) -> Self {
        Self {
            phase: exchange.phase.name(),
            label: label(exchange),
            divided: divided(exchange),
            answer_stalled: exchange.is_answer_stalled,
            replies: exchange.answer(),
            round_trips: exchange.round_trips,
            bytes_out: exchange.bytes_out,
            bytes_in: exchange.bytes_in,
            accepts: exchange.accepts,
        }
    }
}

impl ExchangeEntry {
    /// Refers to the wait of this exchange, and adds it to `waits` if it is new.
    fn new(exchange: &Exchange, waits: &mut Vec<WaitEntry>) -> Self {
        let wait = WaitEntry::new(exchange);
        let index = waits.iter().position(|known| *known == wait).unwrap_or_else(|| {
            waits.push(wait);
            waits.len() - 1
        });
        Self {
            wait: index,
            client: microseconds(exchange.time.client),
            server: microseconds(exchange.time.server),
            stall: microseconds(exchange.time.stall),
            stalls: exchange.stalls,
        }
    }
}

impl Serialize for ExchangeEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_stalled = self.stalls > 0 || self.stall > 0;
        let mut numbers = serializer.serialize_tuple(if is_stalled { 5 } else { 3 })?;
        numbers.serialize_element(&self.wait)?;
        numbers.serialize_element(&self.client)?;
        numbers.serialize_element(&self.server)?;
        if is_stalled {
            numbers.serialize_element(&self.stall)?;
            numbers.serialize_element(&self.stalls)?;
        }
        numbers.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn each_side_has_its_recording_with_times_in_microseconds() {
        let observations = vec![fixtures::pipelined("raw"), fixtures::stalled("lettre", 41_000)];
        let comparison = fixtures::comparison(observations);
        let recordings = Recordings::from_observations(&comparison.observations);
        let data = PageData::new(&recordings, Path::default());
        let read: serde_json::Value = serde_json::from_str(&data.json()).unwrap();
        assert_eq!(read["sides"], serde_json::json!(["raw (pipelined)", "lettre"]));
        let lettre = read["recordings"][1]["exchanges"].as_array().unwrap();
        let stalled = lettre.iter().find(|it| it[4] == 1).unwrap();
        assert_eq!(stalled[3], 41_020);
        let wait = &read["waits"][usize::try_from(stalled[0].as_u64().unwrap()).unwrap()];
        assert_eq!(
            (&wait["label"], &wait["replies"], &wait["accepts"]),
            (&"content · .".into(), &"250".into(), &true.into())
        );
        assert_eq!(wait["divided"], serde_json::json!(["content", ". (the final dot)"]));
        let columns = read["exchange_columns"].as_array().unwrap();
        assert!(lettre.iter().all(|it| [3, columns.len()].contains(&it.as_array().unwrap().len())));
    }

    #[test]
    fn a_setting_is_the_index_of_its_value() {
        let dimension = |name, values: [&str; 2]| Dimension {
            name,
            label: name,
            values: values.map(str::to_owned).to_vec(),
            sides: vec![0],
        };
        let flow = dimension("flow", ["auto", "lockstep"]);
        let settings = Settings::from([("flow", "lockstep".to_owned())]);
        assert_eq!(setting(&flow, &settings), Some(1));
        assert_eq!(setting(&dimension("tls", ["STARTTLS", "none"]), &settings), None);
    }

    #[test]
    fn each_recording_has_a_line() {
        let comparison = fixtures::comparison(vec![fixtures::pipelined("raw"); 3]);
        let recordings = Recordings::from_observations(&comparison.observations);
        let data = PageData::new(&recordings, Path::default());
        let script = data.json();
        let lines = script.lines().filter(|line| line.starts_with("{\"side\":"));
        assert_eq!(lines.count(), 3);
    }
}

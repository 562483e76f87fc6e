//! Pages that the commands wrote, and what the data of the comparison predict.

use mailer_tests::binary;
use serde_json::{Value, json};

/// A page, and the data in it.
pub(crate) struct Recorded {
    pub(crate) html: String,
    pub(crate) data: Value,
}

impl Recorded {
    pub(crate) fn make() -> Self {
        let html = written_by(&["compare", "--html"]);
        let (_, rest) = html.split_once("id=\"data\">").expect("the page has data");
        let (data, _) = rest.split_once("</script>").expect("the data end");
        let data = serde_json::from_str(data).expect("the data are JSON");
        Self { html, data }
    }

    /// The three figures of each side that its recording with these settings predicts at this RTT, as the
    /// tiles show them.
    pub(crate) fn tiles(&self, settings: &Value, rtt: f64) -> Value {
        let sides = self.data["sides"].as_array().expect("sides").len();
        (0..sides).map(|side| self.tile(side, settings, rtt)).collect()
    }

    fn tile(&self, side: usize, settings: &Value, rtt: f64) -> Value {
        let recordings = self.data["recordings"].as_array().expect("recordings");
        let fits = |recording: &&Value| recording["side"] == side && self.fits(recording, settings);
        let recording = recordings.iter().find(fits).expect("each side is recorded");
        let exchanges = recording["exchanges"].as_array().expect("exchanges");
        let accepted = exchanges.iter().rposition(|it| self.wait(it)["accepts"] == true);
        let exchanges = &exchanges[..=accepted.expect("the message is accepted")];
        // A recorded time is in microseconds. It is left out where it is zero.
        let ms = |exchange: &Value, index: usize| exchange[index].as_f64().unwrap_or(0.0) / 1000.0;
        let trips: u64 = exchanges.iter().map(|it| number(&self.wait(it)["round_trips"])).sum();
        let stalls: u64 = exchanges.iter().map(|it| it[4].as_u64().unwrap_or(0)).sum();
        // In the order of the script, since another order may round to another last digit.
        let work: f64 = exchanges.iter().map(|it| ms(it, 1) + ms(it, 2)).sum();
        let stall: f64 = exchanges.iter().map(|it| ms(it, 3)).sum();
        let stall = stall + stalls as f64 * rtt;
        let time = work + trips as f64 * rtt + stall;
        let stalled = if stalls > 0 { text(stall) } else { "0".into() };
        json!([text(time), trips.to_string(), stalled])
    }

    /// Whether a recording has these settings, as far as it has them at all.
    fn fits(&self, recording: &Value, settings: &Value) -> bool {
        let dimensions = self.data["dimensions"].as_array().expect("dimensions");
        let own = recording["settings"].as_array().expect("settings");
        dimensions.iter().zip(own).all(|(dimension, value)| {
            let name = dimension["name"].as_str().expect("a name");
            value.is_null() || dimension["values"][index(value)] == settings[name]
        })
    }

    fn wait(&self, exchange: &Value) -> &Value {
        &self.data["waits"][index(&exchange[0])]
    }
}

/// The page of a small benchmark.
pub(crate) fn bench_page() -> String {
    written_by(&["bench", "--messages", "12", "--rounds", "3", "--link-rtt", "2", "--html"])
}

/// Runs the command with the name of a file as its last argument, and returns the file.
fn written_by(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let file = folder.path().join("page.html");
    let output = binary::mailer().args(arguments).arg(&file).output().expect("mailer runs");
    assert!(output.status.success(), "{output:?}");
    std::fs::read_to_string(&file).expect("the page")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn index(value: &Value) -> usize {
    usize::try_from(number(value)).expect("an index")
}

/// Milliseconds in three digits.
fn text(time: f64) -> String {
    let places = if time < 9.995 { 2 } else { usize::from(time < 99.95) };
    let unit = [1.0, 10.0, 100.0][places];
    format!("{:.places$}", (time * unit).round() / unit)
}

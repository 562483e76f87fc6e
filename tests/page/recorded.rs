//! A page that `mailer compare --html` wrote, and what its data predict.

use mailer_tests::binary;
use serde_json::{Value, json};

/// A page, and the data in it.
pub(crate) struct Recorded {
    pub(crate) html: String,
    pub(crate) data: Value,
}

impl Recorded {
    pub(crate) fn make() -> Self {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let file = folder.path().join("page.html");
        let output = binary::mailer().args(["compare", "--html"]).arg(&file).output();
        let output = output.expect("mailer runs");
        assert!(output.status.success(), "{output:?}");
        let html = std::fs::read_to_string(&file).expect("the page");
        let (_, rest) = html.split_once("id=\"data\">").expect("the page has data");
        let (data, _) = rest.split_once("</script>").expect("the data end");
        let data = serde_json::from_str(data).expect("the data are JSON");
        Self { html, data }
    }

    /// The page with a script that runs before its own, and one that runs after it. Its policy would
    /// refuse both, so it goes.
    pub(crate) fn with_scripts(&self, before: &str, after: &str) -> String {
        let (head, rest) = self.html.split_once("<meta http-equiv").expect("a policy");
        let (_, rest) = rest.split_once('>').expect("the policy ends");
        let (body, rest) = rest.split_once("<script>").expect("the page's script");
        let helpers = include_str!("picture.js");
        format!(
            "{head}{body}<script>{helpers}{before}</script><script>{}",
            rest.replace("</body>", &format!("<script>{after}</script></body>"))
        )
    }

    /// The three figures of each side that its recording with these settings predicts at this RTT, as the
    /// tiles show them.
    pub(crate) fn tiles(&self, settings: &Value, rtt: f64) -> Value {
        let sides = self.data["sides"].as_array().expect("sides").len();
        (0..sides).map(|side| self.tile(side, settings, rtt)).collect()
    }

    fn tile(&self, side: usize, settings: &Value, rtt: f64) -> Value {
        let fits = |recording: &&Value| {
            let mut own = recording["settings"].as_object().expect("settings").iter();
            recording["side"] == side && own.all(|(name, value)| settings[name] == *value)
        };
        let recordings = self.data["recordings"].as_array().expect("recordings");
        let recording = recordings.iter().find(fits).expect("each side is recorded");
        let exchanges = recording["exchanges"].as_array().expect("exchanges");
        let accepted = exchanges.iter().rposition(|exchange| exchange["accepts"] == true);
        let exchanges = &exchanges[..=accepted.expect("the message is accepted")];
        let number = |exchange: &Value, name: &str| exchange[name].as_f64().expect("a number");
        let sum = |name: &str| -> f64 { exchanges.iter().map(|it| number(it, name)).sum() };
        // In the order of the script, since another order may round to another last digit.
        let work: f64 =
            exchanges.iter().map(|it| number(it, "client") + number(it, "server")).sum();
        let stall = sum("stall") + sum("stalls") * rtt;
        let time = work + sum("round_trips") * rtt + stall;
        let stalled = if sum("stalls") > 0.0 { text(stall) } else { "0".into() };
        json!([text(time), sum("round_trips").to_string(), stalled])
    }
}

/// Milliseconds in three digits.
fn text(time: f64) -> String {
    let places = if time < 9.995 { 2 } else { usize::from(time < 99.95) };
    let unit = [1.0, 10.0, 100.0][places];
    format!("{:.places$}", (time * unit).round() / unit)
}

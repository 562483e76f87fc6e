//! A comparison as the document of `--json`.

use crate::{
    comparison::Comparison,
    inbox_check::InboxCheck,
    report::{Document, ResultEntry, StoredEntry, VERSION},
};

/// Returns the document of a comparison that `command` made.
#[must_use]
pub fn document(comparison: &Comparison, command: &str) -> Document {
    let envelope = comparison.mail.envelope();
    Document {
        version: VERSION,
        command: command.into(),
        server: comparison.server.clone(),
        interrupted: comparison.interrupted,
        results: comparison.observations.iter().map(|s| ResultEntry::new(s, envelope)).collect(),
        stored: stored(&comparison.inbox),
    }
}

fn stored(stored: &InboxCheck) -> Option<StoredEntry> {
    match stored {
        InboxCheck::Unknown => None,
        InboxCheck::Equal { .. } => Some(StoredEntry { equal: true, diff: None }),
        InboxCheck::Miscounted(miscounts) => {
            let diff = miscounts.iter().map(|miscount| format!("{miscount}\n")).collect();
            Some(StoredEntry { equal: false, diff: Some(diff) })
        }
        InboxCheck::Differs(differences) => {
            let diffs = differences.iter().map(|difference| difference.diff.as_str());
            Some(StoredEntry { equal: false, diff: Some(diffs.collect()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, fixtures::comparison};
    use serde_json::json;

    #[test]
    fn unknown_values_are_null() {
        let mut unlinked = fixtures::observation("lettre");
        unlinked.connections = None;
        let both = comparison(vec![fixtures::pipelined("raw"), unlinked]);
        let document = serde_json::to_value(document(&both, "compare")).unwrap();
        assert_eq!(document["version"], 2);
        assert_eq!(document["stored"], json!(null));
        let raw = &document["results"][0];
        assert_eq!(raw["flow"], "pipelined");
        assert_eq!(raw["outcome"], "accepted");
        assert_eq!(raw["error"], json!(null));
        assert_eq!(
            raw["recipients"],
            json!([{ "address": "bob@example.test", "reply": { "code": 250, "text": "2.1.5 ok" } }])
        );
        assert_eq!(
            raw["phases"][0],
            json!({
                "name": "connect", "start_us": 0, "end_us": 100, "round_trips": 1,
                "link_us": 0, "server_us": 30, "client_us": 70, "stall_us": 0
            })
        );
        assert_eq!((&raw["setup_us"], &raw["stalls"]), (&json!(20), &json!([])));
        assert_eq!(raw["events"][2]["text"], "EHLO client.example");
        assert_eq!(raw["events"][3]["text"], "250-mail.example\n250 STARTTLS");
        assert_eq!((&raw["writes"], &raw["flights"]), (&json!(12), &json!(9)));
        let lettre = &document["results"][1];
        assert_eq!(lettre["phases"][0]["client_us"], json!(null));
        for unknown in ["flow", "stalls", "flights", "bytes_out", "bytes_in"] {
            assert_eq!(lettre[unknown], json!(null), "{unknown}");
        }
    }
}

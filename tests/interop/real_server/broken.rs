//! The broken dialogues of `mailer explain` with real servers.

use mailer::{Envelope, Security};
use mailer_explain::{BREAKS, Target};
use mailer_tests::broken::answers;

use super::{RealServer, arrival::new_id};

/// The text before and after the lone dot.
const BEFORE: &str = "Before the dot.\r\n";
const AFTER: &str = "After the dot.\r\n";

/// Runs every broken dialogue, and compares the answers with those that the docs show.
pub(super) fn dialogues(real: &RealServer) {
    let name = real.product.name;
    let known = answers(name).unwrap_or_else(|| panic!("no answers are known of {name}"));
    let server = real.server(Security::Required);
    let address = |text: &str| text.parse().expect("an address");
    let envelope =
        Envelope::new(Some(address("alice@example.test")), vec![address(real.fact("RCPT"))]);
    let envelope = envelope.expect("an envelope");
    for (one, codes) in BREAKS.iter().zip(known.codes) {
        let id = new_id();
        let head = format!(
            "Date: Mon, 30 Nov 2026 10:00:00 +0000\r\nFrom: alice@example.test\r\n\
             Message-ID: <{id}>\r\nSubject: a dot\r\n\r\n{BEFORE}"
        );
        let content = format!("{head}.\r\n{AFTER}");
        let target = Target::new(&server, &envelope, content.as_bytes());
        let dialogue = one.run(&target).unwrap_or_else(|error| panic!("{}: {error}", one.name));
        assert_eq!(dialogue.codes(), codes, "{}: {dialogue:#?}", one.name);
        let text = format!("{dialogue:?}");
        assert!(!text.contains(real.fact("PASS")), "{}: {text}", one.name);
        let is_accepted = one.delivers && codes.starts_with(&[250, 250, 354, 250]);
        if is_accepted {
            let arrived = real.await_mail("MAILBOX", &id);
            let arrived = String::from_utf8_lossy(&arrived.content).into_owned();
            assert_eq!(arrived, head, "the message ends at the lone dot");
        }
    }
}

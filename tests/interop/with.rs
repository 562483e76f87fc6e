//! Third-party clients as columns of `mailer compare --with`.

use mailer_tests::binary;
use serde_json::Value;

use crate::child::{self, LIMIT};

pub(crate) const SMTPLIB: &str = r#"python3 -I -c '
import smtplib, ssl
with smtplib.SMTP("{host}", {port}) as server:
    server.starttls(context=ssl.create_default_context(cafile="{ca}"))
    server.login("{user}", "{password}")
    with open("{eml}", "rb") as mail:
        server.sendmail("{from}", "{to}".split(","), mail.read())
'"#;

/// The phases of each client.
const PHASES: [&str; 9] = [
    "connect",
    "greeting",
    "EHLO",
    "STARTTLS",
    "EHLO in TLS",
    "AUTH",
    "envelope",
    "final reply",
    "QUIT",
];

/// Checks that the column has the whole dialogue without secrets, and the counts of the link.
pub(crate) fn has_a_column(command: &str) {
    let mut compare = binary::mailer();
    compare.args(["compare", "--json", "--link-rtt", "10", "--with", command]);
    let said = child::run(&mut compare, LIMIT).expect("it ends by itself");
    assert_eq!(said.code(), Some(0), "{said:?}");
    let document: Value = serde_json::from_str(&said.stdout).expect("it is JSON");
    let result = document["results"].as_array().and_then(|all| all.last()).expect("it is the last");
    assert_eq!(result["outcome"], "accepted", "{result:#}");
    // One command after the other: connect, EHLO, STARTTLS, TLS, EHLO, AUTH, MAIL, RCPT, DATA,
    // content; and QUIT, whose reply a client need not read.
    assert!(result["flights"].as_u64().is_some_and(|flights| flights >= 10), "{result:#}");
    for phase in PHASES {
        let phases = result["phases"].as_array().expect("phases are a list");
        assert!(phases.iter().any(|seen| seen["name"] == phase), "no {phase}: {phases:#?}");
    }
    let events = result["events"].to_string();
    assert!(events.contains("AUTH PLAIN") && events.contains("***"), "{events}");
}

//! Connections that end, and servers that fall silent.

use std::time::Duration;

use mailer_server::{Config, Fault, Point};

use super::{Cause, PLAIN};

/// Longer than any client here waits.
const FOREVER: Duration = Duration::from_secs(600);

/// Before and after the end of the mail.
pub(crate) const CONNECTIONS: &[Cause] = &[
    Cause {
        name: "the connection ends instead of a greeting",
        server: || Config::plain().with_fault(Fault::at(Point::Greeting).close()),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "lost",
        says: &["greeting", "smtps://"],
    },
    Cause {
        name: "the connection ends at RCPT",
        server: || Config::plain().with_fault(Fault::at(Point::Rcpt).close()),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "lost",
        says: &["RCPT TO", "closed the connection", "try again later"],
    },
    Cause {
        name: "the server falls silent at MAIL",
        server: || Config::plain().with_fault(Fault::at(Point::Mail).delay(FOREVER)),
        url: PLAIN,
        options: &["--timeout", "1"],
        status: 75,
        kind: "timed_out",
        says: &["MAIL FROM", "within 1 s"],
    },
    Cause {
        name: "the connection ends after the mail",
        server: || Config::plain().with_fault(Fault::at(Point::EndOfData).silence().close()),
        url: PLAIN,
        options: &[],
        status: 74,
        kind: "lost",
        says: &["end of data"],
    },
    Cause {
        name: "the server falls silent after the mail",
        server: || Config::plain().with_fault(Fault::at(Point::EndOfData).delay(FOREVER)),
        url: PLAIN,
        options: &["--timeout", "1"],
        status: 74,
        kind: "timed_out",
        says: &["end of data", "within 1 s", "do not send it again blindly"],
    },
];

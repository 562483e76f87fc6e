//! Connections that end, and servers that stop replying.

use std::time::Duration;

use mailer_server::{Config, Fault, Point};

use super::{Cause, PLAIN};

/// Longer than the time-out of any client here.
const FOREVER: Duration = Duration::from_secs(600);

/// Failures before and after the end of the message.
pub(crate) const CONNECTIONS: &[Cause] = &[
    Cause {
        name: "the connection ends instead of a greeting",
        server: || Config::plain().with_fault(Fault::at(Point::Greeting).close()),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "lost",
        contains: &["greeting", "smtps://"],
    },
    Cause {
        name: "the connection ends at RCPT",
        server: || Config::plain().with_fault(Fault::at(Point::Rcpt).close()),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "lost",
        contains: &["RCPT TO", "closed the connection", "try again later"],
    },
    Cause {
        name: "the server falls silent at MAIL",
        server: || Config::plain().with_fault(Fault::at(Point::Mail).delay(FOREVER)),
        url: PLAIN,
        options: &["--timeout", "1"],
        status: 75,
        kind: "timed_out",
        contains: &["MAIL FROM", "within 1 s"],
    },
    Cause {
        name: "the connection ends after the mail",
        server: || Config::plain().with_fault(Fault::at(Point::EndOfData).silence().close()),
        url: PLAIN,
        options: &[],
        status: 74,
        kind: "lost",
        contains: &["end of data"],
    },
    Cause {
        name: "the server falls silent after the mail",
        server: || Config::plain().with_fault(Fault::at(Point::EndOfData).delay(FOREVER)),
        url: PLAIN,
        options: &["--timeout", "1"],
        status: 74,
        kind: "timed_out",
        contains: &["end of data", "within 1 s", "do not send it again blindly"],
    },
];

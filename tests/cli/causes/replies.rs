//! Replies of servers, and messages that a server cannot accept.

use mailer_server::{Config, Extension, Fault, Point, Profile};

use super::{Cause, PLAIN};

const BUSY: &str = "450 4.2.0 Busy at the moment";
const NEVER: &str = "550 5.7.1 Not from you";

/// Returns the configuration of a server that replies like this at this point.
fn answers(point: Point, reply: &str) -> Config {
    Config::plain().with_fault(Fault::at(point).reply(reply))
}

/// Permanent and temporary refusals.
pub(crate) const REPLIES: &[Cause] = &[
    Cause {
        name: "the server greets with 554",
        server: || answers(Point::Greeting, "554 5.7.1 No mail from here"),
        url: PLAIN,
        options: &[],
        status: 69,
        kind: "refused",
        contains: &["greeting", "554 5.7.1 No mail from here"],
    },
    Cause {
        name: "the server greets with 421",
        server: || answers(Point::Greeting, "421 4.3.2 Too many of you"),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "temporary",
        contains: &["greeting", "421 4.3.2 Too many of you", "try again later"],
    },
    Cause {
        name: "the sender is refused",
        server: || answers(Point::Mail, NEVER),
        url: PLAIN,
        options: &[],
        status: 69,
        kind: "refused",
        contains: &["MAIL FROM", NEVER],
    },
    Cause {
        name: "the sender is refused for now",
        server: || answers(Point::Mail, BUSY),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "temporary",
        contains: &["MAIL FROM", BUSY],
    },
    Cause {
        name: "the name in EHLO is refused at MAIL",
        server: || answers(Point::Mail, "550 5.7.1 Invalid HELO name"),
        url: PLAIN,
        options: &[],
        status: 69,
        kind: "refused",
        contains: &["MAIL FROM", "550 5.7.1 Invalid HELO name", "--hello"],
    },
    Cause {
        name: "the name in EHLO is refused for now at RCPT",
        server: || answers(Point::Rcpt, "450 4.7.1 <vm>: Helo command rejected: Host not found"),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "temporary",
        contains: &["RCPT TO", "450 4.7.1", "--hello"],
    },
    Cause {
        name: "the only recipient is refused",
        server: || Config::plain().with_refused_recipient("bob@example.test"),
        url: PLAIN,
        options: &[],
        status: 69,
        kind: "refused",
        contains: &["RCPT TO", "550 5.1.1"],
    },
    Cause {
        name: "one of two recipients is refused",
        server: || Config::plain().with_refused_recipient("bob@example.test"),
        url: PLAIN,
        options: &["--to", "cid@example.test"],
        status: 69,
        kind: "refused",
        contains: &["RCPT TO", "550 5.1.1"],
    },
    Cause {
        name: "the only recipient is refused for now",
        server: || answers(Point::Rcpt, BUSY),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "temporary",
        contains: &["RCPT TO", BUSY],
    },
    Cause {
        name: "DATA is refused",
        server: || answers(Point::Data, "554 5.5.0 No content, please"),
        url: PLAIN,
        options: &[],
        status: 69,
        kind: "refused",
        contains: &["DATA", "554 5.5.0 No content, please"],
    },
    Cause {
        name: "the content is refused",
        server: || answers(Point::EndOfData, "554 5.6.0 This is spam"),
        url: PLAIN,
        options: &[],
        status: 69,
        kind: "refused",
        contains: &["end of data", "554 5.6.0 This is spam"],
    },
    Cause {
        name: "the content is refused for now, over two lines",
        server: || answers(Point::EndOfData, "452-4.3.1 The disk\n452 4.3.1 is full"),
        url: PLAIN,
        options: &[],
        status: 75,
        kind: "temporary",
        contains: &["end of data", "452 4.3.1 The disk / 4.3.1 is full"],
    },
    Cause {
        name: "the reply is not SMTP",
        server: || Config::plain().with_fault(Fault::at(Point::Greeting).raw("SSH-2.0-x\r\n")),
        url: PLAIN,
        options: &[],
        status: 76,
        kind: "protocol",
        contains: &["greeting", "check host and port"],
    },
];

/// Messages that the server cannot accept.
pub(crate) const MAILS: &[Cause] = &[Cause {
    name: "an address needs SMTPUTF8",
    server: || Config::plain().with_profile(Profile::gmail().without(Extension::SmtpUtf8)),
    url: PLAIN,
    options: &["--cc", "jürgen@example.test"],
    status: 65,
    kind: "message",
    contains: &["SMTPUTF8", "does not offer"],
}];

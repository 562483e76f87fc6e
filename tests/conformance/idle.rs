//! Connections that the server ends while they are idle, or at the next command: the message is sent
//! once, over a new connection.

use std::time::Duration;

use mailer::{Kind::Refused, Mail, Step};
use mailer_backends::Flow;
use mailer_server::{Fault, Point};
use mailer_tests::mails;

use crate::case::{ACCEPTED, Case, Expected, rejected};

/// How a server ends a connection: its last line, if any, and whether it sends RST.
pub(crate) struct End {
    pub(crate) name: &'static str,
    last_line: Option<&'static str>,
    resets: bool,
}

pub(crate) const ENDS: &[End] = &[
    End { name: "closes", last_line: None, resets: false },
    End { name: "resets", last_line: None, resets: true },
    End { name: "sends_421", last_line: Some("421 4.4.2 idle for too long"), resets: false },
    // Amazon SES and Gmail.
    End { name: "sends_451", last_line: Some("451 4.4.2 Timeout waiting for data"), resets: false },
];

/// The flows that send content after the replies to the envelope.
const BY_DATA: &[Flow] = &[Flow::Auto, Flow::Lockstep, Flow::Pipelined, Flow::Overlapped];
/// The flows in which raw sends RSET in a separate flight; lettre has none of them.
const WITH_RSET: &[Flow] = &[Flow::Lockstep, Flow::Pipelined, Flow::Overlapped];
/// A pause, so that the end of the connection arrives after the reply before it.
const PAUSE: Duration = Duration::from_millis(20);

impl End {
    /// Ends the connection after the normal reply.
    fn after_reply(&self, fault: Fault) -> Fault {
        let fault = fault.proceed().delay(PAUSE);
        let with_line_end = |line: &str| format!("{line}\r\n");
        self.end(match self.last_line {
            Some(line) => fault.raw(with_line_end(line)),
            None => fault,
        })
    }

    /// Ends the connection instead of a reply.
    fn instead(&self, fault: Fault) -> Fault {
        self.end(match self.last_line {
            Some(line) => fault.reply(line),
            None => fault,
        })
    }

    fn end(&self, fault: Fault) -> Fault {
        if self.resets { fault.reset() } else { fault.close() }
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = ENDS.iter().map(while_idle).collect();
    cases.extend(ENDS.iter().map(after_open));
    for (at, point) in [("mail", Point::Mail), ("rcpt", Point::Rcpt), ("data", Point::Data)] {
        let ends = ENDS.iter().filter(|end| point == Point::Mail || end.name != "sends_451");
        cases.extend(ends.map(|end| at_second(end, at, point)));
    }
    cases.extend(ENDS.iter().map(at_rset));
    cases
}

/// The connection ends between two messages, before the client sends the second.
fn while_idle(end: &End) -> Case {
    let fault = end.after_reply(Fault::at(Point::EndOfData).nth(1));
    Case::new(format!("{}_while_idle", end.name))
        .sends(three_messages())
        .separately()
        .fault(fault)
        .expects(ALL)
}

/// The connection ends after `open` and before the first message. lettre's `open` sends NOOP and would
/// notice, so the case does not apply to lettre.
fn after_open(end: &End) -> Case {
    let fault = end.after_reply(Fault::at(Point::Auth).nth(1));
    Case::new(format!("{}_after_open", end.name))
        .sends(three_messages())
        .opened()
        .separately()
        .flows(&[Flow::Lockstep, Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed])
        .fault(fault)
        .expects(ALL)
}

/// The connection ends at a command of the second message, before its content.
fn at_second(end: &End, at: &str, point: Point) -> Case {
    Case::new(format!("{}_at_the_second_{at}", end.name))
        .sends(three_messages())
        .flows(BY_DATA)
        .fault(end.instead(Fault::at(point).nth(2)))
        .expects([ACCEPTED, ACCEPTED.offered_again(), ACCEPTED])
}

/// The connection ends at the RSET after a refused message.
fn at_rset(end: &End) -> Case {
    Case::new(format!("{}_at_rset", end.name))
        .sends(three_messages())
        .flows(WITH_RSET)
        .fault(Fault::at(Point::Rcpt).nth(1).reply("550 5.1.1 no"))
        .fault(end.instead(Fault::at(Point::Rset)))
        .expects([rejected(Refused, Step::Recipient), ACCEPTED.offered_again(), ACCEPTED])
}

const ALL: [Expected; 3] = [ACCEPTED; 3];

fn three_messages() -> Vec<Mail> {
    let content = |number| format!("Subject: {number}\r\n\r\nHello\r\n");
    (0..3).map(|number| mails::prepared(&["bob@example.test"], content(number))).collect()
}

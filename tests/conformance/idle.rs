//! Connections that the server gives up while nothing is said, or at the next command: the message
//! goes out once, over a new connection.

use std::time::Duration;

use mailer::{Kind::Refused, Mail, Step};
use mailer_backends::Flow;
use mailer_server::{Fault, Point};
use mailer_tests::mails;

use crate::case::{ACCEPTED, Case, Fate, rejected};

/// How a server ends a connection: what it says first, if anything, and whether it resets it.
pub(crate) struct End {
    pub(crate) name: &'static str,
    words: Option<&'static str>,
    resets: bool,
}

pub(crate) const ENDS: &[End] = &[
    End { name: "closes", words: None, resets: false },
    End { name: "resets", words: None, resets: true },
    End { name: "says_421", words: Some("421 4.4.2 idle for too long"), resets: false },
    // Amazon SES and Gmail.
    End { name: "says_451", words: Some("451 4.4.2 Timeout waiting for data"), resets: false },
];

/// Content leaves only when the envelope is answered.
const BY_DATA: &[Flow] = &[Flow::Auto, Flow::Lockstep, Flow::Pipelined, Flow::Overlapped];
/// The flows in which raw says RSET before a transaction of its own; lettre has none of them.
const WITH_RSET: &[Flow] = &[Flow::Lockstep, Flow::Pipelined, Flow::Overlapped];
/// So that what ends a connection arrives apart from the reply before it.
const PAUSE: Duration = Duration::from_millis(20);

impl End {
    /// Says and does it after the normal reply.
    fn after_reply(&self, fault: Fault) -> Fault {
        let fault = fault.proceed().delay(PAUSE);
        let line = |words: &str| format!("{words}\r\n");
        self.end(match self.words {
            Some(words) => fault.raw(line(words)),
            None => fault,
        })
    }

    /// Says and does it in place of a reply.
    fn instead(&self, fault: Fault) -> Fault {
        self.end(match self.words {
            Some(words) => fault.reply(words),
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
        let ends = ENDS.iter().filter(|end| point == Point::Mail || end.name != "says_451");
        cases.extend(ends.map(|end| at_second(end, at, point)));
    }
    cases.extend(ENDS.iter().map(at_rset));
    cases
}

/// The connection ends between two mails, and the second is sent when it has.
fn while_idle(end: &End) -> Case {
    let fault = end.after_reply(Fault::at(Point::EndOfData).nth(1));
    Case::new(format!("{}_while_idle", end.name)).sends(letters()).apart().fault(fault).fates(ALL)
}

/// The connection ends after `open`, and before the first mail. lettre's `open` says NOOP, and would
/// notice: it does not meet this.
fn after_open(end: &End) -> Case {
    let fault = end.after_reply(Fault::at(Point::Auth).nth(1));
    Case::new(format!("{}_after_open", end.name))
        .sends(letters())
        .opened()
        .apart()
        .flows(&[Flow::Lockstep, Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed])
        .fault(fault)
        .fates(ALL)
}

/// The connection ends at a command of the second mail, before its content.
fn at_second(end: &End, at: &str, point: Point) -> Case {
    Case::new(format!("{}_at_the_second_{at}", end.name))
        .sends(letters())
        .flows(BY_DATA)
        .fault(end.instead(Fault::at(point).nth(2)))
        .fates([ACCEPTED, ACCEPTED.offered_again(), ACCEPTED])
}

/// The same at the RSET that clears away what is left of a refused mail.
fn at_rset(end: &End) -> Case {
    Case::new(format!("{}_at_rset", end.name))
        .sends(letters())
        .flows(WITH_RSET)
        .fault(Fault::at(Point::Rcpt).nth(1).reply("550 5.1.1 no"))
        .fault(end.instead(Fault::at(Point::Rset)))
        .fates([rejected(Refused, Step::Recipient), ACCEPTED.offered_again(), ACCEPTED])
}

const ALL: [Fate; 3] = [ACCEPTED; 3];

fn letters() -> Vec<Mail> {
    let content = |number| format!("Subject: {number}\r\n\r\nHello\r\n");
    (0..3).map(|number| mails::prepared(&["bob@example.test"], content(number))).collect()
}

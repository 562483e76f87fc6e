//! Servers that take their time, answer in bursts, or write and do not read.

use std::time::Duration;

use mailer::{
    Kind::{Refused, TimedOut},
    Mail,
    Security::{self, Implicit, None as Clear},
    Step, Timeouts,
};
use mailer_backends::Flow;
use mailer_server::{Extension, Fault, Point};
use mailer_tests::mails;

use crate::{
    case::{ACCEPTED, Case, FOR_EVER, Fate, not_sent, rejected, unknown},
    habits::letters,
};

/// The points that every client gets to, whatever its flow.
const EVERYWHERE: [Point; 3] = [Point::Mail, Point::Rcpt, Point::EndOfData];

/// Where no TLS is, and where it is.
const TWO_MODES: &[Security] = &[Clear, Implicit];

/// A mail that no socket holds.
const LARGE: usize = 8 * 1024 * 1024;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        everywhere("answers_slowly", |fault| fault.delay(Duration::from_millis(15))),
        everywhere("drips_its_replies", |fault| fault.drip(Duration::from_millis(1))),
        // All that has come meanwhile is then answered at once.
        eight("answers_in_a_burst")
            .fault(Fault::at(Point::Mail).nth(1).stop_reading(Duration::from_millis(200))),
        Case::new("stops_reading_for_a_while")
            .modes(TWO_MODES)
            .fault(Fault::at(Point::Content).nth(2).stop_reading(Duration::from_millis(400)))
            .sends([numbered(1, 100), numbered(2, LARGE), numbered(3, 100), numbered(4, LARGE)])
            .fates([ACCEPTED; 4]),
        writes_and_does_not_read(),
        answers_each_recipient_slowly(),
        answers_the_end_too_late(),
    ]
}

/// Eight mails, one of them refused in the middle.
fn eight(name: &str) -> Case {
    let mut fates: [Fate; 8] = [ACCEPTED; 8];
    fates[3] = rejected(Refused, Step::Recipient);
    Case::new(name)
        .server(|config| config.refused_recipients.push("nobody@example.test".to_owned()))
        .sends(letters(&fates))
        .fates(fates)
}

fn everywhere(name: &str, what: fn(Fault) -> Fault) -> Case {
    EVERYWHERE.iter().fold(eight(name), |case, &point| case.fault(what(Fault::at(point))))
}

/// Its replies fill the sockets on their way to a client that only writes, while the client's mails
/// fill them the other way: both stand still, unless the client reads while it writes (RFC 2920 §3.1
/// leaves that to the client).
fn writes_and_does_not_read() -> Case {
    const MAILS: usize = 60;
    let (local, label) = ("r".repeat(60), "d".repeat(60));
    let recipients: Vec<String> =
        (100..350).map(|number| format!("{local}{number}@{label}.{label}.example.test")).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let content = format!("Subject: many\r\n\r\n{}", "A line.\r\n".repeat(6_500));
    Case::new("writes_and_does_not_read")
        .modes(TWO_MODES)
        .flows(&[Flow::Streamed])
        .fault(Fault::at(Point::Rcpt).reply(format!("250 {}", "y".repeat(200))))
        .server(|config| {
            config.limits.socket_buffers = Some(64 * 1024);
            // So many commands are no reading for anybody.
            config.keep_transcript = false;
        })
        .sends(vec![mails::prepared(&recipients, content); MAILS])
        .fates([ACCEPTED; MAILS])
}

/// The limit of the whole call in the next two cases, shorter than any step may take.
const TOTAL: Duration = Duration::from_secs(3);

/// Each reply is in time, and all of them together take 20 s. Without CHUNKING, because the content would
/// leave before the replies.
fn answers_each_recipient_slowly() -> Case {
    let recipients: Vec<String> = (0..100).map(|n| format!("user{n}@example.test")).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    Case::new("answers_each_recipient_slowly")
        .modes(TWO_MODES)
        .server(|config| config.profile = config.profile.clone().without(Extension::Chunking))
        .fault(Fault::at(Point::Rcpt).delay(Duration::from_millis(200)))
        .client(|server| server.timeouts.total = Some(TOTAL))
        .to(&recipients)
        .fates([not_sent(TimedOut, Step::Recipient)])
}

/// The step alone would wait longer than the case may take.
fn answers_the_end_too_late() -> Case {
    Case::new("answers_the_end_too_late")
        .modes(TWO_MODES)
        .fault(Fault::at(Point::EndOfData).delay(FOR_EVER).silence())
        .client(|server| {
            server.timeouts = Timeouts::all(FOR_EVER);
            server.timeouts.total = Some(TOTAL);
        })
        .fates([unknown(TimedOut).but_stored()])
}

fn numbered(number: usize, octets: usize) -> Mail {
    let line = format!("{number} {}\r\n", "x".repeat(900));
    let content = format!("Subject: {number}\r\n\r\n{}", line.repeat(octets / line.len() + 1));
    mails::prepared(&["bob@example.test"], content)
}

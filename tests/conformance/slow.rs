//! Servers that are slow, answer in bursts, or write without reading.

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
    case::{ACCEPTED, Case, Expected, FOREVER, not_sent, rejected, unknown},
    habits::messages_for,
};

/// The points that every client reaches, in any flow.
const EVERYWHERE: [Point; 3] = [Point::Mail, Point::Rcpt, Point::EndOfData];

/// One mode without TLS, and one with it.
const TWO_MODES: &[Security] = &[Clear, Implicit];

/// The size of a message that exceeds all socket buffers, in bytes.
const LARGE: usize = 8 * 1024 * 1024;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        everywhere("answers_slowly", |fault| fault.delay(Duration::from_millis(15))),
        everywhere("drips_its_replies", |fault| fault.drip(Duration::from_millis(1))),
        // The server then answers everything that has arrived at once.
        eight("answers_in_a_burst")
            .fault(Fault::at(Point::Mail).nth(1).stop_reading(Duration::from_millis(200))),
        Case::new("stops_reading_for_a_while")
            .modes(TWO_MODES)
            .fault(Fault::at(Point::Content).nth(2).stop_reading(Duration::from_millis(400)))
            .sends([numbered(1, 100), numbered(2, LARGE), numbered(3, 100), numbered(4, LARGE)])
            .expects([ACCEPTED; 4]),
        writes_and_does_not_read(),
        answers_each_recipient_slowly(),
        answers_the_end_too_late(),
    ]
}

/// A case with eight messages, of which the fourth is refused.
fn eight(name: &str) -> Case {
    let mut expected: [Expected; 8] = [ACCEPTED; 8];
    expected[3] = rejected(Refused, Step::Recipient);
    Case::new(name)
        .server(|config| config.refused_recipients.push("refused@example.test".to_owned()))
        .sends(messages_for(&expected))
        .expects(expected)
}

fn everywhere(name: &str, what: fn(Fault) -> Fault) -> Case {
    EVERYWHERE.iter().fold(eight(name), |case, &point| case.fault(what(Fault::at(point))))
}

/// The replies fill the sockets towards a client that only writes, and the messages fill them in the
/// other direction. Both sides stall unless the client reads while it writes, which RFC 2920 §3.1
/// requires of the client.
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
            // The transcript would be too long to read.
            config.keep_transcript = false;
        })
        .sends(vec![mails::prepared(&recipients, content); MAILS])
        .expects([ACCEPTED; MAILS])
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
        .expects([not_sent(TimedOut, Step::Recipient)])
}

/// The time-out of the step is longer than the case may take.
fn answers_the_end_too_late() -> Case {
    Case::new("answers_the_end_too_late")
        .modes(TWO_MODES)
        .fault(Fault::at(Point::EndOfData).delay(FOREVER).silence())
        .client(|server| {
            server.timeouts = Timeouts::all(FOREVER);
            server.timeouts.total = Some(TOTAL);
        })
        .expects([unknown(TimedOut).but_stored()])
}

fn numbered(number: usize, bytes: usize) -> Mail {
    let line = format!("{number} {}\r\n", "x".repeat(900));
    let content = format!("Subject: {number}\r\n\r\n{}", line.repeat(bytes / line.len() + 1));
    mails::prepared(&["bob@example.test"], content)
}

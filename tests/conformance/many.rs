//! Several messages on one connection: a failure of one does not affect the others.

use libtest_mimic::Failed;
use mailer::{
    Kind::{Lost, Refused, Temporary},
    Mail, Mailer, Outcome, Security, Step,
};
use mailer_backends::Flow;
use mailer_server::{Fault, Point};
use mailer_tests::mails;

use crate::{
    case::{ACCEPTED, Case, Expected, not_sent, rejected, unknown},
    testbed::Testbed,
};

/// A refusal of the third message at a point, and its expected result.
const IN_THE_MIDDLE: &[(&str, Point, &str, Expected)] = &[
    ("refuses_the_third_sender", Point::Mail, "550 5.7.1 no", rejected(Refused, Step::Mail)),
    (
        "refuses_the_third_recipient",
        Point::Rcpt,
        "450 4.2.0 no",
        rejected(Temporary, Step::Recipient),
    ),
    ("refuses_the_third_data", Point::Data, "554 5.5.1 no", rejected(Refused, Step::Data)),
    (
        "refuses_the_third_content",
        Point::EndOfData,
        "554 5.6.0 no",
        rejected(Refused, Step::EndOfData),
    ),
];

/// Servers that limit the number of messages per connection, and whether they close it then. They
/// accept more on another connection.
const ENOUGH: &[(&str, &str, bool)] = &[
    ("accepts_two_mails_per_connection", "452 4.5.3 too many mails", false),
    ("sends_421_after_two_mails", "421 4.4.2 enough", true),
];

pub(crate) fn cases() -> Vec<Case> {
    let refused = IN_THE_MIDDLE.iter().map(|&(name, point, reply, expected)| {
        five(name)
            .fault(Fault::at(point).nth(3).reply(reply))
            .expects([ACCEPTED, ACCEPTED, expected, ACCEPTED, ACCEPTED])
    });
    let enough = ENOUGH.iter().map(|&(name, reply, closes)| {
        let enough = Fault::at(Point::Mail).nth(3).reply(reply);
        let enough = if closes { enough.close() } else { enough };
        let third = ACCEPTED.offered_again();
        five(name).fault(enough).expects([ACCEPTED, ACCEPTED, third, ACCEPTED, ACCEPTED])
    });
    refused.chain(enough).chain(lost()).collect()
}

/// Lost connections: the next message opens a new one.
fn lost() -> Vec<Case> {
    let at = |point| Fault::at(point).nth(2);
    vec![
        five("accepts_five_mails").expects([ACCEPTED; 5]),
        three("disconnects_at_the_second_mail").fault(at(Point::Mail).close()).expects([
            ACCEPTED,
            ACCEPTED.offered_again(),
            ACCEPTED,
        ]),
        three("disconnects_at_the_end_of_the_second_mail")
            .fault(at(Point::EndOfData).silence().close())
            .expects([ACCEPTED, unknown(Lost).but_stored(), ACCEPTED]),
        three("disconnects_between_mails")
            .fault(Fault::at(Point::EndOfData).nth(1).reply("250 2.0.0 stored").close())
            // In other flows content may be under way when the FIN arrives.
            .flows(&[Flow::Auto, Flow::Lockstep, Flow::Pipelined, Flow::Overlapped])
            .may_be_offered_again(Security::ALL)
            .expects([ACCEPTED; 3]),
        // One refusal is enough: the client does not connect again for each message.
        five("refuses_every_connection")
            .fault(Fault::at(Point::Greeting).reply("554 5.7.1 no"))
            .expects([not_sent(Refused, Step::Greeting); 5]),
        Case::script("disconnects_at_quit", closed_at_quit).fault(Fault::at(Point::Quit).close()),
    ]
}

fn five(name: &str) -> Case {
    Case::new(name).sends(numbered(5))
}

fn three(name: &str) -> Case {
    Case::new(name).sends(numbered(3))
}

/// Returns messages with different contents.
pub(crate) fn numbered(count: usize) -> Vec<Mail> {
    let content = |number| format!("Subject: {number}\r\n\r\n.{}\r\n", "z".repeat(number));
    (0..count).map(|number| mails::prepared(&["bob@example.test"], content(number))).collect()
}

/// The message stays accepted, and `close` returns an error.
fn closed_at_quit(_: &Testbed, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let receipt = mailer.send(&mails::small(&["bob@example.test"]));
    let error = mailer.close().err().ok_or("close succeeded")?;
    let found = (receipt.outcome, error.kind(), error.step());
    if found == (Outcome::Accepted, Lost, Some(Step::Quit)) {
        Ok(())
    } else {
        Err(format!("{found:?}: {error:?}").into())
    }
}

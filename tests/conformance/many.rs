//! Several mails on one connection, and what becomes of the others when one goes wrong.

use libtest_mimic::Failed;
use mailer::{
    Kind::{Lost, Refused, Temporary},
    Mail, Mailer, Outcome, Security, Step,
};
use mailer_backends::Flow;
use mailer_server::{Fault, Point};
use mailer_tests::mails;

use crate::{
    case::{ACCEPTED, Case, Fate, not_sent, rejected, unknown},
    scene::Scene,
};

/// What is said or done when a mail in the middle gets to a point, and what becomes of that mail; no
/// other is harmed.
const IN_THE_MIDDLE: &[(&str, Point, &str, Fate)] = &[
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

/// The connection has taken enough mails, and is closed or not; whoever comes again on another is
/// welcome.
const ENOUGH: &[(&str, &str, bool)] = &[
    ("takes_two_mails_a_connection", "452 4.5.3 too many mails", false),
    ("says_goodbye_after_two_mails", "421 4.4.2 enough", true),
];

pub(crate) fn cases() -> Vec<Case> {
    let refused = IN_THE_MIDDLE.iter().map(|&(name, point, reply, fate)| {
        five(name)
            .fault(Fault::at(point).nth(3).reply(reply))
            .fates([ACCEPTED, ACCEPTED, fate, ACCEPTED, ACCEPTED])
    });
    let enough = ENOUGH.iter().map(|&(name, reply, closes)| {
        let enough = Fault::at(Point::Mail).nth(3).reply(reply);
        let enough = if closes { enough.close() } else { enough };
        let third = ACCEPTED.offered_again();
        five(name).fault(enough).fates([ACCEPTED, ACCEPTED, third, ACCEPTED, ACCEPTED])
    });
    refused.chain(enough).chain(lost()).collect()
}

/// The next mail opens a new connection.
fn lost() -> Vec<Case> {
    let at = |point| Fault::at(point).nth(2);
    vec![
        five("takes_five_mails").fates([ACCEPTED; 5]),
        three("hangs_up_at_the_second_mail").fault(at(Point::Mail).close()).fates([
            ACCEPTED,
            ACCEPTED.offered_again(),
            ACCEPTED,
        ]),
        three("hangs_up_at_the_end_of_the_second_mail")
            .fault(at(Point::EndOfData).silence().close())
            .fates([ACCEPTED, unknown(Lost).but_stored(), ACCEPTED]),
        three("hangs_up_between_mails")
            .fault(Fault::at(Point::EndOfData).nth(1).reply("250 2.0.0 taken").close())
            // Content that leaves with its envelope may be on its way when the FIN arrives.
            .flows(&[Flow::Auto, Flow::Lockstep, Flow::Pipelined, Flow::Overlapped])
            .may_be_offered_again(Security::ALL)
            .fates([ACCEPTED; 3]),
        // One refusal is enough: nobody knocks once for each mail.
        five("takes_nobody_whatever_there_is")
            .fault(Fault::at(Point::Greeting).reply("554 5.7.1 no"))
            .fates([not_sent(Refused, Step::Greeting); 5]),
        Case::script("hangs_up_at_quit", hung_up_at_quit).fault(Fault::at(Point::Quit).close()),
    ]
}

fn five(name: &str) -> Case {
    Case::new(name).sends(numbered(5))
}

fn three(name: &str) -> Case {
    Case::new(name).sends(numbered(3))
}

/// Mails that can be told apart.
fn numbered(count: usize) -> Vec<Mail> {
    let content = |number| format!("Subject: {number}\r\n\r\n.{}\r\n", "z".repeat(number));
    (0..count).map(|number| mails::prepared(&["bob@example.test"], content(number))).collect()
}

/// The mail stays accepted, and closing says that it was not in good order.
fn hung_up_at_quit(_: &Scene, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let receipt = mailer.send(&mails::small(&["bob@example.test"]));
    let error = mailer.close().err().ok_or("closing went well")?;
    let found = (receipt.outcome, error.kind(), error.step());
    if found == (Outcome::Accepted, Lost, Some(Step::Quit)) {
        Ok(())
    } else {
        Err(format!("{found:?}: {error:?}").into())
    }
}

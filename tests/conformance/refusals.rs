//! Servers that refuse, permanently or temporarily, at each step.

use mailer::{
    Kind::{Refused, Temporary},
    Step,
};
use mailer_server::{Config, Fault, Point};
use mailer_tests::mails;

use crate::case::{ACCEPTED, Case, Expected, not_sent, partial, rejected};

/// The reply at a point, and the expected result.
const REPLIES: &[(&str, Point, &str, Expected)] = &[
    ("refuses_service", Point::Greeting, "554 5.7.1 no", not_sent(Refused, Step::Greeting)),
    ("is_busy", Point::Greeting, "421 4.3.2 busy", not_sent(Temporary, Step::Greeting)),
    ("refuses_ehlo", Point::Ehlo, "550 5.7.1 no", not_sent(Refused, Step::Ehlo)),
    ("refuses_ehlo_for_now", Point::Ehlo, "421 4.3.2 no", not_sent(Temporary, Step::Ehlo)),
    ("refuses_the_sender", Point::Mail, "550 5.7.1 no", rejected(Refused, Step::Mail)),
    ("refuses_the_sender_for_now", Point::Mail, "451 4.3.0 no", rejected(Temporary, Step::Mail)),
    ("has_no_room", Point::Mail, "452 4.3.1 full", rejected(Temporary, Step::Mail)),
    ("refuses_the_recipient", Point::Rcpt, "550 5.1.1 no", rejected(Refused, Step::Recipient)),
    ("uses_greylisting", Point::Rcpt, "450 4.2.0 no", rejected(Temporary, Step::Recipient)),
    ("refuses_data", Point::Data, "554 5.5.1 no", rejected(Refused, Step::Data)),
    ("refuses_data_for_now", Point::Data, "451 4.3.0 no", rejected(Temporary, Step::Data)),
    ("refuses_the_content", Point::EndOfData, "554 5.6.0 no", rejected(Refused, Step::EndOfData)),
    (
        "refuses_the_content_for_now",
        Point::EndOfData,
        "452 4.3.1 no",
        rejected(Temporary, Step::EndOfData),
    ),
    ("refuses_content_early", Point::Content, "552 5.3.4 no", rejected(Refused, Step::EndOfData)),
];

/// Points at which the server sends 421 and closes (RFC 5321 §3.8).
const SHUTDOWNS: &[(&str, Point, Expected)] = &[
    ("sends_421_at_the_greeting", Point::Greeting, not_sent(Temporary, Step::Greeting)),
    ("sends_421_at_ehlo", Point::Ehlo, not_sent(Temporary, Step::Ehlo)),
    ("sends_421_at_auth", Point::Auth, not_sent(Temporary, Step::Auth)),
    ("sends_421_at_mail", Point::Mail, rejected(Temporary, Step::Mail)),
    ("sends_421_at_rcpt", Point::Rcpt, rejected(Temporary, Step::Recipient)),
    ("sends_421_at_data", Point::Data, rejected(Temporary, Step::Data)),
    ("sends_421_at_the_end_of_data", Point::EndOfData, rejected(Temporary, Step::EndOfData)),
];

const SHUTDOWN: &str = "421 4.3.0 shutting down";
const TWO: &[&str] = &["bob@example.test", "eve@example.test"];

pub(crate) fn cases() -> Vec<Case> {
    let replies = REPLIES.iter().map(|&(name, point, reply, expected)| {
        Case::new(name).fault(Fault::at(point).reply(reply)).expects([expected])
    });
    let shutdowns = SHUTDOWNS.iter().map(|&(name, point, expected)| {
        Case::new(name).fault(Fault::at(point).reply(SHUTDOWN).close()).expects([expected])
    });
    replies.chain(shutdowns).chain(recipients()).chain(others()).collect()
}

/// The server refuses one of several recipients, or all.
fn recipients() -> Vec<Case> {
    let second = |reply: &str| Fault::at(Point::Rcpt).nth(2).reply(reply);
    vec![
        Case::new("refuses_second_recipient")
            .server(refuse("eve@example.test"))
            .to(TWO)
            .expects([partial(Refused)]),
        Case::new("refuses_first_recipient")
            .server(refuse("bob@example.test"))
            .to(TWO)
            .expects([partial(Refused)]),
        Case::new("refuses_second_recipient_for_now")
            .fault(second("450 4.2.1 later"))
            .to(TWO)
            .expects([partial(Temporary)]),
        Case::new("refuses_all_recipients")
            .server(refuse("bob@example.test"))
            .server(refuse("eve@example.test"))
            .to(TWO)
            .expects([rejected(Refused, Step::Recipient)])
            .answer("5.1.1 No such mailbox"),
        // The message to both cannot be delivered unchanged, in either order.
        Case::new("refuses_one_recipient_for_now_and_one_for_good")
            .fault(Fault::at(Point::Rcpt).nth(1).reply("450 4.2.1 later"))
            .fault(second("550 5.1.1 never"))
            .to(TWO)
            .expects([rejected(Refused, Step::Recipient)]),
        Case::new("refuses_a_recipient_of_the_second_message")
            .server(refuse("eve@example.test"))
            .sends([mails::small(&TWO[..1]), mails::small(TWO), mails::small(&TWO[..1])])
            .expects([ACCEPTED, partial(Refused), ACCEPTED]),
        Case::new("sends_421_at_the_first_of_two_recipients")
            .fault(Fault::at(Point::Rcpt).nth(1).reply(SHUTDOWN).close())
            .to(TWO)
            .expects([rejected(Temporary, Step::Recipient)]),
    ]
}

fn others() -> Vec<Case> {
    let large = format!("Subject: large\r\n\r\n{}", "A line.\r\n".repeat(500));
    vec![
        Case::new("accepts_only_smaller_mails")
            .server(|config| config.profile.size = Some(2_000))
            .sends([mails::prepared(&TWO[..1], large)])
            .expects([not_sent(mailer::Kind::Message, Step::Mail)]),
        Case::new("explains_a_refusal_in_several_lines")
            .fault(Fault::at(Point::EndOfData).reply("550-5.7.1 spam\n550 5.7.1 and more of it"))
            .expects([rejected(Refused, Step::EndOfData)])
            .answer("5.7.1 spam\n5.7.1 and more of it"),
    ]
}

fn refuse(address: &'static str) -> impl Fn(&mut Config) {
    move |config| config.refused_recipients.push(address.to_owned())
}

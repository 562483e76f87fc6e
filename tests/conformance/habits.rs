//! Servers that do not support every flight of a fast client: no message is lost, sent twice, or sent
//! from the address of another.

use mailer::{Kind::Refused, Mail, Security, Step};
use mailer_backends::Flow;
use mailer_server::{Fault, Point, Profile};
use mailer_tests::mails;

use crate::case::{ACCEPTED, Case, Expected, partial, rejected};

/// The behaviour of each server, its profile, and the modes in which messages after a content may be
/// offered again: without TLS one read may return two writes, and a write may arrive late.
const HABITS: &[(&str, &str, &[Security])] = &[
    ("drops_commands_with_the_dot", "chasquid", &[Security::None]),
    ("refuses_commands_after_the_dot", "haraka", Security::ALL),
    ("leaves_transactions_open", "exim", &[]),
];

/// Refusals of each kind, between accepted messages.
pub(crate) const BETWEEN: [Expected; 8] = [
    ACCEPTED,
    rejected(Refused, Step::EndOfData),
    ACCEPTED,
    rejected(Refused, Step::Mail),
    ACCEPTED,
    rejected(Refused, Step::Recipient),
    partial(Refused),
    ACCEPTED,
];

/// Refusals before the first accepted message, and after it.
pub(crate) const AT_FIRST: [Expected; 8] = [
    rejected(Refused, Step::Mail),
    rejected(Refused, Step::Recipient),
    rejected(Refused, Step::Recipient),
    ACCEPTED,
    partial(Refused),
    rejected(Refused, Step::Recipient),
    ACCEPTED,
    ACCEPTED,
];

/// The flows that can share a flight.
const GROUPED: &[Flow] = &[Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed];

const REFUSED: &str = "refused@example.test";

pub(crate) fn cases() -> Vec<Case> {
    HABITS.iter().flat_map(|&(name, profile, again)| refusing(name, profile, again)).collect()
}

fn refusing(name: &str, profile: &str, again: &'static [Security]) -> [Case; 3] {
    let profile = Profile::named(profile).unwrap_or_default();
    let case = |name: String, expected: [Expected; 8]| {
        let profile = profile.clone();
        Case::new(name)
            .server(move |config| config.profile = profile.clone())
            .server(|config| config.refused_recipients.push(REFUSED.to_owned()))
            .may_be_offered_again(again)
            .sends(messages_for(&expected))
            .expects(expected)
    };
    let between = |name| {
        case(name, BETWEEN)
            .fault(Fault::at(Point::EndOfData).nth(2).reply("554 5.6.0 no"))
            .fault(Fault::at(Point::Mail).nth(4).reply("550 5.7.1 no"))
    };
    [
        between(format!("{name}_and_refuses_some")),
        between(format!("{name}_and_refuses_some_between_auth_and_quit")).flows(GROUPED).joined(),
        case(format!("{name}_and_refuses_the_first"), AT_FIRST)
            .fault(Fault::at(Point::Mail).nth(1).reply("550 5.7.1 no")),
    ]
}

/// Returns messages with unique senders and recipients that have these results.
pub(crate) fn messages_for(expected: &[Expected]) -> Vec<Mail> {
    expected.iter().enumerate().map(|(number, expected)| message_for(number, expected)).collect()
}

fn message_for(number: usize, expected: &Expected) -> Mail {
    let sender = format!("sender{number}@example.test");
    let (first, second) = (format!("a{number}@example.test"), format!("b{number}@example.test"));
    let refused_at = expected.error.map(|(_, step)| step);
    let recipients = match (refused_at, expected.stored) {
        (Some(Step::Recipient), true) => vec![first.as_str(), REFUSED],
        (Some(Step::Recipient), false) => vec![REFUSED],
        _ if number.is_multiple_of(2) => vec![first.as_str(), second.as_str()],
        _ => vec![first.as_str()],
    };
    let content = format!("Subject: {number}\r\n\r\n.{}\r\n", "x".repeat(number));
    mails::prepared_from(&sender, &recipients, content)
}

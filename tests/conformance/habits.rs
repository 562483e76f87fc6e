//! Servers that break or punish fast flights: nothing is lost there, nothing is sent twice, and
//! nothing goes out from somebody else's address.

use mailer::{Kind::Refused, Mail, Security, Step};
use mailer_backends::Flow;
use mailer_server::{Fault, Point, Profile};
use mailer_tests::mails;

use crate::case::{ACCEPTED, Case, Fate, partial, rejected};

/// What each of them does, its profile, and the modes in which it is not certain whether what stands
/// behind a content is offered again: in the clear one read may take what was written in two, and
/// what is written at once may be late.
const HABITS: &[(&str, &str, &[Security])] = &[
    ("drops_what_comes_with_the_dot", "chasquid", &[Security::None]),
    ("refuses_what_comes_behind_the_dot", "haraka", Security::ALL),
    ("leaves_transactions_open", "exim", &[]),
];

/// Refusals of each kind, between mails that are taken.
pub(crate) const BETWEEN: [Fate; 8] = [
    ACCEPTED,
    rejected(Refused, Step::EndOfData),
    ACCEPTED,
    rejected(Refused, Step::Mail),
    ACCEPTED,
    rejected(Refused, Step::Recipient),
    partial(Refused),
    ACCEPTED,
];

/// Refusals before the first mail that is taken, and behind it.
pub(crate) const AT_FIRST: [Fate; 8] = [
    rejected(Refused, Step::Mail),
    rejected(Refused, Step::Recipient),
    rejected(Refused, Step::Recipient),
    ACCEPTED,
    partial(Refused),
    rejected(Refused, Step::Recipient),
    ACCEPTED,
    ACCEPTED,
];

/// Where something can join a flight.
const GROUPED: &[Flow] = &[Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed];

const NOBODY: &str = "nobody@example.test";

pub(crate) fn cases() -> Vec<Case> {
    HABITS.iter().flat_map(|&(name, profile, again)| refusing(name, profile, again)).collect()
}

fn refusing(name: &str, profile: &str, again: &'static [Security]) -> [Case; 3] {
    let profile = Profile::named(profile).unwrap_or_default();
    let case = |name: String, fates: [Fate; 8]| {
        let profile = profile.clone();
        Case::new(name)
            .server(move |config| config.profile = profile.clone())
            .server(|config| config.refused_recipients.push(NOBODY.to_owned()))
            .may_be_offered_again(again)
            .sends(letters(&fates))
            .fates(fates)
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

/// Mails that have nothing in common, to whom these fates fit.
pub(crate) fn letters(fates: &[Fate]) -> Vec<Mail> {
    fates.iter().enumerate().map(|(number, fate)| letter(number, fate)).collect()
}

fn letter(number: usize, fate: &Fate) -> Mail {
    let sender = format!("sender{number}@example.test");
    let (first, second) = (format!("a{number}@example.test"), format!("b{number}@example.test"));
    let refused_at = fate.error.map(|(_, step)| step);
    let recipients = match (refused_at, fate.stored) {
        (Some(Step::Recipient), true) => vec![first.as_str(), NOBODY],
        (Some(Step::Recipient), false) => vec![NOBODY],
        _ if number.is_multiple_of(2) => vec![first.as_str(), second.as_str()],
        _ => vec![first.as_str()],
    };
    let content = format!("Subject: {number}\r\n\r\n.{}\r\n", "x".repeat(number));
    mails::prepared_from(&sender, &recipients, content)
}

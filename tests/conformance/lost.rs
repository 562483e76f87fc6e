//! Servers that fall silent, close or reset the connection, at each step.

use mailer::{
    Kind::{Lost, TimedOut},
    Mail,
    Security::{self, Implicit, None as Clear, Opportunistic, Required},
    Step,
};
use mailer_server::{Fault, Point};
use mailer_tests::mails;

use crate::case::{BY_STARTTLS, Case, Expected, FOREVER, INSIDE_TLS, not_sent, unknown};

/// More than the buffers of the path hold, so that the client notices a server that does not read.
const LARGE: usize = 12 * 1024 * 1024;

/// A point of the first session, and the step of the client that waits there.
struct Place {
    name: &'static str,
    point: Point,
    /// The occurrence of the point, from 1.
    nth: u64,
    step: Step,
    modes: &'static [Security],
    /// The modes in which the case tests a time-out, which is slow.
    waited_in: &'static [Security],
    /// The modes in which the case tests an RST. Before the client has sent anything, an RST may arrive
    /// while it is still connecting.
    reset_in: &'static [Security],
}

const PLACES: &[Place] = &[
    place("the_greeting", Point::Greeting, Step::Greeting)
        .waited_in(&[Clear, Implicit])
        .reset_in(&[]),
    place("ehlo", Point::Ehlo, Step::Ehlo),
    place("starttls", Point::StartTls, Step::StartTls).modes(BY_STARTTLS).waited_in(&[Required]),
    place("the_handshake", Point::TlsHandshake, Step::Tls)
        .modes(INSIDE_TLS)
        .waited_in(&[Required, Implicit])
        .reset_in(BY_STARTTLS),
    place("the_second_ehlo", Point::Ehlo, Step::EhloAgain)
        .nth(2)
        .modes(BY_STARTTLS)
        .waited_in(&[Opportunistic]),
    place("auth", Point::Auth, Step::Auth),
    place("mail", Point::Mail, Step::Mail).waited_in(&[Clear, Implicit]),
    place("rcpt", Point::Rcpt, Step::Recipient),
    place("data", Point::Data, Step::Data),
    place("the_end_of_data", Point::EndOfData, Step::EndOfData).waited_in(&[Clear, Implicit]),
];

const fn place(name: &'static str, point: Point, step: Step) -> Place {
    let modes = Security::ALL;
    Place { name, point, nth: 1, step, modes, waited_in: &[Clear], reset_in: modes }
}

impl Place {
    const fn nth(self, nth: u64) -> Self {
        Self { nth, ..self }
    }

    const fn modes(self, modes: &'static [Security]) -> Self {
        Self { modes, reset_in: modes, ..self }
    }

    const fn waited_in(self, waited_in: &'static [Security]) -> Self {
        Self { waited_in, ..self }
    }

    const fn reset_in(self, reset_in: &'static [Security]) -> Self {
        Self { reset_in, ..self }
    }

    fn case(&self, verb: &str, fault: impl Fn(Fault) -> Fault, expected: Expected) -> Case {
        let fault = fault(Fault::at(self.point).nth(self.nth));
        Case::new(format!("{verb}_at_{}", self.name))
            .modes(self.modes)
            .fault(fault)
            .expects([expected])
    }

    /// Returns the expected result: safe to send again, except at the end of the data.
    fn expected(&self, kind: mailer::Kind) -> Expected {
        if self.step == Step::EndOfData { unknown(kind) } else { not_sent(kind, self.step) }
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let everywhere = PLACES.iter().flat_map(|place| {
        let silence = |fault: Fault| fault.delay(FOREVER).close();
        [
            place.case("disconnects", Fault::close, place.expected(Lost)),
            place.case("resets", Fault::reset, place.expected(Lost)).modes(place.reset_in),
            place
                .case("falls_silent", silence, place.expected(TimedOut))
                .modes(place.waited_in)
                .impatient(),
        ]
    });
    everywhere.chain(after_storing()).chain(within_content()).collect()
}

/// The server has stored the message, so sending it again makes a duplicate (RFC 5321 §4.5.3.2.6).
fn after_storing() -> [Case; 2] {
    let end = || Fault::at(Point::EndOfData);
    [
        Case::new("stores_the_mail_and_disconnects")
            .fault(end().silence().close())
            .expects([unknown(Lost).but_stored()]),
        Case::new("stores_the_mail_and_is_too_slow")
            .modes(&[Clear, Required])
            .fault(end().delay(FOREVER).silence())
            .impatient()
            .expects([unknown(TimedOut).but_stored()]),
    ]
}

/// The end of the content was not sent.
fn within_content() -> [Case; 3] {
    let case = |name| Case::new(name).sends([large()]);
    let content = || Fault::at(Point::Content);
    [
        case("resets_within_the_content")
            .modes(&[Clear])
            .fault(content().reset())
            .expects([not_sent(Lost, Step::Content)]),
        case("resets_within_the_content_inside_tls")
            .modes(&[Implicit])
            .fault(content().reset())
            .expects([not_sent(Lost, Step::Content)]),
        case("stops_reading_within_the_content")
            .modes(&[Clear])
            .fault(content().delay(FOREVER).close())
            .impatient()
            .expects([not_sent(TimedOut, Step::Content)]),
    ]
}

fn large() -> Mail {
    let line = format!("{}\r\n", "x".repeat(998));
    let content = format!("Subject: large\r\n\r\n{}", line.repeat(LARGE / line.len()));
    mails::prepared(&["bob@example.test"], content)
}

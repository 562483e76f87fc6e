//! Servers that fall silent, hang up or break off, at each step.

use mailer::{
    Kind::{Lost, TimedOut},
    Mail,
    Security::{self, Implicit, None as Clear, Opportunistic, Required},
    Step,
};
use mailer_server::{Fault, Point};
use mailer_tests::mails;

use crate::case::{BY_STARTTLS, Case, FOR_EVER, Fate, INSIDE_TLS, not_sent, unknown};

/// More than what fits into the buffers on the way, so that a writer notices.
const LARGE: usize = 12 * 1024 * 1024;

/// A point that a server gets to in its first session, and the step of the client that waits there.
struct Place {
    name: &'static str,
    point: Point,
    /// At which time the point is reached.
    nth: u64,
    step: Step,
    modes: &'static [Security],
    /// Where a time-out is tried: it takes its time.
    waited_in: &'static [Security],
    /// Where a reset is tried: one that comes before the client has said anything may find it still
    /// connecting.
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

    fn case(&self, verb: &str, fault: impl Fn(Fault) -> Fault, fate: Fate) -> Case {
        let fault = fault(Fault::at(self.point).nth(self.nth));
        Case::new(format!("{verb}_at_{}", self.name)).modes(self.modes).fault(fault).fates([fate])
    }

    /// Safe to send again, but for the end of the data.
    fn fate(&self, kind: mailer::Kind) -> Fate {
        if self.step == Step::EndOfData { unknown(kind) } else { not_sent(kind, self.step) }
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let everywhere = PLACES.iter().flat_map(|place| {
        let silence = |fault: Fault| fault.delay(FOR_EVER).close();
        [
            place.case("hangs_up", Fault::close, place.fate(Lost)),
            place.case("breaks_off", Fault::reset, place.fate(Lost)).modes(place.reset_in),
            place
                .case("falls_silent", silence, place.fate(TimedOut))
                .modes(place.waited_in)
                .impatient(),
        ]
    });
    everywhere.chain(after_storing()).chain(within_content()).collect()
}

/// Who sends such a mail again makes a duplicate (RFC 5321 §4.5.3.2.6).
fn after_storing() -> [Case; 2] {
    let end = || Fault::at(Point::EndOfData);
    [
        Case::new("takes_the_mail_and_hangs_up")
            .fault(end().silence().close())
            .fates([unknown(Lost).but_stored()]),
        Case::new("takes_the_mail_and_is_too_slow")
            .modes(&[Clear, Required])
            .fault(end().delay(FOR_EVER).silence())
            .impatient()
            .fates([unknown(TimedOut).but_stored()]),
    ]
}

/// The end of the mail never left.
fn within_content() -> [Case; 3] {
    let case = |name| Case::new(name).sends([large()]);
    let content = || Fault::at(Point::Content);
    [
        case("breaks_off_within_the_content")
            .modes(&[Clear])
            .fault(content().reset())
            .fates([not_sent(Lost, Step::Content)]),
        case("breaks_off_within_the_content_inside_tls")
            .modes(&[Implicit])
            .fault(content().reset())
            .fates([not_sent(Lost, Step::Content)]),
        case("stops_reading_within_the_content")
            .modes(&[Clear])
            .fault(content().delay(FOR_EVER).close())
            .impatient()
            .fates([not_sent(TimedOut, Step::Content)]),
    ]
}

fn large() -> Mail {
    let line = format!("{}\r\n", "x".repeat(998));
    let content = format!("Subject: large\r\n\r\n{}", line.repeat(LARGE / line.len()));
    mails::prepared(&["bob@example.test"], content)
}

//! Cases in which a backend or a flow rightly differs, as data.
//!
//! A difference names the case, the expected result instead, and the reason. A difference that no
//! longer exists fails its test.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use mailer::{
    Kind::{Authentication, CannotRender, Lost, Protocol, Refused, Temporary, TimedOut, Tls},
    Mail, Outcome, Security, Step, TlsLibrary,
};
use mailer_backends::{BACKENDS, Flow};
use mailer_lettre::DIFFERENCES as LETTRE_ROWS;
use mailer_tests::contender::Contender;

use crate::{
    case::{ACCEPTED, Case, Expected, ExpectedResult, not_sent, rejected, unknown, unknown_at},
    checks::{self, Observed},
    habits,
    testbed::Testbed,
};

/// The expected result of one case with some contenders.
pub(crate) struct Difference {
    case: &'static str,
    contenders: Contenders,
    reason: Reason,
    expected: &'static [Expected],
    last_line_ends: usize,
}

#[derive(Clone, Copy)]
enum Contenders {
    Backends(&'static [&'static str]),
    /// lettre, with or without its pool, with this TLS library and implicit TLS.
    LettreImplicit(TlsLibrary),
    /// Every backend with flows, in these flows.
    Flows(&'static [Flow]),
}

#[derive(Clone, Copy)]
enum Reason {
    /// The row of this name in [`mailer_lettre::DIFFERENCES`].
    Row(&'static str),
    /// A property of the flow, as its documentation describes it.
    Flow(&'static str),
}

const LETTRE: Contenders = Contenders::Backends(&["lettre", "lettre-connection"]);
const LETTRE_WITH_RUSTLS: Contenders = Contenders::LettreImplicit(TlsLibrary::Rustls);
/// lettre's connection without its pool.
const CONNECTION: Contenders = Contenders::Backends(&["lettre-connection"]);
/// The flows that send a whole message before its first reply.
const AHEAD: Contenders = Contenders::Flows(&[Flow::Chunked, Flow::Streamed]);
const CHUNKED: Contenders = Contenders::Flows(&[Flow::Chunked]);
const STREAMED: Contenders = Contenders::Flows(&[Flow::Streamed]);
const OVERLAPPED: Contenders = Contenders::Flows(&[Flow::Overlapped]);

const WHOLE: Reason = Reason::Flow("the content was sent with its envelope");
const UNDER_WAY: Reason = Reason::Flow("the next mails were under address");

const DIFFERENCES: &[Difference] = &[
    // A refused recipient ends the transaction.
    lettre("refuses_second_recipient", "partial", &[rejected(Refused, Step::Recipient)]),
    lettre("refuses_first_recipient", "partial", &[rejected(Refused, Step::Recipient)]),
    lettre("refuses_second_recipient_for_now", "partial", &[rejected(Temporary, Step::Recipient)]),
    lettre(
        "refuses_one_recipient_for_now_and_one_for_good",
        "partial",
        &[rejected(Temporary, Step::Recipient)],
    ),
    lettre(
        "refuses_a_recipient_of_the_second_message",
        "partial",
        &[ACCEPTED, rejected(Refused, Step::Recipient), ACCEPTED],
    ),
    lettre("drops_commands_with_the_dot_and_refuses_some", "partial", BETWEEN),
    lettre("drops_commands_with_the_dot_and_refuses_the_first", "partial", AT_FIRST),
    lettre("refuses_commands_after_the_dot_and_refuses_some", "partial", BETWEEN),
    lettre("refuses_commands_after_the_dot_and_refuses_the_first", "partial", AT_FIRST),
    lettre("leaves_transactions_open_and_refuses_some", "partial", BETWEEN),
    lettre("leaves_transactions_open_and_refuses_the_first", "partial", AT_FIRST),
    // Announcements and replies of the server.
    lettre("accepts_a_request_for_notifications", "dsn", &[not_sent(CannotRender, Step::Prepare)]),
    lettre("has_no_dsn", "dsn", &[not_sent(CannotRender, Step::Prepare)]),
    lettre("accepts_only_smaller_mails", "size", &[rejected(Refused, Step::EndOfData)]),
    lettre("has_no_smtputf8_for_a_header", "header-utf-8", &[ACCEPTED]),
    lettre("knows_no_ehlo", "helo", &[not_sent(Refused, Step::Ehlo)]),
    lettre("announces_in_lower_case", "keywords", &[not_sent(Tls, Step::StartTls)]),
    lettre("replies_without_text", "bare-code", &[not_sent(Protocol, Step::Recipient)]),
    lettre("replies_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Mail)]),
    lettre("sends_354_to_mail", "codes", &[ACCEPTED]),
    lettre("sends_250_to_data", "codes", &[ACCEPTED]),
    lettre("prompts_for_login_in_other_words", "login-prompts", &[not_sent(Protocol, Step::Auth)]),
    lettre(
        "offers_plain_but_does_not_know_it",
        "unknown-mechanism",
        &[not_sent(Authentication, Step::Auth)],
    ),
    lettre(
        "does_not_know_the_mechanism_of_a_pipelined_auth",
        "unknown-mechanism",
        &[not_sent(Authentication, Step::Auth); 3],
    ),
    // Lost connections.
    lettre("disconnects_at_the_second_mail", "offered-again", LOST),
    lettre("closes_at_the_second_mail", "offered-again", LOST),
    lettre("resets_at_the_second_mail", "offered-again", LOST),
    lettre("sends_421_at_the_second_mail", "offered-again", GIVEN_UP),
    lettre("sends_451_at_the_second_mail", "offered-again", GIVEN_UP),
    lettre("closes_at_the_second_rcpt", "offered-again", LOST_AT_RCPT),
    lettre("resets_at_the_second_rcpt", "offered-again", LOST_AT_RCPT),
    lettre("sends_421_at_the_second_rcpt", "offered-again", GIVEN_UP_AT_RCPT),
    lettre("closes_at_the_second_data", "offered-again", LOST_AT_DATA),
    lettre("resets_at_the_second_data", "offered-again", LOST_AT_DATA),
    lettre("sends_421_at_the_second_data", "offered-again", GIVEN_UP_AT_DATA),
    // Without the pool no NOOP detects the lost connection.
    new("disconnects_between_mails", CONNECTION, Reason::Row("offered-again"), LOST),
    new("closes_while_idle", CONNECTION, Reason::Row("offered-again"), LOST),
    new("resets_while_idle", CONNECTION, Reason::Row("offered-again"), LOST),
    new("sends_421_while_idle", CONNECTION, Reason::Row("offered-again"), GIVEN_UP),
    new("sends_451_while_idle", CONNECTION, Reason::Row("offered-again"), GIVEN_UP),
    lettre("accepts_two_mails_per_connection", "offered-again", ENOUGH),
    lettre("sends_421_after_two_mails", "offered-again", ENOUGH),
    // With rustls, lettre runs the handshake of implicit TLS while it reads the greeting.
    new(
        "falls_silent_at_the_handshake",
        LETTRE_WITH_RUSTLS,
        Reason::Row("late-handshake"),
        &[not_sent(TimedOut, Step::Greeting)],
    ),
    new(
        "requires_a_client_certificate_and_gets_none",
        LETTRE_WITH_RUSTLS,
        Reason::Row("late-handshake"),
        &[not_sent(Tls, Step::Tls)],
    ),
    // lettre renders drafts as its users send them.
    lettre("accepts_a_text", "end-of-data", &[ACCEPTED]).line_ends(2),
    lettre("accepts_a_rich_draft", "end-of-data", &[ACCEPTED]).line_ends(2),
    // A lost connection, or an invalid reply, after the content was sent.
    new("disconnects_at_mail", AHEAD, WHOLE, &[unknown_at(Lost, Step::Mail)]),
    new("resets_at_mail", AHEAD, WHOLE, &[unknown_at(Lost, Step::Mail)]),
    new("falls_silent_at_mail", AHEAD, WHOLE, &[unknown_at(TimedOut, Step::Mail)]),
    new("disconnects_at_rcpt", AHEAD, WHOLE, &[unknown_at(Lost, Step::Recipient)]),
    new("resets_at_rcpt", AHEAD, WHOLE, &[unknown_at(Lost, Step::Recipient)]),
    new("falls_silent_at_rcpt", AHEAD, WHOLE, &[unknown_at(TimedOut, Step::Recipient)]),
    new("sends_354_to_mail", AHEAD, WHOLE, &[unknown_at(Protocol, Step::Mail).but_stored()]),
    new("sends_999_to_mail", AHEAD, WHOLE, &[unknown_at(Protocol, Step::Mail).but_stored()]),
    new(
        "disconnects_at_the_second_mail",
        CHUNKED,
        WHOLE,
        &[ACCEPTED, unknown_at(Lost, Step::Mail), ACCEPTED],
    ),
    // The next messages have the same result.
    new(
        "disconnects_at_the_second_mail",
        STREAMED,
        UNDER_WAY,
        &[ACCEPTED, unknown_at(Lost, Step::Mail), unknown_at(Lost, Step::Mail)],
    ),
    new(
        "disconnects_at_the_end_of_the_second_mail",
        STREAMED,
        UNDER_WAY,
        &[ACCEPTED, unknown(Lost).but_stored(), unknown(Lost)],
    ),
    new(
        "disconnects_at_the_end_of_the_second_mail",
        OVERLAPPED,
        UNDER_WAY,
        &[ACCEPTED, unknown(Lost).but_stored(), ACCEPTED.offered_again()],
    ),
    new(
        "sends_354_after_refusing_every_recipient",
        OVERLAPPED,
        UNDER_WAY,
        &[rejected(Refused, Step::Recipient), rejected(Refused, Step::Mail)],
    ),
    // Content that was partly sent is never sent again.
    new("accepts_two_mails_per_connection", AHEAD, WHOLE, ENOUGH),
    new("sends_421_after_two_mails", CHUNKED, WHOLE, ENOUGH),
    new(
        "sends_421_after_two_mails",
        STREAMED,
        WHOLE,
        &[
            ACCEPTED,
            ACCEPTED,
            rejected(Temporary, Step::Mail),
            unknown_at(Temporary, Step::Mail),
            unknown_at(Temporary, Step::Mail),
        ],
    ),
];

const ENOUGH: &[Expected] =
    &[ACCEPTED, ACCEPTED, rejected(Temporary, Step::Mail), ACCEPTED, ACCEPTED];

/// The second of three messages is lost with its connection, or refused because of it.
const LOST: &[Expected] = &[ACCEPTED, not_sent(Lost, Step::Mail), ACCEPTED];
const LOST_AT_RCPT: &[Expected] = &[ACCEPTED, not_sent(Lost, Step::Recipient), ACCEPTED];
const LOST_AT_DATA: &[Expected] = &[ACCEPTED, not_sent(Lost, Step::Data), ACCEPTED];
const GIVEN_UP: &[Expected] = &[ACCEPTED, rejected(Temporary, Step::Mail), ACCEPTED];
const GIVEN_UP_AT_RCPT: &[Expected] = &[ACCEPTED, rejected(Temporary, Step::Recipient), ACCEPTED];
const GIVEN_UP_AT_DATA: &[Expected] = &[ACCEPTED, rejected(Temporary, Step::Data), ACCEPTED];

/// [`habits::BETWEEN`] and [`habits::AT_FIRST`] without partial success.
const BETWEEN: &[Expected] = &never_partial(habits::BETWEEN);
const AT_FIRST: &[Expected] = &never_partial(habits::AT_FIRST);

const fn never_partial(mut expected: [Expected; 8]) -> [Expected; 8] {
    let mut index = 0;
    while index < expected.len() {
        if matches!(expected[index].outcome, Outcome::Partial) {
            expected[index] = rejected(Refused, Step::Recipient);
        }
        index += 1;
    }
    expected
}

const fn new(
    case: &'static str,
    contenders: Contenders,
    reason: Reason,
    expected: &'static [Expected],
) -> Difference {
    Difference { case, contenders, reason, expected, last_line_ends: 1 }
}

const fn lettre(
    case: &'static str,
    row: &'static str,
    expected: &'static [Expected],
) -> Difference {
    new(case, LETTRE, Reason::Row(row), expected)
}

/// Returns the difference of this contender in this case, if there is one.
pub(crate) fn find(
    case: &str,
    contender: Contender,
    mode: Security,
) -> Option<&'static Difference> {
    DIFFERENCES.iter().find(|difference| {
        difference.case == case && difference.contenders.applies_to(contender, mode)
    })
}

impl Contenders {
    fn applies_to(self, contender: Contender, mode: Security) -> bool {
        match self {
            Contenders::Backends(names) => names.contains(&contender.backend.name),
            Contenders::LettreImplicit(library) => {
                let is_library = contender.library == library && mode == Security::Implicit;
                is_library && LETTRE.applies_to(contender, mode)
            }
            Contenders::Flows(flows) => {
                contender.backend.has_flows && flows.contains(&contender.flow)
            }
        }
    }
}

impl Difference {
    const fn line_ends(self, last_line_ends: usize) -> Self {
        Self { last_line_ends, ..self }
    }

    fn result(&self) -> ExpectedResult {
        ExpectedResult { expected: self.expected.to_vec(), last_line_ends: self.last_line_ends }
    }

    /// Checks that the contender differs as described.
    pub(crate) fn check(
        &self,
        case: &Case,
        mails: &[Mail],
        testbed: &Testbed,
        observed: &Observed,
    ) -> Result<(), Failed> {
        let Err(failed) = checks::check(case, &self.result(), mails, testbed, observed) else {
            return Ok(());
        };
        if checks::check(case, &case.result, mails, testbed, observed).is_ok() {
            return Err("it does not differ any more: remove the row from DIFFERENCES".into());
        }
        let (Reason::Row(reason) | Reason::Flow(reason)) = self.reason;
        let what = failed.message().unwrap_or_default();
        Err(format!("it differs, but not as \"{reason}\" describes:\n{what}").into())
    }
}

/// Trials of the table itself: each row names an existing case, and differs from it.
pub(crate) fn trials(cases: &[Arc<Case>]) -> Vec<Trial> {
    let trial = |difference: &'static Difference| {
        let case = cases.iter().find(|case| case.name == difference.case).cloned();
        let (Reason::Row(reason) | Reason::Flow(reason)) = difference.reason;
        let name = format!("differences::{}::{}", reason.replace(' ', "_"), difference.case);
        Trial::test(name, move || consistent(difference, case.as_deref()))
    };
    DIFFERENCES.iter().map(trial).collect()
}

fn consistent(difference: &Difference, case: Option<&Case>) -> Result<(), Failed> {
    let case = case.ok_or("there is no such case")?;
    if case.result == difference.result() {
        return Err("the row does not differ from its case".into());
    }
    if let Reason::Row(name) = difference.reason
        && !LETTRE_ROWS.iter().any(|row| row.name == name)
    {
        return Err("lettre's table has no such row".into());
    }
    let is_there = |name: &str| BACKENDS.iter().any(|backend| backend.name == name);
    match difference.contenders {
        Contenders::Backends(names) if !names.iter().all(|name| is_there(name)) => {
            Err(format!("not all of {names:?} are backends").into())
        }
        _ => Ok(()),
    }
}

//! Cases in which lettre rightly differs, as data.
//!
//! A difference names the case, the expected result instead, and the row of lettre's table that
//! explains it. A difference that no longer exists fails its test.

use std::{sync::Arc, time::Duration};

use libtest_mimic::{Failed, Trial};
use mailer::{
    Kind::{Authentication, Protocol, Refused, Temporary, Tls},
    Step, TlsLibrary,
};
use mailer_lettre::DIFFERENCES as LETTRE_ROWS;
use mailer_tests::contender::Contender;

use crate::{
    case::{ACCEPTED, Case, Expected, LONG, not_sent, rejected, unknown},
    checks,
    trial::Observed,
};

/// The expected result of one case with lettre.
pub(crate) struct Difference {
    /// The family and the name of the case.
    case: &'static str,
    /// The row of this name in [`mailer_lettre::DIFFERENCES`].
    row: &'static str,
    expected: &'static [Expected],
    /// The only TLS library with which lettre differs; `None` for both.
    library: Option<TlsLibrary>,
    /// How much longer the client may need.
    waits: Duration,
}

const LETTRE: &str = "lettre";

const DIFFERENCES: &[Difference] = &[
    // A reply that is only a code.
    new("replies::greeting_without_text", "bare-code", &[not_sent(Protocol, Step::Greeting)]),
    new(
        "replies::greeting_without_text_in_several_lines",
        "bare-code",
        &[not_sent(Protocol, Step::Greeting)],
    ),
    new("replies::mail_without_text", "bare-code", &[not_sent(Protocol, Step::Mail)]),
    new(
        "replies::mail_without_text_in_several_lines",
        "bare-code",
        &[not_sent(Protocol, Step::Mail)],
    ),
    new("replies::rcpt_without_text", "bare-code", &[not_sent(Protocol, Step::Recipient)]),
    new(
        "replies::rcpt_without_text_in_several_lines",
        "bare-code",
        &[not_sent(Protocol, Step::Recipient)],
    ),
    new("replies::data_without_text", "bare-code", &[not_sent(Protocol, Step::Data)]),
    new(
        "replies::data_without_text_in_several_lines",
        "bare-code",
        &[not_sent(Protocol, Step::Data)],
    ),
    new("replies::end_of_data_without_text", "bare-code", &[unknown(Protocol, Step::EndOfData)]),
    new(
        "replies::end_of_data_without_text_in_several_lines",
        "bare-code",
        &[unknown(Protocol, Step::EndOfData)],
    ),
    // A second digit that RFC 5321 does not have.
    new("replies::code_571_at_greeting", "reply-codes", &[not_sent(Protocol, Step::Greeting)]),
    new("replies::code_571_at_ehlo", "reply-codes", &[not_sent(Protocol, Step::Ehlo)]),
    new("replies::code_571_at_mail", "reply-codes", &[not_sent(Protocol, Step::Mail)]),
    new("replies::code_571_at_rcpt", "reply-codes", &[not_sent(Protocol, Step::Recipient)]),
    new("replies::code_571_at_data", "reply-codes", &[not_sent(Protocol, Step::Data)]),
    new("replies::code_571_at_end_of_data", "reply-codes", &[unknown(Protocol, Step::EndOfData)]),
    // A reply that is not UTF-8.
    new("replies::greeting_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Greeting)]),
    new("replies::mail_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Mail)]),
    new("replies::rcpt_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Recipient)]),
    new("replies::data_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Data)]),
    new("replies::end_of_data_in_latin_1", "utf-8", &[unknown(Protocol, Step::EndOfData)]),
    new("replies::ehlo_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Ehlo)]),
    // A refused recipient ends the transaction.
    new("transaction::refuses_ann_by_550", "partial", &[rejected(Refused, Step::Recipient)]),
    new("transaction::refuses_bob_by_550", "partial", &[rejected(Refused, Step::Recipient)]),
    new("transaction::refuses_eve_by_550", "partial", &[rejected(Refused, Step::Recipient)]),
    new(
        "transaction::refuses_ann_and_bob_by_550",
        "partial",
        &[rejected(Refused, Step::Recipient)],
    ),
    new(
        "transaction::refuses_ann_and_eve_by_550",
        "partial",
        &[rejected(Refused, Step::Recipient)],
    ),
    new(
        "transaction::refuses_bob_and_eve_by_550",
        "partial",
        &[rejected(Refused, Step::Recipient)],
    ),
    new("transaction::refuses_ann_by_450", "partial", &[rejected(Temporary, Step::Recipient)]),
    new("transaction::refuses_bob_by_450", "partial", &[rejected(Temporary, Step::Recipient)]),
    new("transaction::refuses_eve_by_450", "partial", &[rejected(Temporary, Step::Recipient)]),
    new(
        "transaction::refuses_ann_and_bob_by_450",
        "partial",
        &[rejected(Temporary, Step::Recipient)],
    ),
    new(
        "transaction::refuses_ann_and_eve_by_450",
        "partial",
        &[rejected(Temporary, Step::Recipient)],
    ),
    new(
        "transaction::refuses_bob_and_eve_by_450",
        "partial",
        &[rejected(Temporary, Step::Recipient)],
    ),
    new("transaction::has_too_many_recipients", "partial", &[rejected(Temporary, Step::Recipient)]),
    new(
        "transaction::refuses_one_for_now_and_one_for_good",
        "partial",
        &[rejected(Temporary, Step::Recipient)],
    ),
    // lettre does not read SIZE.
    new("transaction::size_one_byte_too_small", "size", &[ACCEPTED]),
    // Extensions in lower case.
    new("auth::is_offered_in_lower_case", "keywords", &[not_sent(Authentication, Step::Auth)]),
    // lettre does not fall back to HELO.
    new("replies::ehlo_gets_500_and_helo_is_accepted", "helo", &[not_sent(Refused, Step::Ehlo)]),
    new("replies::ehlo_gets_502_and_helo_is_accepted", "helo", &[not_sent(Refused, Step::Ehlo)]),
    new("replies::ehlo_gets_504_and_helo_is_accepted", "helo", &[not_sent(Refused, Step::Ehlo)]),
    new("replies::ehlo_gets_554_and_helo_is_accepted", "helo", &[not_sent(Refused, Step::Ehlo)]),
    // After a failed handshake, lettre waits for the reply to a QUIT that it cannot send.
    waits("starttls::plaintext_for_tls"),
    waits("starttls::garbage_for_tls"),
    waits("starttls::handshake_failure_for_tls"),
    waits("starttls::protocol_version_for_tls"),
    waits("starttls::unknown_name_for_tls"),
];

const fn new(case: &'static str, row: &'static str, expected: &'static [Expected]) -> Difference {
    Difference { case, row, expected, library: None, waits: Duration::ZERO }
}

/// A handshake that fails while the server keeps the connection open.
const fn waits(case: &'static str) -> Difference {
    const FAILED: &[Expected] = &[not_sent(Tls, Step::Tls)];
    let failed = new(case, "late-handshake", FAILED);
    Difference { library: Some(TlsLibrary::Rustls), waits: LONG, ..failed }
}

/// Returns the difference of this contender in this case, if there is one.
pub(crate) fn find(family: &str, case: &str, contender: Contender) -> Option<&'static Difference> {
    let name = format!("{family}::{case}");
    let differs = |difference: &&Difference| {
        contender.backend.name == LETTRE
            && difference.library.is_none_or(|library| library == contender.library)
    };
    DIFFERENCES.iter().filter(differs).find(|difference| difference.case == name)
}

impl Difference {
    /// Checks that the contender differs as described.
    pub(crate) fn check(
        &self,
        case: &Case,
        contender: Contender,
        observed: &Observed,
    ) -> Result<(), String> {
        if checks::check(case, &case.expected, contender, observed).is_ok() {
            return Err("it does not differ any more: remove the row from DIFFERENCES".into());
        }
        let differs = checks::check_outcome(case, self.expected, contender, observed, self.waits);
        differs.map_err(|wrong| {
            format!("it differs, but not as row \"{}\" describes:\n{wrong}", self.row)
        })
    }
}

/// Trials of the table itself: each row names a case and a row that exist.
pub(crate) fn trials(cases: &[(&str, Arc<Case>)]) -> Vec<Trial> {
    let trial = |difference: &'static Difference| {
        let is_named = |(family, case): &(&str, Arc<Case>)| {
            difference.case.split_once("::") == Some((*family, case.name.as_str()))
        };
        let is_there = cases.iter().any(is_named);
        let name = format!("differences::{}::{}", difference.row, difference.case);
        Trial::test(name, move || consistent(difference, is_there))
    };
    DIFFERENCES.iter().map(trial).collect()
}

fn consistent(difference: &Difference, is_there: bool) -> Result<(), Failed> {
    if !is_there {
        return Err("there is no such case".into());
    }
    if !LETTRE_ROWS.iter().any(|row| row.name == difference.row) {
        return Err("lettre's table has no such row".into());
    }
    Ok(())
}

//! Where a backend rightly differs, as data.
//!
//! A difference names the case, what becomes of the mails instead, and why. It is checked as exactly
//! as the rest, so a difference that is none any more fails, and says so.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use mailer::{
    Kind::{Authentication, Protocol, Refused, Temporary},
    Step,
};
use mailer_lettre::DIFFERENCES as LETTRE_ROWS;
use mailer_tests::contender::Contender;

use crate::{
    case::{ACCEPTED, Case, Fate, not_sent, rejected, unknown},
    judge,
    scene::Seen,
};

/// What one case comes to with lettre.
pub(crate) struct Difference {
    /// Family and name.
    case: &'static str,
    /// The row of this name in [`mailer_lettre::DIFFERENCES`].
    row: &'static str,
    fates: &'static [Fate],
}

const LETTRE: &str = "lettre";

const DIFFERENCES: &[Difference] = &[
    // A reply may be a code and nothing else.
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
    // A reply of any octets.
    new("replies::greeting_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Greeting)]),
    new("replies::mail_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Mail)]),
    new("replies::rcpt_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Recipient)]),
    new("replies::data_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Data)]),
    new("replies::end_of_data_in_latin_1", "utf-8", &[unknown(Protocol, Step::EndOfData)]),
    new("replies::ehlo_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Ehlo)]),
    // A refused recipient ends the mail.
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
    // SIZE is not read.
    new("transaction::size_one_octet_too_small", "size", &[ACCEPTED]),
    // Extensions in small letters.
    new("auth::is_offered_in_lower_case", "keywords", &[not_sent(Authentication, Step::Auth)]),
    // HELO for servers that know no EHLO.
    new("replies::ehlo_gets_500_and_helo_is_taken", "helo", &[not_sent(Refused, Step::Ehlo)]),
    new("replies::ehlo_gets_502_and_helo_is_taken", "helo", &[not_sent(Refused, Step::Ehlo)]),
    new("replies::ehlo_gets_504_and_helo_is_taken", "helo", &[not_sent(Refused, Step::Ehlo)]),
    new("replies::ehlo_gets_554_and_helo_is_taken", "helo", &[not_sent(Refused, Step::Ehlo)]),
];

const fn new(case: &'static str, row: &'static str, fates: &'static [Fate]) -> Difference {
    Difference { case, row, fates }
}

/// What is otherwise in this case with this contender.
pub(crate) fn of(family: &str, case: &str, contender: Contender) -> Option<&'static Difference> {
    let name = format!("{family}::{case}");
    let differs = contender.backend.name == LETTRE;
    DIFFERENCES.iter().find(|difference| differs && difference.case == name)
}

impl Difference {
    /// The difference is there, as it is described.
    pub(crate) fn judge(
        &self,
        case: &Case,
        contender: Contender,
        seen: &Seen,
    ) -> Result<(), String> {
        let Err(wrong) = judge::what_became(case, self.fates, contender, seen) else {
            return Ok(());
        };
        if judge::all(case, &case.fates, contender, seen).is_ok() {
            return Err("it does not differ any more: take the difference out of the table".into());
        }
        Err(format!("it differs, and not as \"{}\" says:\n{wrong}", self.row))
    }
}

/// The table itself: it names what there is.
pub(crate) fn trials(cases: &[(&str, Arc<Case>)]) -> Vec<Trial> {
    let of_one = |difference: &'static Difference| {
        let is_it = |(family, case): &(&str, Arc<Case>)| {
            difference.case.split_once("::") == Some((*family, case.name.as_str()))
        };
        let is_there = cases.iter().any(is_it);
        let name = format!("differences::{}::{}", difference.row, difference.case);
        Trial::test(name, move || consistent(difference, is_there))
    };
    DIFFERENCES.iter().map(of_one).collect()
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

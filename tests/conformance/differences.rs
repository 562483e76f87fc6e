//! Where a backend, or a flow of one, rightly differs, as data: readers came for it.
//!
//! A difference names the case, what comes of it instead, and why. It is checked as exactly as the
//! rest, so a difference that is none any more fails, and says so.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use mailer::{
    Kind::{Lost, Protocol, Refused, Temporary, TimedOut, Tls},
    Mail, Outcome, Step,
};
use mailer_backends::{BACKENDS, Flow};
use mailer_lettre::DIFFERENCES as LETTRE_ROWS;
use mailer_tests::contender::Contender;

use crate::{
    case::{ACCEPTED, Case, Fate, Want, not_sent, rejected, unknown, unknown_at},
    habits,
    judge::{self, Seen},
    scene::Scene,
};

/// What one case comes to with some contenders.
pub(crate) struct Difference {
    case: &'static str,
    who: Who,
    why: Why,
    fates: &'static [Fate],
    last_line_ends: usize,
}

#[derive(Clone, Copy)]
enum Who {
    Backends(&'static [&'static str]),
    /// Every backend that has flows, in these.
    Flows(&'static [Flow]),
}

#[derive(Clone, Copy)]
enum Why {
    /// The row of this name in [`mailer_lettre::DIFFERENCES`].
    Row(&'static str),
    /// What the documentation of the flow says about it.
    Flow(&'static str),
}

const LETTRE: Who = Who::Backends(&["lettre", "lettre-connection"]);
/// lettre's connection without its pool.
const CONNECTION: Who = Who::Backends(&["lettre-connection"]);
/// Mails leave whole, before anything is answered.
const AHEAD: Who = Who::Flows(&[Flow::Chunked, Flow::Streamed]);
const CHUNKED: Who = Who::Flows(&[Flow::Chunked]);
const STREAMED: Who = Who::Flows(&[Flow::Streamed]);
const OVERLAPPED: Who = Who::Flows(&[Flow::Overlapped]);

const WHOLE: Why = Why::Flow("the content has left with its envelope");
const UNDER_WAY: Why = Why::Flow("the next mails were under way");

const DIFFERENCES: &[Difference] = &[
    // A refused recipient ends the mail.
    lettre("refuses_second_recipient", "partial", &[rejected(Refused, Step::Recipient)]),
    lettre("refuses_first_recipient", "partial", &[rejected(Refused, Step::Recipient)]),
    lettre("refuses_second_recipient_for_now", "partial", &[rejected(Temporary, Step::Recipient)]),
    lettre(
        "refuses_one_recipient_for_now_and_one_for_good",
        "partial",
        &[rejected(Temporary, Step::Recipient)],
    ),
    lettre(
        "refuses_recipients_here_and_there",
        "partial",
        &[ACCEPTED, rejected(Refused, Step::Recipient), ACCEPTED],
    ),
    lettre("drops_what_comes_with_the_dot_and_refuses_some", "partial", BETWEEN),
    lettre("drops_what_comes_with_the_dot_and_refuses_the_first", "partial", AT_FIRST),
    lettre("refuses_what_comes_behind_the_dot_and_refuses_some", "partial", BETWEEN),
    lettre("refuses_what_comes_behind_the_dot_and_refuses_the_first", "partial", AT_FIRST),
    lettre("leaves_transactions_open_and_refuses_some", "partial", BETWEEN),
    lettre("leaves_transactions_open_and_refuses_the_first", "partial", AT_FIRST),
    // What a server announces, and how it may reply.
    lettre("takes_only_smaller_mails", "size", &[rejected(Refused, Step::EndOfData)]),
    lettre("has_no_smtputf8_for_a_header", "header-utf-8", &[ACCEPTED]),
    lettre("knows_no_ehlo", "helo", &[not_sent(Refused, Step::Ehlo)]),
    lettre("announces_in_small_letters", "keywords", &[not_sent(Tls, Step::StartTls)]),
    lettre("replies_without_text", "bare-code", &[not_sent(Protocol, Step::Recipient)]),
    lettre("replies_in_latin_1", "utf-8", &[not_sent(Protocol, Step::Mail)]),
    lettre("greets_with_250", "codes", &[ACCEPTED]),
    lettre("says_354_to_mail", "codes", &[ACCEPTED]),
    lettre("says_250_to_data", "codes", &[ACCEPTED]),
    lettre("asks_for_login_in_other_words", "login-prompts", &[not_sent(Protocol, Step::Auth)]),
    // Connections that end.
    lettre("hangs_up_at_the_second_mail", "offered-again", LOST),
    lettre("closes_at_the_second_mail", "offered-again", LOST),
    lettre("resets_at_the_second_mail", "offered-again", LOST),
    lettre("says_421_at_the_second_mail", "offered-again", GIVEN_UP),
    lettre("says_451_at_the_second_mail", "offered-again", GIVEN_UP),
    lettre("closes_at_the_second_rcpt", "offered-again", LOST_AT_RCPT),
    lettre("resets_at_the_second_rcpt", "offered-again", LOST_AT_RCPT),
    lettre("says_421_at_the_second_rcpt", "offered-again", GIVEN_UP_AT_RCPT),
    lettre("closes_at_the_second_data", "offered-again", LOST_AT_DATA),
    lettre("resets_at_the_second_data", "offered-again", LOST_AT_DATA),
    lettre("says_421_at_the_second_data", "offered-again", GIVEN_UP_AT_DATA),
    // Without the pool there is no NOOP that would notice.
    new("hangs_up_between_mails", CONNECTION, Why::Row("offered-again"), LOST),
    new("closes_while_idle", CONNECTION, Why::Row("offered-again"), LOST),
    new("resets_while_idle", CONNECTION, Why::Row("offered-again"), LOST),
    new("says_421_while_idle", CONNECTION, Why::Row("offered-again"), GIVEN_UP),
    new("says_451_while_idle", CONNECTION, Why::Row("offered-again"), GIVEN_UP),
    lettre("takes_two_mails_a_connection", "offered-again", ENOUGH),
    lettre("says_goodbye_after_two_mails", "offered-again", ENOUGH),
    // A draft goes as lettre's users send it.
    lettre("takes_a_text", "end-of-data", &[ACCEPTED]).line_ends(2),
    lettre("takes_a_rich_draft", "end-of-data", &[ACCEPTED]).line_ends(2),
    // What is lost, or not understood, after the content has left.
    new("hangs_up_at_mail", AHEAD, WHOLE, &[unknown_at(Lost, Step::Mail)]),
    new("breaks_off_at_mail", AHEAD, WHOLE, &[unknown_at(Lost, Step::Mail)]),
    new("falls_silent_at_mail", AHEAD, WHOLE, &[unknown_at(TimedOut, Step::Mail)]),
    new("hangs_up_at_rcpt", AHEAD, WHOLE, &[unknown_at(Lost, Step::Recipient)]),
    new("breaks_off_at_rcpt", AHEAD, WHOLE, &[unknown_at(Lost, Step::Recipient)]),
    new("falls_silent_at_rcpt", AHEAD, WHOLE, &[unknown_at(TimedOut, Step::Recipient)]),
    new("says_354_to_mail", AHEAD, WHOLE, &[unknown_at(Protocol, Step::Mail).but_stored()]),
    new("says_999_to_mail", AHEAD, WHOLE, &[unknown_at(Protocol, Step::Mail).but_stored()]),
    new(
        "hangs_up_at_the_second_mail",
        CHUNKED,
        WHOLE,
        &[ACCEPTED, unknown_at(Lost, Step::Mail), ACCEPTED],
    ),
    // The next mails share their fate.
    new(
        "hangs_up_at_the_second_mail",
        STREAMED,
        UNDER_WAY,
        &[ACCEPTED, unknown_at(Lost, Step::Mail), unknown_at(Lost, Step::Mail)],
    ),
    new(
        "hangs_up_at_the_end_of_the_second_mail",
        STREAMED,
        UNDER_WAY,
        &[ACCEPTED, unknown(Lost).but_stored(), unknown(Lost)],
    ),
    new(
        "hangs_up_at_the_end_of_the_second_mail",
        OVERLAPPED,
        UNDER_WAY,
        &[ACCEPTED, unknown(Lost).but_stored(), ACCEPTED.offered_again()],
    ),
    new(
        "says_354_though_it_took_no_recipient",
        OVERLAPPED,
        UNDER_WAY,
        &[rejected(Refused, Step::Recipient), rejected(Refused, Step::Mail)],
    ),
    // Content that has begun to leave is never sent a second time.
    new("takes_two_mails_a_connection", AHEAD, WHOLE, ENOUGH),
    new("says_goodbye_after_two_mails", CHUNKED, WHOLE, ENOUGH),
    new(
        "says_goodbye_after_two_mails",
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

const ENOUGH: &[Fate] = &[ACCEPTED, ACCEPTED, rejected(Temporary, Step::Mail), ACCEPTED, ACCEPTED];

/// The second of three mails is lost with its connection, or refused because of it.
const LOST: &[Fate] = &[ACCEPTED, not_sent(Lost, Step::Mail), ACCEPTED];
const LOST_AT_RCPT: &[Fate] = &[ACCEPTED, not_sent(Lost, Step::Recipient), ACCEPTED];
const LOST_AT_DATA: &[Fate] = &[ACCEPTED, not_sent(Lost, Step::Data), ACCEPTED];
const GIVEN_UP: &[Fate] = &[ACCEPTED, rejected(Temporary, Step::Mail), ACCEPTED];
const GIVEN_UP_AT_RCPT: &[Fate] = &[ACCEPTED, rejected(Temporary, Step::Recipient), ACCEPTED];
const GIVEN_UP_AT_DATA: &[Fate] = &[ACCEPTED, rejected(Temporary, Step::Data), ACCEPTED];

/// [`habits::BETWEEN`] and [`habits::AT_FIRST`] without a partial success.
const BETWEEN: &[Fate] = &never_partial(habits::BETWEEN);
const AT_FIRST: &[Fate] = &never_partial(habits::AT_FIRST);

const fn never_partial(mut fates: [Fate; 8]) -> [Fate; 8] {
    let mut index = 0;
    while index < fates.len() {
        if matches!(fates[index].outcome, Outcome::Partial) {
            fates[index] = rejected(Refused, Step::Recipient);
        }
        index += 1;
    }
    fates
}

const fn new(case: &'static str, who: Who, why: Why, fates: &'static [Fate]) -> Difference {
    Difference { case, who, why, fates, last_line_ends: 1 }
}

const fn lettre(case: &'static str, row: &'static str, fates: &'static [Fate]) -> Difference {
    new(case, LETTRE, Why::Row(row), fates)
}

/// What is otherwise in this case with this contender.
pub(crate) fn of(case: &str, contender: Contender) -> Option<&'static Difference> {
    DIFFERENCES.iter().find(|difference| difference.case == case && difference.meets(contender))
}

impl Difference {
    const fn line_ends(self, last_line_ends: usize) -> Self {
        Self { last_line_ends, ..self }
    }

    fn meets(&self, contender: Contender) -> bool {
        match self.who {
            Who::Backends(names) => names.contains(&contender.backend.name),
            Who::Flows(flows) => contender.backend.has_flows && flows.contains(&contender.flow),
        }
    }

    fn want(&self) -> Want {
        Want { fates: self.fates.to_vec(), last_line_ends: self.last_line_ends }
    }

    /// The difference is there, as it is described.
    pub(crate) fn judge(
        &self,
        case: &Case,
        mails: &[Mail],
        scene: &Scene,
        seen: &Seen,
    ) -> Result<(), Failed> {
        let Err(failed) = judge::all(case, &self.want(), mails, scene, seen) else { return Ok(()) };
        if judge::all(case, &case.want, mails, scene, seen).is_ok() {
            return Err("it does not differ any more: take the difference out of the table".into());
        }
        let (Why::Row(why) | Why::Flow(why)) = self.why;
        let what = failed.message().unwrap_or_default();
        Err(format!("it differs, and not as \"{why}\" says:\n{what}").into())
    }
}

/// The table itself: it names what there is, and nothing that is no difference.
pub(crate) fn trials(cases: &[Arc<Case>]) -> Vec<Trial> {
    let of_one = |difference: &'static Difference| {
        let case = cases.iter().find(|case| case.name == difference.case).cloned();
        let (Why::Row(why) | Why::Flow(why)) = difference.why;
        let name = format!("differences::{}::{}", why.replace(' ', "_"), difference.case);
        Trial::test(name, move || consistent(difference, case.as_deref()))
    };
    DIFFERENCES.iter().map(of_one).collect()
}

fn consistent(difference: &Difference, case: Option<&Case>) -> Result<(), Failed> {
    let case = case.ok_or("there is no such case")?;
    if case.want == difference.want() {
        return Err("it is no difference".into());
    }
    if let Why::Row(name) = difference.why
        && !LETTRE_ROWS.iter().any(|row| row.name == name)
    {
        return Err("lettre's table has no such row".into());
    }
    let is_there = |name: &str| BACKENDS.iter().any(|backend| backend.name == name);
    match difference.who {
        Who::Backends(names) if !names.iter().all(|name| is_there(name)) => {
            Err(format!("not all of {names:?} are backends").into())
        }
        _ => Ok(()),
    }
}

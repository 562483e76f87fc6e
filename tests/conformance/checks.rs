//! The checks of a trial: those of its case, and those that apply to every case.

use std::time::Duration;

use libtest_mimic::Failed;
use mailer::{Content, Error, Mail, Outcome, Receipt, Reply, Security};
use mailer_server::{Extension, Security as ServerSecurity, StoredMail};

use crate::{
    case::{ACCEPTED, Case, Expected, ExpectedResult},
    read_back,
    testbed::{SECRETS, Testbed},
};

/// The time limit of each trial.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The result of a trial.
pub(crate) struct Observed {
    /// In the order in which they were settled.
    pub(crate) receipts: Vec<(u64, Receipt)>,
    pub(crate) took: Duration,
    pub(crate) closed: Result<(), Error>,
}

/// Checks everything.
///
/// # Errors
/// All that is wrong.
pub(crate) fn check(
    case: &Case,
    result: &ExpectedResult,
    mails: &[Mail],
    testbed: &Testbed,
    observed: &Observed,
) -> Result<(), Failed> {
    let mut wrong = wrong_order(mails, observed);
    let again = case.may_be_offered_again.contains(&testbed.mode);
    for (index, (expected, (_, receipt))) in
        result.expected.iter().zip(&observed.receipts).enumerate()
    {
        let problems = wrong_receipt(expected, receipt, again)
            .into_iter()
            .chain(contradictions(&mails[index], receipt));
        wrong.extend(problems.map(|problem| format!("message {index}: {problem}")));
    }
    wrong.extend(wrong_store(case, result, mails, testbed, observed));
    wrong.extend(wrong_commands(case, testbed));
    wrong.extend(extra_connections(mails, testbed));
    wrong.extend(broken_promises(case, result, observed));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Checks that every message is settled once, in the order of the input.
fn wrong_order(mails: &[Mail], observed: &Observed) -> Vec<String> {
    let numbers: Vec<u64> = observed.receipts.iter().map(|(number, _)| *number).collect();
    let expected: Vec<u64> = (0..mails.len() as u64).collect();
    expect("the settled messages", &expected, &numbers).into_iter().collect()
}

/// Checks a receipt. With `again` the message may or may not have been offered again.
fn wrong_receipt(expected: &Expected, receipt: &Receipt, again: bool) -> Vec<String> {
    let error = receipt.error.as_ref();
    let found = error.map(|error| (error.kind(), error.step()));
    let wanted = expected.error.map(|(kind, step)| (kind, Some(step)));
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(expect("the outcome", &expected.outcome, &receipt.outcome));
    wrong.extend(expect("kind and step of the error", &wanted, &found));
    if !again {
        wrong.extend(expect("offered again", &expected.offered_again, &receipt.offered_again));
    }
    if !wrong.is_empty() {
        wrong.push(format!("its error: {error:?}"));
    }
    wrong
}

/// Checks that outcome, error and replies of a receipt agree.
fn contradictions(mail: &Mail, receipt: &Receipt) -> Vec<String> {
    let replies: Vec<&Reply> = receipt.recipients.iter().flatten().collect();
    let all_accepted = replies.len() == mail.envelope().recipients().len()
        && replies.iter().all(|reply| reply.is_positive());
    let accepted = replies.iter().filter(|reply| reply.is_positive()).count();
    let ended_well = receipt.reply.as_ref().is_some_and(Reply::is_positive);
    let holds = match receipt.outcome {
        Outcome::Accepted => all_accepted && ended_well,
        Outcome::Partial => !all_accepted && accepted > 0 && ended_well,
        Outcome::Rejected => {
            let refusal = receipt.error.as_ref().and_then(Error::reply);
            refusal.is_some_and(|reply| reply.is_transient() || reply.is_permanent())
        }
        Outcome::NotSent | Outcome::Unknown => receipt.reply.is_none(),
    };
    if holds { Vec::new() } else { vec![format!("the receipt contradicts itself: {receipt:?}")] }
}

/// Checks that the server stored the expected messages unchanged, and no others.
fn wrong_store(
    case: &Case,
    result: &ExpectedResult,
    mails: &[Mail],
    testbed: &Testbed,
    observed: &Observed,
) -> Vec<String> {
    let is_due =
        |index: &usize| result.expected.get(*index).is_some_and(|expected| expected.stored);
    let due: Vec<usize> = (0..mails.len()).filter(is_due).collect();
    // A message without a final reply may be stored a little later.
    let all_arrived = testbed.embedded.wait_for_mails(due.len() as u64, TIME_LIMIT);
    let stored = testbed.embedded.mails();
    if !all_arrived || stored.len() != due.len() {
        return vec![format!("the server stored {} messages, not {}", stored.len(), due.len())];
    }
    let pairs = due.iter().zip(&stored);
    let problems = pairs.flat_map(|(&index, stored)| {
        let receipt = observed.receipts.get(index).map(|(_, receipt)| receipt);
        let given = case.arrives_as.as_deref().filter(|_| index == 0);
        let mut wrong = wrong_envelope(&mails[index], receipt, stored);
        wrong.extend(wrong_content(&mails[index], given, result.last_line_ends, stored));
        wrong.into_iter().map(move |problem| format!("stored message {index}: {problem}"))
    });
    problems.collect()
}

/// Checks sender and recipients: those that were not refused.
fn wrong_envelope(mail: &Mail, receipt: Option<&Receipt>, stored: &StoredMail) -> Vec<String> {
    let envelope = mail.envelope();
    let sender = envelope.sender().map(ToString::to_string);
    let replies = receipt.map(|receipt| receipt.recipients.as_slice()).unwrap_or_default();
    let refused = |index: usize| replies.get(index)?.as_ref().filter(|reply| !reply.is_positive());
    let pairs = envelope.recipients().iter().enumerate();
    let accepted = pairs.filter(|(index, _)| refused(*index).is_none());
    let accepted: Vec<String> = accepted.map(|(_, address)| address.to_string()).collect();
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(expect("its sender", &sender, &stored.sender));
    wrong.extend(expect("its recipients", &accepted, &stored.recipients));
    wrong
}

/// Checks the stored content.
fn wrong_content(
    mail: &Mail,
    given: Option<&[u8]>,
    line_ends: usize,
    stored: &StoredMail,
) -> Vec<String> {
    match (mail.content(), given) {
        (Content::Draft(draft), _) => read_back::compare(draft, line_ends, &stored.content),
        (Content::Message(_), Some(given)) => same_bytes(given, &stored.content),
        (Content::Message(message), None) => match message.to_vec() {
            Ok(given) => same_bytes(&given, &stored.content),
            Err(error) => vec![error.to_string()],
        },
    }
}

fn same_bytes(given: &[u8], stored: &[u8]) -> Vec<String> {
    if given == stored {
        return Vec::new();
    }
    let same = given.iter().zip(stored).take_while(|(a, b)| a == b).count();
    let show = |bytes: &[u8]| bytes[same..].iter().take(40).copied().collect::<Vec<_>>();
    let (given_rest, stored_rest) = (show(given), show(stored));
    vec![format!(
        "at byte {same} (of {} given and {} stored): \"{}\" became \"{}\"",
        given.len(),
        stored.len(),
        given_rest.escape_ascii(),
        stored_rest.escape_ascii()
    )]
}

/// Finds commands that the client must not send, or not outside TLS.
fn wrong_commands(case: &Case, testbed: &Testbed) -> Vec<String> {
    let mut wrong = Vec::new();
    let secured = is_secured(testbed);
    for (line, inside_tls) in testbed.commands() {
        let verb = line.split(' ').next().unwrap_or_default();
        if case.client_never_sends.contains(&verb) {
            wrong.push(format!("the client sent {line:?}"));
        }
        if matches!(verb, "AUTH" | "MAIL") && inside_tls != secured {
            wrong.push(format!("the client sent {line:?}, inside TLS: {inside_tls}"));
        }
        if verb == "AUTH" && !inside_tls && testbed.mode != Security::None {
            wrong.push("a password was sent in the clear".to_owned());
        }
    }
    wrong
}

/// Checks that a single message uses a single connection.
fn extra_connections(mails: &[Mail], testbed: &Testbed) -> Option<String> {
    let sessions = testbed.embedded.transcript().iter().map(|line| line.session).max();
    let sessions = sessions.unwrap_or_default();
    let too_many = mails.len() == 1 && sessions > 1;
    too_many.then(|| format!("{sessions} connections for one message"))
}

/// Returns whether MAIL must be inside TLS.
fn is_secured(testbed: &Testbed) -> bool {
    let config = testbed.embedded.config();
    let announced = config.security == ServerSecurity::StartTls
        && config.profile.extensions.contains(&Extension::StartTls);
    match testbed.mode {
        Security::Required | Security::Implicit => true,
        Security::Opportunistic => announced,
        Security::None => false,
    }
}

/// Checks what every backend promises with any server.
fn broken_promises(case: &Case, result: &ExpectedResult, observed: &Observed) -> Vec<String> {
    let mut wrong = Vec::new();
    if observed.took > TIME_LIMIT {
        wrong.push(format!("the trial took {:?}", observed.took));
    }
    let shown = format!("{:?}", observed.receipts);
    if SECRETS.iter().any(|secret| shown.contains(secret)) {
        wrong.push("a receipt shows the password".to_owned());
    }
    if let (Some(&ACCEPTED), Err(error)) = (result.expected.last(), &observed.closed) {
        wrong.push(format!("closing failed: {error}"));
    }
    wrong.extend(
        case.answer.and_then(|text| expect("the reply", &Some(text), &decisive_reply(observed))),
    );
    wrong
}

/// Returns the text of the reply that decided the first message.
fn decisive_reply(observed: &Observed) -> Option<&str> {
    let (_, receipt) = observed.receipts.first()?;
    let refusal = receipt.error.as_ref().and_then(Error::reply);
    refusal.or(receipt.reply.as_ref()).map(|reply| reply.text.as_str())
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &T, found: &T) -> Option<String> {
    (wanted != found).then(|| format!("{what}: {found:?}, and not {wanted:?}"))
}

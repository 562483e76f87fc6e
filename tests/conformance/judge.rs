//! What came of a case, against what should have come of it, and against what always holds.

use std::time::Duration;

use libtest_mimic::Failed;
use mailer::{Content, Error, Mail, Outcome, Receipt, Reply, Security};
use mailer_server::{Extension, Security as ServerSecurity, StoredMail};

use crate::{
    case::{ACCEPTED, Case, Fate, Want},
    read_back,
    scene::{SECRETS, Scene},
};

/// Everything ends within this.
pub(crate) const BOUND: Duration = Duration::from_secs(10);

/// What came of it.
pub(crate) struct Seen {
    /// As they were settled.
    pub(crate) receipts: Vec<(u64, Receipt)>,
    pub(crate) took: Duration,
    pub(crate) closed: Result<(), Error>,
}

/// All that is wrong.
pub(crate) fn all(
    case: &Case,
    want: &Want,
    mails: &[Mail],
    scene: &Scene,
    seen: &Seen,
) -> Result<(), Failed> {
    let mut wrong = settled(mails, seen);
    let again = case.may_be_offered_again.contains(&scene.mode);
    for (index, (fate, (_, receipt))) in want.fates.iter().zip(&seen.receipts).enumerate() {
        let problems =
            fated(fate, receipt, again).into_iter().chain(answered(&mails[index], receipt));
        wrong.extend(problems.map(|problem| format!("mail {index}: {problem}")));
    }
    wrong.extend(stored(case, want, mails, scene, seen));
    wrong.extend(said(case, scene));
    wrong.extend(connected(mails, scene));
    wrong.extend(promised(case, want, seen));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Every mail is settled once, in the order of the input.
fn settled(mails: &[Mail], seen: &Seen) -> Vec<String> {
    let numbers: Vec<u64> = seen.receipts.iter().map(|(number, _)| *number).collect();
    let expected: Vec<u64> = (0..mails.len() as u64).collect();
    expect("the mails settled", &expected, &numbers).into_iter().collect()
}

/// The receipt says what it should, but for `again`: whether it may say that the mail was offered again
/// though it should not.
fn fated(fate: &Fate, receipt: &Receipt, again: bool) -> Vec<String> {
    let error = receipt.error.as_ref();
    let found = error.map(|error| (error.kind(), error.step()));
    let wanted = fate.error.map(|(kind, step)| (kind, Some(step)));
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(expect("the outcome", &fate.outcome, &receipt.outcome));
    wrong.extend(expect("kind and step of the error", &wanted, &found));
    if !again {
        wrong.extend(expect("offered again", &fate.offered_again, &receipt.offered_again));
    }
    if !wrong.is_empty() {
        wrong.push(format!("its error: {error:?}"));
    }
    wrong
}

/// Outcome, error and replies agree with one another, whatever they are.
fn answered(mail: &Mail, receipt: &Receipt) -> Vec<String> {
    let replies: Vec<&Reply> = receipt.recipients.iter().flatten().collect();
    let all_taken = replies.len() == mail.envelope().recipients().len()
        && replies.iter().all(|reply| reply.is_positive());
    let taken = replies.iter().filter(|reply| reply.is_positive()).count();
    let ended_well = receipt.reply.as_ref().is_some_and(Reply::is_positive);
    let holds = match receipt.outcome {
        Outcome::Accepted => all_taken && ended_well,
        Outcome::Partial => !all_taken && taken > 0 && ended_well,
        Outcome::Rejected => {
            let refusal = receipt.error.as_ref().and_then(Error::reply);
            refusal.is_some_and(|reply| reply.is_transient() || reply.is_permanent())
        }
        Outcome::NotSent | Outcome::Unknown => receipt.reply.is_none(),
    };
    if holds { Vec::new() } else { vec![format!("the receipt contradicts itself: {receipt:?}")] }
}

/// The server has the mails it should have, whole, and no others.
fn stored(case: &Case, want: &Want, mails: &[Mail], scene: &Scene, seen: &Seen) -> Vec<String> {
    let is_due = |index: &usize| want.fates.get(*index).is_some_and(|fate| fate.stored);
    let due: Vec<usize> = (0..mails.len()).filter(is_due).collect();
    // What is stored without an answer may be stored a little later.
    let all_came = scene.embedded.wait_for_mails(due.len() as u64, BOUND);
    let stored = scene.embedded.mails();
    if !all_came || stored.len() != due.len() {
        return vec![format!("{} mails are stored, and not {}", stored.len(), due.len())];
    }
    let pairs = due.iter().zip(&stored);
    let problems = pairs.flat_map(|(&index, stored)| {
        let receipt = seen.receipts.get(index).map(|(_, receipt)| receipt);
        let given = case.arrives_as.as_deref().filter(|_| index == 0);
        let mut wrong = addressed(&mails[index], receipt, stored);
        wrong.extend(kept(&mails[index], given, want.last_line_ends, stored));
        wrong.into_iter().map(move |problem| format!("mail {index} as stored: {problem}"))
    });
    problems.collect()
}

/// It is from whom it should be, and for those who were not refused.
fn addressed(mail: &Mail, receipt: Option<&Receipt>, stored: &StoredMail) -> Vec<String> {
    let envelope = mail.envelope();
    let sender = envelope.sender().map(ToString::to_string);
    let replies = receipt.map(|receipt| receipt.recipients.as_slice()).unwrap_or_default();
    let refused = |index: usize| replies.get(index)?.as_ref().filter(|reply| !reply.is_positive());
    let pairs = envelope.recipients().iter().enumerate();
    let taken = pairs.filter(|(index, _)| refused(*index).is_none());
    let taken: Vec<String> = taken.map(|(_, address)| address.to_string()).collect();
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(expect("its sender", &sender, &stored.sender));
    wrong.extend(expect("its recipients", &taken, &stored.recipients));
    wrong
}

/// Its content is what was given.
fn kept(mail: &Mail, given: Option<&[u8]>, line_ends: usize, stored: &StoredMail) -> Vec<String> {
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
        "from octet {same} on, of {} given and {} stored: \"{}\" became \"{}\"",
        given.len(),
        stored.len(),
        given_rest.escape_ascii(),
        stored_rest.escape_ascii()
    )]
}

/// Nothing was said that must not be, and nothing outside TLS that belongs inside.
fn said(case: &Case, scene: &Scene) -> Vec<String> {
    let mut wrong = Vec::new();
    let secured = is_secured(scene);
    for (line, inside_tls) in scene.commands() {
        let verb = line.split(' ').next().unwrap_or_default();
        if case.unsaid.contains(&verb) {
            wrong.push(format!("{line:?} was said"));
        }
        if matches!(verb, "AUTH" | "MAIL") && inside_tls != secured {
            wrong.push(format!("inside TLS: {inside_tls}, and {line:?} was said"));
        }
        if verb == "AUTH" && !inside_tls && scene.mode != Security::None {
            wrong.push("a password was sent in the clear".to_owned());
        }
    }
    wrong
}

/// A single mail takes a single connection, whatever becomes of it.
fn connected(mails: &[Mail], scene: &Scene) -> Option<String> {
    let sessions = scene.embedded.transcript().iter().map(|line| line.session).max();
    let sessions = sessions.unwrap_or_default();
    let too_many = mails.len() == 1 && sessions > 1;
    too_many.then(|| format!("{sessions} connections were made for one mail"))
}

/// Whether a session must be inside TLS when mail is sent.
fn is_secured(scene: &Scene) -> bool {
    let config = scene.embedded.config();
    let announced = config.security == ServerSecurity::StartTls
        && config.profile.extensions.contains(&Extension::StartTls);
    match scene.mode {
        Security::Required | Security::Implicit => true,
        Security::Opportunistic => announced,
        Security::None => false,
    }
}

/// What every backend promises, whatever the server does.
fn promised(case: &Case, want: &Want, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    if seen.took > BOUND {
        wrong.push(format!("it took {:?}", seen.took));
    }
    let shown = format!("{:?}", seen.receipts);
    if SECRETS.iter().any(|secret| shown.contains(secret)) {
        wrong.push("a receipt shows the password".to_owned());
    }
    if let (Some(&ACCEPTED), Err(error)) = (want.fates.last(), &seen.closed) {
        wrong.push(format!("closing failed: {error}"));
    }
    wrong.extend(case.answer.and_then(|text| expect("the reply", &Some(text), &told(seen))));
    wrong
}

/// The text of the reply that decided the first mail.
fn told(seen: &Seen) -> Option<&str> {
    let (_, receipt) = seen.receipts.first()?;
    let refusal = receipt.error.as_ref().and_then(Error::reply);
    refusal.or(receipt.reply.as_ref()).map(|reply| reply.text.as_str())
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &T, found: &T) -> Option<String> {
    (wanted != found).then(|| format!("{what}: {found:?}, and not {wanted:?}"))
}

//! Compares the receipts with what the server stored and with the promises.

use mailer::{Outcome, Receipt, Step};
use mailer_server::StoredMail;

use crate::{messages::TestMessage, promises::Promises, session::SessionResult};

/// Finds where receipts and store disagree, which they must never do.
pub(crate) fn disagreements(seen: &SessionResult) -> Vec<String> {
    let numbers: Vec<u64> = seen.receipts.iter().map(|(number, _)| *number).collect();
    if numbers != [0, 1, 2, 3] {
        return vec![format!("settled messages: {numbers:?}")];
    }
    let each = seen.messages.iter().zip(&seen.receipts).enumerate();
    let mut wrong: Vec<String> = each
        .filter_map(|(index, (message, (_, receipt)))| {
            let stored = stored(seen, message);
            let problem = disagreement(message, receipt, &stored)?;
            Some(format!("message {index} is {:?}: {problem}", receipt.outcome))
        })
        .collect();
    let is_known =
        |stored: &&StoredMail| seen.messages.iter().any(|message| is_content_of(message, stored));
    let foreign = seen.stored.iter().filter(|stored| !is_known(stored)).count();
    if foreign > 0 {
        wrong.push(format!("the server stored {foreign} messages of another session"));
    }
    wrong
}

/// Finds losses beyond the promises.
pub(crate) fn losses(seen: &SessionResult, promises: &Promises) -> Vec<String> {
    let outcomes: Vec<Outcome> = seen.receipts.iter().map(|(_, r)| r.outcome).collect();
    let lost: Vec<usize> = (0..outcomes.len()).filter(|index| is_lost(outcomes[*index])).collect();
    let unknown = outcomes.iter().filter(|outcome| **outcome == Outcome::Unknown).count();
    let mut wrong = Vec::new();
    if unknown > promises.unknown {
        wrong.push(format!("{unknown} are unknown: {outcomes:?}"));
    }
    let unopened = lost.iter().all(|index| failed_to_open(&seen.receipts[*index].1));
    let allowed = if unopened { promises.without_opening } else { promises.under_way };
    let in_a_row = lost.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    if lost.len() > allowed || !in_a_row {
        wrong.push(format!("lost are {lost:?}: {outcomes:?}"));
    }
    let kept = outcomes.iter().zip(&promises.outcomes).filter(|(found, _)| !is_lost(**found));
    if kept.into_iter().any(|(found, wanted)| found != wanted) {
        wrong.push(format!("messages that were not lost have other outcomes: {outcomes:?}"));
    }
    wrong
}

/// Returns whether the server has stored this message.
pub(crate) fn is_stored(seen: &SessionResult, message: &TestMessage) -> bool {
    !stored(seen, message).is_empty()
}

fn stored<'a>(seen: &'a SessionResult, message: &TestMessage) -> Vec<&'a StoredMail> {
    seen.stored.iter().filter(|stored| is_content_of(message, stored)).collect()
}

fn is_content_of(message: &TestMessage, stored: &StoredMail) -> bool {
    stored.content.as_ref() == message.content.as_bytes()
}

fn disagreement(
    message: &TestMessage,
    receipt: &Receipt,
    stored: &[&StoredMail],
) -> Option<String> {
    let fits = match receipt.outcome {
        Outcome::Accepted | Outcome::Partial => stored.len() == 1,
        Outcome::Rejected | Outcome::NotSent => stored.is_empty(),
        Outcome::Unknown => stored.len() <= 1,
    };
    if !fits {
        return Some(format!("it is stored {} times: {receipt:?}", stored.len()));
    }
    let envelope_is_kept = |stored: &&StoredMail| {
        stored.sender.as_deref() == Some(message.sender)
            && stored.recipients == message.accepted_for
    };
    let wrong = stored.iter().find(|stored| !envelope_is_kept(stored))?;
    Some(format!("it is stored from {:?} to {:?}", wrong.sender, wrong.recipients))
}

/// Returns whether this outcome is the result of the cut.
fn is_lost(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::NotSent | Outcome::Unknown)
}

fn failed_to_open(receipt: &Receipt) -> bool {
    let step = receipt.error.as_ref().and_then(mailer::Error::step);
    step.is_some_and(|step| {
        matches!(
            step,
            Step::Connect
                | Step::Greeting
                | Step::Ehlo
                | Step::StartTls
                | Step::Tls
                | Step::EhloAgain
                | Step::Auth
        )
    })
}

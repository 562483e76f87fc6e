//! What the receipts say, against what the server stored and what was promised.

use mailer::{Outcome, Receipt, Step};
use mailer_server::StoredMail;

use crate::{letters::Letter, promises::Promises, stage::Seen};

/// Where receipts and store disagree: never, however a session ends.
pub(crate) fn disagreements(seen: &Seen) -> Vec<String> {
    let numbers: Vec<u64> = seen.receipts.iter().map(|(number, _)| *number).collect();
    if numbers != [0, 1, 2, 3] {
        return vec![format!("settled are {numbers:?}")];
    }
    let each = seen.letters.iter().zip(&seen.receipts).enumerate();
    let mut wrong: Vec<String> = each
        .filter_map(|(index, (letter, (_, receipt)))| {
            let stored = stored(seen, letter);
            let problem = disagreement(letter, receipt, &stored)?;
            Some(format!("letter {index} is {:?}: {problem}", receipt.outcome))
        })
        .collect();
    let is_known = |stored: &&StoredMail| seen.letters.iter().any(|letter| is_of(letter, stored));
    let foreign = seen.stored.iter().filter(|stored| !is_known(stored)).count();
    if foreign > 0 {
        wrong.push(format!("{foreign} mails are stored that nobody sent now"));
    }
    wrong
}

/// What was lost that should not have been.
pub(crate) fn losses(seen: &Seen, promises: &Promises) -> Vec<String> {
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
        wrong.push(format!("some were not lost and yet fared otherwise: {outcomes:?}"));
    }
    wrong
}

/// Whether the server has stored this letter.
pub(crate) fn is_stored(seen: &Seen, letter: &Letter) -> bool {
    !stored(seen, letter).is_empty()
}

fn stored<'a>(seen: &'a Seen, letter: &Letter) -> Vec<&'a StoredMail> {
    seen.stored.iter().filter(|stored| is_of(letter, stored)).collect()
}

fn is_of(letter: &Letter, stored: &StoredMail) -> bool {
    stored.content.as_ref() == letter.content.as_bytes()
}

fn disagreement(letter: &Letter, receipt: &Receipt, stored: &[&StoredMail]) -> Option<String> {
    let fits = match receipt.outcome {
        Outcome::Accepted | Outcome::Partial => stored.len() == 1,
        Outcome::Rejected | Outcome::NotSent => stored.is_empty(),
        Outcome::Unknown => stored.len() <= 1,
    };
    if !fits {
        return Some(format!("it is stored {} times: {receipt:?}", stored.len()));
    }
    let envelope_is_kept = |stored: &&StoredMail| {
        stored.sender.as_deref() == Some(letter.sender) && stored.recipients == letter.taken_for
    };
    let strange = stored.iter().find(|stored| !envelope_is_kept(stored))?;
    Some(format!("it is stored from {:?} to {:?}", strange.sender, strange.recipients))
}

/// Whether what became of it is the doing of the cut.
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

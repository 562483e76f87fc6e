//! What the figures show, in sentences that are said only where the figures say so.

use std::time::Duration;

use mailer::{Outcome, Phase};

use super::{Comparison, InboxCheck, causes, causes::Symptom, ms, tables::trips};
use crate::observation::Observation;

/// Differences below this are left to noise.
const WORTH_TELLING: Duration = Duration::from_millis(1);

/// A few sentences on what the figures show.
#[must_use]
pub fn findings(comparison: &Comparison) -> Vec<String> {
    let observations = &comparison.observations;
    let shown: Vec<&Observation> =
        observations.iter().filter(|observation| !observation.measured_only).collect();
    let mut findings = Vec::new();
    if comparison.interrupted {
        findings.push("It was interrupted: this is what had been seen by then.".into());
    }
    findings.extend(observations.iter().filter_map(failure));
    findings
        .extend(shown.iter().flat_map(|observation| causes::of_session(comparison, observation)));
    findings.extend(causes::made_anew(comparison, &shown));
    let all_arrived =
        shown.iter().all(|observation| observation.decisive_receipt().outcome == Outcome::Accepted);
    if let ([first, second, ..], true) = (shown.as_slice(), all_arrived) {
        findings.extend(slower_phase(first, second));
        findings.extend(round_trips(first, second));
        findings.extend(further(first, second));
    }
    findings.extend(stored(comparison));
    findings
}

/// Times of a mail that did not arrive are no measure.
fn failure(observation: &Observation) -> Option<String> {
    let became = match observation.decisive_receipt().outcome {
        Outcome::Accepted => return None,
        Outcome::Partial => "was refused for some recipients",
        Outcome::Rejected => "was refused",
        Outcome::NotSent => "was not sent",
        Outcome::Unknown => "may or may not have arrived",
    };
    let backend = &observation.backend;
    let before = observation.receipts().take_while(|receipt| receipt.outcome == Outcome::Accepted);
    let what = match (before.count(), observation.further.len()) {
        (0, 0) => format!("The mail from {backend}"),
        (before, _) => format!("Mail {} from {backend}", before + 1),
    };
    Some(format!("{what} {became}, so its figures do not measure the same work."))
}

/// The phase that makes one slower, if one phase makes most of it.
fn slower_phase(first: &Observation, second: &Observation) -> Option<String> {
    let (fast, slow) =
        if first.total() <= second.total() { (first, second) } else { (second, first) };
    let more = slow.total() - fast.total();
    let gain = |phase: &Phase| time(slow, *phase).saturating_sub(time(fast, *phase));
    let phase = Phase::ALL.iter().copied().max_by_key(gain)?;
    let most = gain(&phase);
    (more >= WORTH_TELLING && most * 2 >= more && most <= more * 2).then(|| {
        format!(
            "{} took {} ms and {} {} ms; most of the difference is in one phase, {}: {} and {} ms.",
            slow.backend,
            ms(slow.total()),
            fast.backend,
            ms(fast.total()),
            phase.name(),
            ms(time(slow, phase)),
            ms(time(fast, phase)),
        )
    })
}

fn time(observation: &Observation, phase: Phase) -> Duration {
    observation.spans().iter().filter(|s| s.phase == phase).map(|span| span.length()).sum()
}

fn round_trips(first: &Observation, second: &Observation) -> Option<String> {
    let (one, two) = (first.counts()?.round_trips, second.counts()?.round_trips);
    if one == two {
        return Some(format!(
            "{} and {} needed the same number of round trips, {one}: a longer way to the server \
             costs both the same.",
            first.backend, second.backend
        ));
    }
    Some(format!(
        "{} needed {one} round trips and {} {two}: at 50 ms each, on the way to a server far off, \
         that alone is a difference of {} ms.",
        first.backend,
        second.backend,
        one.abs_diff(two) * 50
    ))
}

/// What a mail costs on a connection that is open already.
fn further(first: &Observation, second: &Observation) -> Option<String> {
    let cost = |observation: &Observation| {
        let further = observation.per_further_mail()?;
        let trips = trips(further.round_trips?);
        Some(format!("{} {trips} and {} ms", observation.backend, ms(further.time)))
    };
    let (one, two) = (cost(first)?, cost(second)?);
    Some(format!(
        "Each mail behind the first took {one}, {two}, from the final reply before it to its own."
    ))
}

fn stored(comparison: &Comparison) -> Option<String> {
    match &comparison.stored {
        InboxCheck::Unknown | InboxCheck::Equal { backends: 0 | 1, .. } => None,
        InboxCheck::Equal { octets, backends, .. } => {
            Some(format!("The server stored the same {octets} octets from all {backends}."))
        }
        InboxCheck::Miscounted(miscounts) => {
            let miscounts: Vec<String> = miscounts.iter().map(ToString::to_string).collect();
            Some(format!("{}.", miscounts.join("; ")))
        }
        InboxCheck::Differs(differences) => {
            let all: Vec<&str> =
                differences.iter().flat_map(|d| &d.backends).map(String::as_str).collect();
            let reference = differences.first().map_or("given", |d| d.reference.as_str());
            let from = match reference {
                "given" => "what was given".into(),
                backend => format!("what it stored from {backend}"),
            };
            let line_end = differences.iter().all(|d| d.one_more_line_end);
            let how = if line_end { "has one line end more than" } else { "differs from" };
            let known = all
                .first()
                .filter(|_| line_end)
                .map(|backend| causes::known(comparison, backend, Symptom::OneMoreLineEnd));
            let known = known.unwrap_or_default();
            Some(format!("What the server stored from {} {how} {from}.{known}", all.join(" and ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContentDifference, KnownCause, fixtures, fixtures::comparison};
    use mailer::{Error, Kind, Receipt};

    fn told(observations: Vec<Observation>) -> String {
        findings(&comparison(observations)).join("\n")
    }

    #[test]
    fn a_stall_is_told_and_the_phase_it_makes_slower() {
        let told = told(vec![fixtures::observation("raw"), fixtures::stalled("lettre", 41_000)]);
        assert!(told.contains("lettre stood still for 41.02 of its 44.06 ms"), "{told}");
        assert!(told.contains("one phase, final reply: 41.15 and 0.15 ms"), "{told}");
    }

    #[test]
    fn one_more_line_end_is_told_with_its_cause() {
        let mut both =
            comparison(vec![fixtures::observation("raw"), fixtures::observation("lettre")]);
        both.stored = InboxCheck::Differs(vec![ContentDifference {
            reference: "raw".into(),
            backends: vec!["lettre".into()],
            mails: 1,
            longer: 2,
            one_more_line_end: true,
            diff: String::new(),
        }]);
        both.known_causes = vec![KnownCause {
            backend: "lettre".into(),
            symptom: Symptom::OneMoreLineEnd,
            explanation: "CRLF goes before each dot".into(),
            source: "lettre/connection.rs:260".into(),
        }];
        let told = findings(&both).join("\n");
        assert!(told.contains("from lettre has one line end more than what it stored"), "{told}");
        assert!(told.ends_with("goes before each dot (lettre/connection.rs:260)."), "{told}");
    }

    #[test]
    fn round_trips_are_compared() {
        let same = told(vec![fixtures::observation("a"), fixtures::observation("b")]);
        assert!(same.contains("a and b needed the same number of round trips, 12"), "{same}");
        let fewer = told(vec![fixtures::pipelined("a"), fixtures::observation("b")]);
        assert!(fewer.contains("a needed 10 round trips and b 12"), "{fewer}");
        assert!(fewer.contains("a difference of 100 ms"), "{fewer}");
        let mut unknown = fixtures::observation("b");
        unknown.connections = None;
        let unknown = told(vec![fixtures::observation("a"), unknown]);
        assert!(!unknown.contains("round trips"), "{unknown}");
    }

    #[test]
    fn what_failed_is_not_compared_silently() {
        let mut failed = fixtures::observation("b");
        failed.receipt = Receipt::not_sent(Error::new(Kind::Lost, "the connection was lost"));
        let told = told(vec![fixtures::observation("a"), failed]);
        assert!(told.starts_with("The mail from b was not sent"), "{told}");
    }

    #[test]
    fn further_mails_are_compared_by_themselves() {
        let told = told(vec![fixtures::two_mails("raw"), fixtures::two_mails("lettre")]);
        let cost = "5 trips and 1.00 ms";
        assert!(
            told.contains(&format!("behind the first took raw {cost}, lettre {cost}, ")),
            "{told}"
        );
    }

    #[test]
    fn a_later_mail_that_was_refused_is_told_by_its_number() {
        let mut observation = fixtures::two_mails("raw");
        observation.further[0].outcome = Outcome::Rejected;
        let told = told(vec![observation, fixtures::two_mails("lettre")]);
        assert!(told.starts_with("Mail 2 from raw was refused"), "{told}");
        assert!(!told.contains("behind the first took"), "{told}");
    }

    #[test]
    fn nothing_is_made_of_noise() {
        let told = told(vec![fixtures::observation("a"), fixtures::stalled("b", 300)]);
        assert!(!told.contains("most of the difference"), "{told}");
    }
}

//! Findings: sentences that explain what the figures of this comparison show.

use mailer::Outcome;

use crate::{
    causes, comparison::Comparison, inbox_check::InboxCheck, known_cause::Symptom,
    observation::Observation, tables::round_trips_text, time_format::ms,
};

/// Returns sentences that explain what the figures show, the most important first.
#[must_use]
pub fn findings(comparison: &Comparison) -> Vec<String> {
    let mut findings = Vec::new();
    if comparison.interrupted {
        findings.push("The run was interrupted: this is what was observed until then.".into());
    }
    findings.extend(comparison.observations.iter().filter_map(failure));
    let shown: Vec<&Observation> = comparison.shown().collect();
    findings.extend(shown.iter().flat_map(|one| causes::of_observation(comparison, one)));
    findings.extend(causes::setup_time(comparison));
    let all_accepted = shown.iter().all(|observation| observation.is_accepted());
    if let ([first, second, ..], true) = (shown.as_slice(), all_accepted) {
        findings.extend(round_trips(first, second));
        findings.extend(further_mails(first, second));
    }
    findings.extend(inbox(comparison));
    findings
}

/// A mail that was not accepted by all recipients makes the figures useless as a measure.
fn failure(observation: &Observation) -> Option<String> {
    let outcome = match observation.decisive_receipt().outcome {
        Outcome::Accepted => return None,
        Outcome::Partial => "was refused for some recipients",
        Outcome::Rejected => "was refused",
        Outcome::NotSent => "was not sent",
        Outcome::Unknown => "may or may not have arrived",
    };
    let backend = &observation.backend;
    let before = observation.receipts().take_while(|receipt| receipt.outcome == Outcome::Accepted);
    let what = match (before.count(), observation.further.len()) {
        (0, 0) => format!("The message from {backend}"),
        (before, _) => format!("Message {} from {backend}", before + 1),
    };
    Some(format!("{what} {outcome}, so its figures do not measure the same work."))
}

fn round_trips(first: &Observation, second: &Observation) -> Option<String> {
    let (one, two) = (first.counts()?.round_trips, second.counts()?.round_trips);
    if one == two {
        return Some(format!(
            "{} and {} needed the same number of round trips, {one}: a longer path costs both the same.",
            first.backend, second.backend
        ));
    }
    Some(format!(
        "{} needed {one} round trips until QUIT was answered and {} {two}: over a path with a 50 ms RTT, that alone makes a \
         difference of {} ms, without stalls.",
        first.backend,
        second.backend,
        one.abs_diff(two) * 50
    ))
}

/// Compares what a mail costs on a connection that is already open.
fn further_mails(first: &Observation, second: &Observation) -> Option<String> {
    let cost = |observation: &Observation| {
        let further = observation.per_further_mail()?;
        let round_trips = round_trips_text(further.round_trips?);
        Some(format!("{} {round_trips} and {} ms", observation.backend, ms(further.time)))
    };
    let (one, two) = (cost(first)?, cost(second)?);
    Some(format!(
        "Each message after the first took {one}, {two}, from the previous final reply to its own."
    ))
}

fn inbox(comparison: &Comparison) -> Option<String> {
    match &comparison.inbox {
        InboxCheck::Unknown | InboxCheck::Equal { backends: 0 | 1, .. } => None,
        InboxCheck::Equal { size, backends, .. } => {
            Some(format!("The server stored the same {size} bytes from all {backends}."))
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
                "given" => "the given message".into(),
                backend => format!("what it stored from {backend}"),
            };
            let is_line_end = differences.iter().all(|d| d.one_more_line_end);
            let how = if is_line_end { "has one line end more than" } else { "differs from" };
            let known = all
                .first()
                .filter(|_| is_line_end)
                .map(|backend| comparison.known(backend, Symptom::OneMoreLineEnd));
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

    fn findings_text(observations: Vec<Observation>) -> String {
        findings(&comparison(observations)).join("\n")
    }

    #[test]
    fn a_stall_is_found() {
        let text =
            findings_text(vec![fixtures::observation("raw"), fixtures::stalled("lettre", 41_000)]);
        assert!(text.contains("lettre stalled for 41.02 of its 44.06 ms"), "{text}");
    }

    #[test]
    fn one_more_line_end_is_found_with_its_known_cause() {
        let mut both =
            comparison(vec![fixtures::observation("raw"), fixtures::observation("lettre")]);
        both.inbox = InboxCheck::Differs(vec![ContentDifference {
            reference: "raw".into(),
            backends: vec!["lettre".into()],
            mails: 1,
            longer: 2,
            one_more_line_end: true,
            diff: String::new(),
            places: Vec::new(),
        }]);
        both.known_causes = vec![KnownCause {
            backend: "lettre".into(),
            symptom: Symptom::OneMoreLineEnd,
            explanation: "CRLF goes before each dot".into(),
            source: "lettre/connection.rs:260".into(),
        }];
        let text = findings(&both).join("\n");
        assert!(text.contains("from lettre has one line end more than what it stored"), "{text}");
        assert!(text.ends_with("goes before each dot (lettre/connection.rs:260)."), "{text}");
    }

    #[test]
    fn round_trips_are_compared() {
        let same = findings_text(vec![fixtures::observation("a"), fixtures::observation("b")]);
        assert!(same.contains("a and b needed the same number of round trips, 12"), "{same}");
        let fewer = findings_text(vec![fixtures::pipelined("a"), fixtures::observation("b")]);
        assert!(
            fewer.contains("a needed 10 round trips until QUIT was answered and b 12"),
            "{fewer}"
        );
        assert!(fewer.contains("a difference of 100 ms"), "{fewer}");
        let mut unknown = fixtures::observation("b");
        unknown.connections = None;
        let unknown = findings_text(vec![fixtures::observation("a"), unknown]);
        assert!(!unknown.contains("round trips"), "{unknown}");
    }

    #[test]
    fn a_failed_mail_is_named_first() {
        let mut failed = fixtures::observation("b");
        failed.receipt = Receipt::not_sent(Error::new(Kind::Lost, "the connection was lost"));
        let text = findings_text(vec![fixtures::observation("a"), failed]);
        assert!(text.starts_with("The message from b was not sent"), "{text}");
    }

    #[test]
    fn further_mails_are_compared_separately() {
        let text = findings_text(vec![fixtures::two_mails("raw"), fixtures::two_mails("lettre")]);
        let cost = "5 round trips and 1.00 ms";
        assert!(
            text.contains(&format!("after the first took raw {cost}, lettre {cost}, ")),
            "{text}"
        );
    }

    #[test]
    fn a_refused_further_mail_is_named_by_its_number() {
        let mut observation = fixtures::two_mails("raw");
        observation.further[0].outcome = Outcome::Rejected;
        let text = findings_text(vec![observation, fixtures::two_mails("lettre")]);
        assert!(text.starts_with("Message 2 from raw was refused"), "{text}");
        assert!(!text.contains("after the first took"), "{text}");
    }
}

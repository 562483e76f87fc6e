//! Findings that have a cause: what one observation shows, with what is known about it.
//!
//! Each finding reports what this run shows. A cause that is known beforehand is added
//! only where its symptom is seen: if a newer version of a library behaves differently, both disappear.

use std::time::Duration;

use mailer::Step;
use mailer_link::Direction;

use crate::{
    comparison::Comparison,
    delayed_ehlo,
    known_cause::Symptom,
    observation::{Observation, Perspective, Stall},
    recorder::{EventKind, RecordedEvent},
    time_format::ms,
};

/// Smaller differences in set-up time are noise.
const NOTEWORTHY: Duration = Duration::from_millis(2);

/// Returns the findings about one observation.
pub(crate) fn of_observation(comparison: &Comparison, observation: &Observation) -> Vec<String> {
    let noop = noop(observation)
        .map(|finding| finding + &comparison.known(&observation.backend, Symptom::Noop));
    let ehlo = delayed_ehlo::finding(observation).map(|finding| {
        let symptoms = [Symptom::HeldBack, Symptom::EhloHeldBack];
        finding + &symptoms.map(|it| comparison.known(&observation.backend, it)).concat()
    });
    let findings = [
        client_stall(comparison, observation),
        ehlo,
        server_stall(observation),
        held_back_replies(comparison, observation),
        noop,
    ];
    findings.into_iter().flatten().collect()
}

/// Returns a finding if the set-up of one backend takes noticeably longer than that of another.
pub(crate) fn setup_time(comparison: &Comparison) -> Option<String> {
    // An external client starts a process, which is no set-up in the same sense.
    let is_backend = |observation: &&Observation| observation.perspective == Perspective::Client;
    let backends: Vec<&Observation> = comparison.shown().filter(is_backend).collect();
    let quickest = backends.iter().min_by_key(|observation| observation.setup_time)?;
    let slowest = backends.iter().max_by_key(|observation| observation.setup_time)?;
    (slowest.setup_time >= quickest.setup_time + NOTEWORTHY).then(|| {
        format!(
            "The set-up of {} took {} ms and that of {} {} ms, before the measured time{}.",
            slowest.backend,
            ms(slowest.setup_time),
            quickest.backend,
            ms(quickest.setup_time),
            if comparison.warmed_up { ", although both had been set up once before" } else { "" },
        )
    })
}

fn client_stall(comparison: &Comparison, observation: &Observation) -> Option<String> {
    let stalls = in_direction(observation, Direction::Out);
    let are_ends = stalls.iter().all(|stall| stall.written.as_ref().is_some_and(is_end_of_data));
    let of_end = if are_ends { Some(Symptom::EndOfDataHeldBack) } else { None };
    let symptoms = [Some(Symptom::HeldBack), of_end].into_iter().flatten();
    let known: String =
        symptoms.map(|symptom| comparison.known(&observation.backend, symptom)).collect();
    (!stalls.is_empty()).then(|| {
        format!(
            "{} stalled for {} of its {} ms: {}. No reply was due before them. This happens when one \
             small write follows another with Nagle's algorithm on (RFC 896): the second waits until \
             the first is acknowledged, which takes a round trip and the receiver's delay, about 40 ms \
             on Linux. TCP_NODELAY prevents it, and so does one write for both.{known}",
            observation.backend,
            sum(&stalls),
            ms(observation.total()),
            places(&stalls).join("; "),
        )
    })
}

fn server_stall(observation: &Observation) -> Option<String> {
    let mut stalls = in_direction(observation, Direction::In);
    stalls.retain(|stall| !stall.between_replies);
    let first = stalls.first()?;
    Some(format!(
        "The server made {} wait for {} ms, at {}, between one part of a reply and the next.",
        observation.backend,
        sum(&stalls),
        first.phase.name(),
    ))
}

/// Names the stalls between the replies to a group as the server's, with their cause.
fn held_back_replies(comparison: &Comparison, observation: &Observation) -> Option<String> {
    let mut stalls = in_direction(observation, Direction::In);
    stalls.retain(|stall| stall.between_replies);
    let first = stalls.first()?;
    let times = match stalls.len() {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    let (wait, remedy) = match observation.delays_acks {
        true => (
            "a round trip and the client's delay, about 40 ms on Linux",
            "TCP_QUICKACK, or with a flow that waits for each reply",
        ),
        false => (
            "a round trip, although this client acknowledges at once",
            "a flow that waits for each reply",
        ),
    };
    Some(format!(
        "The server stalled {} for {} of its {} ms: {times}, first at {}, it sent a part of the replies \
         that were due together, and the rest after a pause. This happens when a server sends replies one \
         by one with Nagle's algorithm on (RFC 896): the second waits until the client's system has \
         acknowledged the first, which takes {wait}. \
         The server prevents it with TCP_NODELAY or one write for all replies, and a client with \
         {remedy}. A server that works as long between two replies looks the same.{}",
        observation.backend,
        sum(&stalls),
        ms(observation.total()),
        first.phase.name(),
        comparison.known(&observation.backend, Symptom::ServerHeldBack),
    ))
}

fn in_direction(observation: &Observation, direction: Direction) -> Vec<Stall> {
    observation.stalls().into_iter().filter(|stall| stall.direction == direction).collect()
}

fn sum(stalls: &[Stall]) -> String {
    ms(stalls.iter().map(|stall| stall.hold.length()).sum())
}

/// Describes where data was held back. Stalls that are alike, as with several mails, share a description.
fn places(stalls: &[Stall]) -> Vec<String> {
    let mut distinct: Vec<(&Stall, usize)> = Vec::new();
    for stall in stalls {
        match distinct.iter_mut().find(|(known, _)| is_alike(known, stall)) {
            Some((_, times)) => *times += 1,
            None => distinct.push((stall, 1)),
        }
    }
    let describe = |(stall, times)| match times {
        1 => place(stall),
        _ => format!("{times} times, the first time {}", place(stall)),
    };
    distinct.into_iter().map(describe).collect()
}

/// Whether the same line of code wrote what was held back, at the same phase.
fn is_alike(one: &Stall, other: &Stall) -> bool {
    let source = |stall: &Stall| stall.written.as_ref().map(|event| event.source.clone());
    one.phase == other.phase && source(one) == source(other)
}

fn place(stall: &Stall) -> String {
    let (bytes, late) = (stall.hold.bytes_after, ms(stall.hold.length()));
    let phase = stall.phase.name();
    let written = stall.written.as_ref().map_or_else(String::new, written);
    format!("at {phase}, {bytes} bytes left {late} ms after the rest of their flight{written}")
}

fn is_end_of_data(event: &RecordedEvent) -> bool {
    matches!(event.kind, EventKind::Sent { step: Step::EndOfData, .. })
}

/// Describes what was held back, and the line that wrote it.
fn written(event: &RecordedEvent) -> String {
    let what = match event.kind {
        EventKind::Sent { step, .. } => step.name(),
        _ => Step::Content.name(),
    };
    let place = event.source.as_ref().map_or_else(String::new, |source| format!(" at {source}"));
    format!(" ({what}, written before the pause{place})")
}

fn noop(observation: &Observation) -> Option<String> {
    let is_noop =
        |event: &&RecordedEvent| matches!(event.kind, EventKind::Sent { step: Step::Noop, .. });
    let noops: Vec<&RecordedEvent> = observation.events.iter().filter(is_noop).collect();
    let first = noops.first()?;
    let place = first.source.as_ref().map_or_else(String::new, |source| format!(", at {source}"));
    Some(format!(
        "{} sent NOOP and waited for the reply, {} in all{place}: one round trip each that delivers \
         nothing.",
        observation.backend,
        noops.len(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known_cause::KnownCause;
    use crate::{fixtures, fixtures::comparison};

    fn with_known(observations: Vec<Observation>) -> Comparison {
        let known = |symptom, what: &str| KnownCause {
            backend: "lettre".into(),
            symptom,
            explanation: what.into(),
            source: "lettre/net.rs:122".into(),
        };
        Comparison {
            known_causes: vec![
                known(Symptom::EndOfDataHeldBack, "two writes"),
                known(Symptom::Noop, "the pool asks first"),
            ],
            ..comparison(observations)
        }
    }

    fn finding(backend: Observation) -> String {
        let comparison = with_known(vec![fixtures::observation("raw"), backend]);
        comparison.observations.iter().flat_map(|s| of_observation(&comparison, s)).collect()
    }

    #[test]
    fn a_stall_is_found_with_its_figures_and_known_cause() {
        let finding = finding(fixtures::stalled("lettre", 41_000));
        assert!(finding.contains("lettre stalled for 41.02 of its 44.06 ms"), "{finding}");
        assert!(
            finding.contains("at final reply, 5 bytes left 41.02 ms after the rest"),
            "{finding}"
        );
        assert!(finding.contains("(end of data, written before the pause)"), "{finding}");
        assert!(
            finding.ends_with(" Known of lettre: two writes (lettre/net.rs:122)."),
            "{finding}"
        );
        assert!(!finding.contains("raw stalled"), "{finding}");
    }

    #[test]
    fn a_known_cause_is_named_only_where_its_symptom_is_seen() {
        assert_eq!(finding(fixtures::observation("lettre")), "");
        // A cause that is known of one backend explains no other.
        assert!(!finding(fixtures::stalled("other", 41_000)).contains("Known of"));
    }

    #[test]
    fn a_stall_of_other_data_is_not_explained_by_the_end_of_data() {
        let mut observation = fixtures::stalled("lettre", 41_000);
        for event in &mut observation.events {
            if let EventKind::Sent { step: step @ Step::EndOfData, .. } = &mut event.kind {
                *step = Step::Mail;
            }
        }
        let finding = finding(observation);
        assert!(finding.contains("lettre stalled") && !finding.contains("Known of"), "{finding}");
    }

    #[test]
    fn a_noop_is_found_with_its_known_cause() {
        let mut observation = fixtures::observation("lettre");
        let at = observation.started;
        let noop = EventKind::Sent { step: Step::Noop, line: "NOOP".into() };
        observation.events.push(RecordedEvent { at, kind: noop, source: None });
        let finding = finding(observation);
        assert!(
            finding.starts_with("lettre sent NOOP and waited for the reply, 1 in all"),
            "{finding}"
        );
        assert!(finding.ends_with("Known of lettre: the pool asks first (lettre/net.rs:122)."));
    }

    #[test]
    fn a_pause_within_a_reply_is_a_stall_of_the_server() {
        let finding = finding(fixtures::half_a_reply("lettre", 41_000));
        assert!(
            finding.starts_with("The server made lettre wait for 41.00 ms, at final reply"),
            "{finding}"
        );
    }

    #[test]
    fn replies_that_leave_one_by_one_are_a_stall_of_the_server() {
        let finding = finding(fixtures::replies_one_by_one("other", 42_000));
        assert!(finding.starts_with("The server stalled other for 42.00 of its"), "{finding}");
        assert!(finding.contains("once, first at envelope"), "{finding}");
        let likeness = "A server that works as long between two replies looks the same.";
        assert!(
            finding.contains("about 40 ms on Linux") && finding.ends_with(likeness),
            "{finding}"
        );
    }

    #[test]
    fn a_client_that_acknowledges_at_once_is_not_advised_to_do_so() {
        let mut over_path = fixtures::replies_one_by_one("raw", 42_000);
        over_path.delays_acks = false;
        over_path.path.round_trip = Duration::from_millis(40);
        let finding = finding(over_path);
        assert!(finding.contains("which takes a round trip, although this client"), "{finding}");
        assert!(finding.contains("a client with a flow that waits"), "{finding}");
        assert!(!finding.contains("QUICKACK") && !finding.contains("40 ms on"), "{finding}");
    }

    #[test]
    fn a_slow_setup_is_found() {
        let mut slow = fixtures::observation("lettre");
        let finding = |slow: &Observation, warmed_up| {
            let known = with_known(vec![fixtures::observation("raw"), slow.clone()]);
            setup_time(&Comparison { warmed_up, ..known })
        };
        assert_eq!(finding(&slow, true), None);
        slow.setup_time = Duration::from_millis(40);
        let figures =
            "The set-up of lettre took 40.00 ms and that of raw 0.02 ms, before the measured time";
        let again = format!("{figures}, although both had been set up once before.");
        assert_eq!(finding(&slow, true), Some(again));
        assert_eq!(finding(&slow, false), Some(format!("{figures}.")));
    }
}

//! What was seen that has a cause worth naming, each with what is known of it.
//!
//! Everything here is said because it was seen in this run. What is known beforehand ([`KnownCause`]) is
//! added where its sign was seen, and nowhere else: when a newer version of a library behaves
//! otherwise, both go.

use std::time::Duration;

use mailer::Step;

use super::{Comparison, delayed_ehlo, ms};
use crate::{
    observation::{Observation, Perspective, Stall},
    recorder::{EventKind, RecordedEvent},
};
use mailer_link::Direction;

/// Differences in making a backend below this are left to noise.
const WORTH_TELLING: Duration = Duration::from_millis(2);

/// What can be seen in a observation, and has a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symptom {
    /// Bytes that the client had written left late, though nothing prevented sending them.
    HeldBack,
    /// The same of the end of data, which the client had written by itself.
    EndOfDataHeldBack,
    /// NOOP was said, and its reply waited for.
    Noop,
    /// What arrived has one line end more.
    OneMoreLineEnd,
}

/// What is known of a backend beforehand, told where its sign was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCause {
    /// Of which backend.
    pub backend: String,
    /// What shows it.
    pub symptom: Symptom,
    /// Why that is so: a sentence without its full stop.
    pub explanation: String,
    /// The line of code or the option that causes it.
    pub source: String,
}

/// What is known about a sign of this backend, to be put behind what was seen.
pub(super) fn known(comparison: &Comparison, backend: &str, symptom: Symptom) -> String {
    let known = comparison.known_causes.iter().filter(|known| known.backend == backend);
    known
        .filter(|known| known.symptom == symptom)
        .map(|known| format!(" Known of {backend}: {} ({}).", known.explanation, known.source))
        .collect()
}

/// What was seen of one observation.
pub(super) fn of_session(comparison: &Comparison, observation: &Observation) -> Vec<String> {
    let with = |seen: Option<String>, symptom| {
        seen.map(|seen| seen + &known(comparison, &observation.backend, symptom))
    };
    let causes = [
        held_back(comparison, observation),
        delayed_ehlo::finding(observation),
        held_back_by_server(observation),
        with(noop(observation), Symptom::Noop),
    ];
    causes.into_iter().flatten().collect()
}

/// What was made anew each time, and what was not.
pub(super) fn made_anew(comparison: &Comparison, shown: &[&Observation]) -> Option<String> {
    // A program that is run is not made twice in the same process.
    let made = shown.iter().filter(|observation| observation.perspective == Perspective::Client);
    let quickest = made.clone().min_by_key(|observation| observation.setup_time)?;
    let slowest = made.max_by_key(|observation| observation.setup_time)?;
    (slowest.setup_time >= quickest.setup_time + WORTH_TELLING).then(|| {
        format!(
            "To make {} took {} ms and {} {} ms, before their time began{}.",
            slowest.backend,
            ms(slowest.setup_time),
            quickest.backend,
            ms(quickest.setup_time),
            if comparison.warmed_up { " and though both had been made once before" } else { "" },
        )
    })
}

fn held_back(comparison: &Comparison, observation: &Observation) -> Option<String> {
    let stalls = of_direction(observation, Direction::Out);
    let ends = stalls.iter().all(|stall| stall.written.as_ref().is_some_and(is_end_of_data));
    let of_end = if ends { Some(Symptom::EndOfDataHeldBack) } else { None };
    let signs = [Some(Symptom::HeldBack), of_end].into_iter().flatten();
    let known: String =
        signs.map(|symptom| known(comparison, &observation.backend, symptom)).collect();
    (!stalls.is_empty()).then(|| {
        format!(
            "{} stood still for {} of its {} ms: {}, though no reply was due before them. So it \
             goes when a small write follows another and Nagle's algorithm is on: the second waits \
             until the first has been acknowledged, which takes a round trip and as long as the far \
             end delays it, Linux by about 40 ms. The socket option TCP_NODELAY prevents it, and so \
             does one write for both.{known}",
            observation.backend,
            lost(&stalls),
            ms(observation.total()),
            places(&stalls).join("; "),
        )
    })
}

fn held_back_by_server(observation: &Observation) -> Option<String> {
    let stalls = of_direction(observation, Direction::In);
    let first = stalls.first()?;
    Some(format!(
        "The server let {} wait for {} ms, at {}, between one part of an answer and the next.",
        observation.backend,
        lost(&stalls),
        first.phase.name(),
    ))
}

fn of_direction(observation: &Observation, direction: Direction) -> Vec<Stall> {
    observation.stalls().into_iter().filter(|stall| stall.direction == direction).collect()
}

fn lost(stalls: &[Stall]) -> String {
    ms(stalls.iter().map(|stall| stall.hold.length()).sum())
}

/// Where data was held back; where that was so several times, as with several mails, it is told once.
fn places(stalls: &[Stall]) -> Vec<String> {
    let mut told: Vec<(&Stall, usize)> = Vec::new();
    for stall in stalls {
        match told.iter_mut().find(|(known, _)| is_alike(known, stall)) {
            Some((_, times)) => *times += 1,
            None => told.push((stall, 1)),
        }
    }
    let tell = |(stall, times)| match times {
        1 => place(stall),
        _ => format!("{times} times, the first time {}", place(stall)),
    };
    told.into_iter().map(tell).collect()
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

/// What was held back, and where it was written.
fn written(event: &RecordedEvent) -> String {
    let what = match event.kind {
        EventKind::Sent { step, .. } => step.name(),
        _ => Step::Content.name(),
    };
    let place = event.source.as_ref().map_or_else(String::new, |source| format!(" at {source}"));
    format!(" ({what}, which had been written before{place})")
}

fn noop(observation: &Observation) -> Option<String> {
    let said =
        |event: &&RecordedEvent| matches!(event.kind, EventKind::Sent { step: Step::Noop, .. });
    let noops: Vec<&RecordedEvent> = observation.events.iter().filter(said).collect();
    let first = noops.first()?;
    let place = first.source.as_ref().map_or_else(String::new, |source| format!(", at {source}"));
    Some(format!(
        "{} said NOOP and waited for the reply, {} in all{place}: a round trip each, for which no \
         mail gets any further.",
        observation.backend,
        noops.len(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn told(backend: Observation) -> String {
        let comparison = with_known(vec![fixtures::observation("raw"), backend]);
        comparison.observations.iter().flat_map(|s| of_session(&comparison, s)).collect()
    }

    #[test]
    fn a_stall_is_told_with_its_figures_and_what_is_known_of_it() {
        let told = told(fixtures::stalled("lettre", 41_000));
        assert!(told.contains("lettre stood still for 41.02 of its 44.06 ms"), "{told}");
        assert!(told.contains("at final reply, 5 bytes left 41.02 ms after the rest"), "{told}");
        assert!(told.contains("(end of data, which had been written before)"), "{told}");
        assert!(told.ends_with(" Known of lettre: two writes (lettre/net.rs:122)."), "{told}");
        assert!(!told.contains("raw stood"), "{told}");
    }

    #[test]
    fn what_is_known_is_not_told_where_nothing_was_seen() {
        assert_eq!(told(fixtures::observation("lettre")), "");
        // And what is known of one says nothing of another.
        assert!(!told(fixtures::stalled("other", 41_000)).contains("Known of"));
    }

    #[test]
    fn a_stall_of_other_bytes_is_not_blamed_on_the_end_of_data() {
        let mut observation = fixtures::stalled("lettre", 41_000);
        for event in &mut observation.events {
            if let EventKind::Sent { step: step @ Step::EndOfData, .. } = &mut event.kind {
                *step = Step::Mail;
            }
        }
        let told = told(observation);
        assert!(told.contains("lettre stood still") && !told.contains("Known of"), "{told}");
    }

    #[test]
    fn a_noop_is_a_round_trip_for_nothing() {
        let mut observation = fixtures::observation("lettre");
        let at = observation.started;
        let noop = EventKind::Sent { step: Step::Noop, line: "NOOP".into() };
        observation.events.push(RecordedEvent { at, kind: noop, source: None });
        let told = told(observation);
        assert!(told.starts_with("lettre said NOOP and waited for the reply, 1 in all"), "{told}");
        assert!(told.ends_with("Known of lettre: the pool asks first (lettre/net.rs:122)."));
    }

    #[test]
    fn half_a_reply_is_told_of_the_server() {
        let told = told(fixtures::half_a_reply("lettre", 41_000));
        assert!(
            told.starts_with("The server let lettre wait for 41.00 ms, at final reply"),
            "{told}"
        );
    }

    #[test]
    fn making_is_told_where_it_costs() {
        let mut slow = fixtures::observation("lettre");
        let told = |slow: &Observation, warmed_up| {
            let known = with_known(vec![fixtures::observation("raw"), slow.clone()]);
            let comparison = Comparison { warmed_up, ..known };
            let shown: Vec<&Observation> = comparison.observations.iter().collect();
            made_anew(&comparison, &shown)
        };
        assert_eq!(told(&slow, true), None);
        slow.setup_time = Duration::from_millis(40);
        let figures = "To make lettre took 40.00 ms and raw 0.02 ms, before their time began";
        let again = format!("{figures} and though both had been made once before.");
        assert_eq!(told(&slow, true), Some(again));
        assert_eq!(told(&slow, false), Some(format!("{figures}.")));
    }
}

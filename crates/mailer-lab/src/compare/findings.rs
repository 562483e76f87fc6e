//! What the figures show, in sentences that are said only where the figures say so.

use std::time::Duration;

use mailer::{Outcome, Phase};

use super::{Comparison, Stored};
use crate::{
    link::{Connection, Pause},
    session::Session,
};

/// The shortest and the longest wait that is taken for a delayed acknowledgement: Linux holds one
/// back for 40 ms, and the rest is scheduling.
const DELAYED_ACK: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(35)..=Duration::from_millis(60);

/// Differences below this are left to noise.
const WORTH_TELLING: Duration = Duration::from_millis(1);

/// A few sentences on what the figures show.
#[must_use]
pub fn findings(comparison: &Comparison) -> Vec<String> {
    let sessions = &comparison.sessions;
    let shown: Vec<&Session> = sessions.iter().filter(|session| !session.measured_only).collect();
    let mut findings: Vec<String> = sessions.iter().filter_map(failure).collect();
    findings.extend(shown.iter().filter_map(|session| stall(session)));
    let all_arrived = shown.iter().all(|session| session.receipt.outcome == Outcome::Accepted);
    if let ([first, second, ..], true) = (shown.as_slice(), all_arrived) {
        findings.extend(slower_phase(first, second));
        findings.extend(round_trips(first, second));
    }
    findings.extend(stored(&comparison.stored));
    findings
}

/// Times of a mail that did not arrive are no measure.
fn failure(session: &Session) -> Option<String> {
    let became = match session.receipt.outcome {
        Outcome::Accepted => return None,
        Outcome::Partial => "was refused for some recipients",
        Outcome::Rejected => "was refused",
        Outcome::NotSent => "was not sent",
        Outcome::Unknown => "may or may not have arrived",
    };
    Some(format!(
        "The mail from {} {became}, so its figures do not measure the same work.",
        session.backend
    ))
}

/// Bytes that came late although no reply was due before them.
fn stall(session: &Session) -> Option<String> {
    let stalls = stalls(session);
    let lost: Duration = stalls.iter().map(|(_, pause)| pause.length()).sum();
    let places: Vec<String> = stalls
        .iter()
        .map(|(phase, pause)| {
            let (bytes, late) = (pause.bytes_after, ms(pause.length()));
            format!(
                "at {}, {bytes} bytes left {late} ms after the rest of their flight",
                phase.name()
            )
        })
        .collect();
    (!places.is_empty()).then(|| {
        format!(
            "{} stood still for {} of its {} ms: {}, though no reply was due before them. So it \
             goes when two small writes follow one another and Nagle's algorithm is on: the second \
             waits for the delayed acknowledgement of the first, about 40 ms. The socket option \
             TCP_NODELAY prevents it.",
            session.backend,
            ms(lost),
            ms(session.total()),
            places.join("; "),
        )
    })
}

/// The pauses in the middle of flights that last as long as a delayed acknowledgement, each with
/// the phase it ended in.
fn stalls(session: &Session) -> Vec<(Phase, Pause)> {
    let spans = session.spans();
    let flights = session.connections.iter().flatten().flat_map(Connection::flights);
    let pauses = flights.filter_map(|flight| flight.pause);
    pauses
        .filter(|pause| DELAYED_ACK.contains(&pause.length()))
        .filter_map(|pause| {
            let span = spans.iter().find(|span| (span.start..=span.end).contains(&pause.to))?;
            Some((span.phase, pause))
        })
        .collect()
}

/// The phase that makes one slower, if one phase makes most of it.
fn slower_phase(first: &Session, second: &Session) -> Option<String> {
    let (fast, slow) =
        if first.total() <= second.total() { (first, second) } else { (second, first) };
    let more = slow.total() - fast.total();
    let gain = |phase: &Phase| time(slow, *phase).saturating_sub(time(fast, *phase));
    let phase = Phase::ALL.into_iter().max_by_key(gain)?;
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

fn time(session: &Session, phase: Phase) -> Duration {
    session.spans().iter().filter(|s| s.phase == phase).map(|span| span.length()).sum()
}

fn round_trips(first: &Session, second: &Session) -> Option<String> {
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

fn stored(stored: &Stored) -> Option<String> {
    match stored {
        Stored::Unknown | Stored::Equal { backends: 0 | 1, .. } => None,
        Stored::Equal { octets, backends } => {
            Some(format!("The server stored the same {octets} octets from all {backends}."))
        }
        Stored::Differs(differences) => {
            let all: Vec<&str> =
                differences.iter().flat_map(|d| &d.backends).map(String::as_str).collect();
            let reference = differences.first().map_or("given", |d| d.reference.as_str());
            let from = match reference {
                "given" => "what was given".into(),
                backend => format!("what it stored from {backend}"),
            };
            let how = match differences.iter().all(|d| d.one_more_line_end) {
                true => "has one line end more than",
                false => "differs from",
            };
            Some(format!("What the server stored from {} {how} {from}.", all.join(" and ")))
        }
    }
}

/// Milliseconds with two places.
fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compare::made_up::comparison, session::made_up};
    use mailer::{Error, Kind, Receipt};

    fn told(sessions: Vec<Session>) -> String {
        findings(&comparison(sessions)).join("\n")
    }

    #[test]
    fn a_stall_is_told_with_its_figures() {
        let told = told(vec![made_up::session("raw"), made_up::stalled("lettre", 41_000)]);
        assert!(told.contains("lettre stood still for 41.02 of its 44.06 ms"), "{told}");
        assert!(told.contains("at final reply, 5 bytes left 41.02 ms after the rest"), "{told}");
        assert!(told.contains("one phase, final reply: 41.15 and 0.15 ms"), "{told}");
        assert!(!told.contains("raw stood"), "{told}");
    }

    #[test]
    fn a_shorter_or_longer_wait_has_another_cause() {
        for stall in [0, 20_000, 200_000] {
            let told = told(vec![made_up::session("raw"), made_up::stalled("lettre", stall)]);
            assert!(!told.contains("Nagle"), "{told}");
        }
    }

    #[test]
    fn round_trips_are_compared() {
        let same = told(vec![made_up::session("a"), made_up::session("b")]);
        assert!(same.contains("a and b needed the same number of round trips, 11"), "{same}");
        let fewer = told(vec![made_up::pipelined("a"), made_up::session("b")]);
        assert!(fewer.contains("a needed 9 round trips and b 11"), "{fewer}");
        assert!(fewer.contains("a difference of 100 ms"), "{fewer}");
        let mut unknown = made_up::session("b");
        unknown.connections = None;
        let unknown = told(vec![made_up::session("a"), unknown]);
        assert!(!unknown.contains("round trips"), "{unknown}");
    }

    #[test]
    fn what_failed_is_not_compared_silently() {
        let mut failed = made_up::session("b");
        failed.receipt = Receipt::not_sent(Error::new(Kind::Lost, "the connection was lost"));
        let told = told(vec![made_up::session("a"), failed]);
        assert!(told.starts_with("The mail from b was not sent"), "{told}");
    }

    #[test]
    fn nothing_is_made_of_noise() {
        let told = told(vec![made_up::session("a"), made_up::stalled("b", 300)]);
        assert!(!told.contains("most of the difference"), "{told}");
    }
}

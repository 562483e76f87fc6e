//! The answer to the main question: which contender took longer, and what it spent the time on.

use std::time::Duration;

use mailer::Phase;

use crate::{
    comparison::Comparison,
    observation::{Observation, TimeOwner},
    time_format::{ms, shown},
};

/// Smaller differences in time are noise.
const NOTEWORTHY: Duration = Duration::from_millis(1);

/// Compares the times of the first two contenders that are shown, in a few sentences. Returns `None` if
/// there are no two, or a mail was not accepted.
#[must_use]
pub fn verdict(comparison: &Comparison) -> Option<String> {
    let both: Vec<&Observation> = comparison.shown().collect();
    let [first, second, ..] = both.as_slice() else { return None };
    if !first.is_accepted() || !second.is_accepted() {
        return None;
    }
    let (fast, slow) =
        if first.total() <= second.total() { (first, second) } else { (second, first) };
    let (slow_total, fast_total) = (ms(slow.total()), ms(fast.total()));
    let more = shown(slow.total()) - shown(fast.total());
    if more < NOTEWORTHY {
        return Some(format!(
            "{} and {} took about the same time: {slow_total} and {fast_total} ms.",
            slow.backend, fast.backend
        ));
    }
    let longer = format!(
        "{} took {} ms longer than {}: {slow_total} and {fast_total} ms.",
        slow.backend,
        ms(more),
        fast.backend
    );
    let reasons = [owners(slow, fast, more), phase(slow, fast, more)];
    Some(std::iter::once(longer).chain(reasons.into_iter().flatten()).collect::<Vec<_>>().join(" "))
}

/// Names what the slower contender spent more time on, if it accounts for a tenth of the difference.
fn owners(slow: &Observation, fast: &Observation, more: Duration) -> Option<String> {
    let (slow_parts, fast_parts) = (slow.time_breakdown()?, fast.time_breakdown()?);
    let gain = |owner: &TimeOwner| {
        let [slow, fast] = [slow_parts, fast_parts].map(|parts| shown(parts.spent_on(*owner)));
        let gain = slow.saturating_sub(fast);
        (gain * 10 >= more).then(|| (gain, place(*owner)))
    };
    let mut gains: Vec<(Duration, &str)> = TimeOwner::ALL.iter().filter_map(gain).collect();
    gains.sort_by_key(|(gain, _)| std::cmp::Reverse(*gain));
    let parts: Vec<String> =
        gains.iter().map(|(gain, place)| format!("{} ms more {place}", ms(*gain))).collect();
    let (last, rest) = parts.split_last()?;
    Some(match rest {
        [] => format!("It spent {last}."),
        _ => format!("It spent {} and {last}.", rest.join(", ")),
    })
}

fn place(owner: TimeOwner) -> &'static str {
    match owner {
        TimeOwner::Link => "on the link",
        TimeOwner::Server => "waiting for the server",
        TimeOwner::Client => "in the client",
        TimeOwner::Stall => "in stalls",
    }
}

/// Names the phase that accounts for most of the difference, if one does.
fn phase(slow: &Observation, fast: &Observation, more: Duration) -> Option<String> {
    let gain = |phase: &Phase| time(slow, *phase).saturating_sub(time(fast, *phase));
    let phase = Phase::ALL.iter().copied().max_by_key(gain)?;
    let most = gain(&phase);
    (most * 2 >= more && most <= more * 2).then(|| {
        format!(
            "Most of the difference is in one phase, {}: {} and {} ms.",
            phase.name(),
            ms(time(slow, phase)),
            ms(time(fast, phase))
        )
    })
}

fn time(observation: &Observation, phase: Phase) -> Duration {
    observation.spans().iter().filter(|s| s.phase == phase).map(|span| span.length()).sum()
}

#[cfg(test)]
mod tests {
    use mailer::{Error, Kind, Receipt};

    use super::*;
    use crate::fixtures::{self, comparison};

    #[test]
    fn the_slower_contender_is_named_with_what_it_spent_the_time_on() {
        let stalled = fixtures::stalled("lettre", 41_000);
        let text = verdict(&comparison(vec![fixtures::observation("raw"), stalled])).unwrap();
        assert_eq!(
            text,
            "lettre took 41.00 ms longer than raw: 44.06 and 3.06 ms. It spent 41.02 ms more in stalls. \
             Most of the difference is in one phase, final reply: 41.15 and 0.15 ms."
        );
        let hesitating = fixtures::hesitating("slow", 41_000);
        let text = verdict(&comparison(vec![hesitating, fixtures::observation("raw")])).unwrap();
        assert!(text.contains("It spent 41.00 ms more in the client."), "{text}");
    }

    #[test]
    fn a_difference_is_that_of_the_times_beside_it() {
        let (mut slow, mut fast) = (fixtures::observation("slow"), fixtures::observation("fast"));
        slow.ended = slow.started + std::time::Duration::from_micros(9_006);
        fast.ended = fast.started + std::time::Duration::from_micros(4_994);
        let text = verdict(&comparison(vec![fast, slow])).unwrap();
        assert!(
            text.starts_with("slow took 4.02 ms longer than fast: 9.01 and 4.99 ms."),
            "{text}"
        );
    }

    #[test]
    fn a_small_difference_is_about_the_same_time() {
        let both = vec![fixtures::observation("a"), fixtures::stalled("b", 300)];
        let text = verdict(&comparison(both)).unwrap();
        assert_eq!(text, "b and a took about the same time: 3.36 and 3.06 ms.");
    }

    #[test]
    fn without_two_accepted_mails_there_is_no_verdict() {
        assert_eq!(verdict(&comparison(vec![fixtures::observation("a")])), None);
        let mut failed = fixtures::observation("b");
        failed.receipt = Receipt::not_sent(Error::new(Kind::Lost, "the connection was lost"));
        assert_eq!(verdict(&comparison(vec![fixtures::observation("a"), failed])), None);
    }
}

//! Repeated recordings of the same session, and the one of them that the page shows.
//!
//! On a busy machine a session may have a round trip too many, or a stall: a thread that wakes up late writes after
//! session tickets have arrived. Such a session is an exception, so the sessions that agree outvote it.

use std::{
    collections::BTreeSet,
    panic::resume_unwind,
    thread::{self, ScopedJoinHandle},
    time::Duration,
};

use mailer::Error;

use super::{Recording, Variant, is_alike, record};
use crate::exchange::{Exchange, predict};

/// How often each session is recorded.
pub const PASSES: usize = 3;

/// How often a session is recorded at most, if no two of its recordings agree.
const MOST: usize = 6;

/// A thread that records variants in their order.
type Pass<'scope> = ScopedJoinHandle<'scope, Result<Vec<Option<Recording>>, Error>>;

/// Records each variant [`PASSES`] times, and returns for each the recording with the median time of those that agree
/// in their waits and stalls. A variant that is not accepted has no recording.
///
/// Sessions mostly wait for the path, so the passes run at the same time.
///
/// # Errors
/// Returns an error if the system has no port left for the link.
pub fn record_repeatedly(variants: &[Variant<'_>]) -> Result<Vec<Recording>, Error> {
    let passes: Vec<_> = thread::scope(|scope| {
        let begin = |pass: Vec<_>| {
            scope.spawn(move || pass.into_iter().map(record).collect::<Result<Vec<_>, Error>>())
        };
        // What a process does only once, such as reading debug information, must not count as work of a session.
        end(begin(first_of_each_side(variants)))?;
        // Each pass begins at another variant, so that a moment in which the machine is busy spoils one recording of
        // a variant and not all.
        let offsets = (0..PASSES).map(|pass| pass * variants.len() / PASSES);
        let threads: Vec<_> = offsets.map(|at| (at, begin(in_turn(variants, at)))).collect();
        let in_order = |(at, pass): (usize, Pass<'_>)| {
            let mut recordings = end(pass)?;
            recordings.rotate_right(at);
            Ok(recordings)
        };
        threads.into_iter().map(in_order).collect::<Result<_, Error>>()
    })?;
    let mut passes: Vec<_> = passes.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    for variant in variants {
        let recordings = passes.iter_mut().filter_map(Iterator::next).flatten().collect();
        all.extend(settle(recordings, || record(variant))?);
    }
    Ok(all)
}

/// All variants, from the one at this place on.
fn in_turn<'a, 'b>(variants: &'a [Variant<'b>], at: usize) -> Vec<&'a Variant<'b>> {
    let mut all: Vec<_> = variants.iter().collect();
    all.rotate_left(at);
    all
}

/// Waits for the end of a pass.
fn end(pass: Pass<'_>) -> Result<Vec<Option<Recording>>, Error> {
    pass.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn first_of_each_side<'a, 'b>(variants: &'a [Variant<'b>]) -> Vec<&'a Variant<'b>> {
    let mut sides = BTreeSet::new();
    variants.iter().filter(|variant| sides.insert(variant.side)).collect()
}

/// Returns the recording to show; records the session again while no two recordings agree.
fn settle(
    mut recordings: Vec<Recording>,
    mut record: impl FnMut() -> Result<Option<Recording>, Error>,
) -> Result<Option<Recording>, Error> {
    while largest_group(&recordings).len() == 1 && recordings.len() < MOST {
        let Some(further) = record()? else { break };
        recordings.push(further);
    }
    let mut group = largest_group(&recordings);
    group.sort_by_key(|recording| predict(&recording.exchanges, Duration::ZERO));
    Ok(group.get(group.len().saturating_sub(1) / 2).map(|median| (*median).clone()))
}

/// Whether two sessions have the same waits and the same stalls.
fn agree(one: &[Exchange], other: &[Exchange]) -> bool {
    let stalls = |session: &[Exchange]| session.iter().map(|it| it.stalls).collect::<Vec<_>>();
    is_alike(one, other) && stalls(one) == stalls(other)
}

/// Returns the recordings that agree with most others.
fn largest_group(recordings: &[Recording]) -> Vec<&Recording> {
    let group = |one: &Recording| -> Vec<&Recording> {
        recordings.iter().filter(|it| agree(&it.exchanges, &one.exchanges)).collect()
    };
    recordings.iter().map(group).max_by_key(Vec::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exchange::exchanges, fixtures, observation::Observation, recordings::Settings};

    fn recording(session: &Observation) -> Recording {
        let (settings, exchanges) = (Settings::new(), exchanges(session));
        Recording { side: 0, settings, exchanges, is_of_run: false }
    }

    /// A session with this much more work of the client.
    fn longer(milliseconds: u64) -> Recording {
        let mut session = recording(&fixtures::observation("raw"));
        session.exchanges[2].time.client += Duration::from_millis(milliseconds);
        session
    }

    fn exception() -> Recording {
        recording(&fixtures::pipelined("raw"))
    }

    fn settled(recordings: Vec<Recording>) -> Option<Recording> {
        settle(recordings, || panic!("nothing is recorded again")).unwrap()
    }

    #[test]
    fn the_median_of_those_that_agree_is_shown() {
        assert_eq!(settled(vec![longer(9), longer(1), longer(5)]), Some(longer(5)));
        assert_eq!(settled(vec![exception(), longer(1), longer(5)]), Some(longer(1)));
        assert_eq!(settled(Vec::new()), None);
    }

    #[test]
    fn a_session_is_recorded_again_until_two_agree() {
        let stalled = recording(&fixtures::stalled("raw", 41_000));
        let first = vec![exception(), stalled, longer(1)];
        let again = settle(first.clone(), || Ok(Some(longer(2)))).unwrap();
        assert_eq!(again, Some(longer(1)));
        assert!(settle(first, || Ok(None)).unwrap().is_some());
    }
}

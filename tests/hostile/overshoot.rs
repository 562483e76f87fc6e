//! How much longer than its deadline a stalled step took, at the worst: printed, not judged, since the
//! machine may be busy.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::case::SHORT;

static SEEN: Mutex<Overshoot> =
    Mutex::new(Overshoot { trials: 0, worst: Duration::ZERO, name: String::new() });

/// The worst of so many trials.
#[derive(Clone)]
pub(crate) struct Overshoot {
    trials: usize,
    worst: Duration,
    name: String,
}

/// A trial stalled at one step, and took this long in all.
pub(crate) fn note(name: &str, took: Duration) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.trials += 1;
    let overshoot = took.saturating_sub(SHORT);
    if overshoot > seen.worst {
        (seen.worst, seen.name) = (overshoot, name.to_owned());
    }
}

/// What was noted.
pub(crate) fn seen() -> Overshoot {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl fmt::Display for Overshoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trials, worst, name } = self;
        write!(f, "raw stalled in {trials} trials, with {SHORT:?} for the step that stalled; ")?;
        write!(f, "all else included, the longest took {worst:?} more ({name})")
    }
}

//! How long after its deadline a stalled step ended, at worst. The suite prints this time and does not
//! check it, because the machine may be busy.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::case::SHORT;

static WORST: Mutex<Overshoot> =
    Mutex::new(Overshoot { trials: 0, worst: Duration::ZERO, name: String::new() });

/// The worst trial, and the number of trials.
#[derive(Clone)]
pub(crate) struct Overshoot {
    trials: usize,
    worst: Duration,
    name: String,
}

/// Records a trial that stalled at one step and took this long in total.
pub(crate) fn note(name: &str, took: Duration) {
    let mut seen = WORST.lock().unwrap_or_else(PoisonError::into_inner);
    seen.trials += 1;
    let overshoot = took.saturating_sub(SHORT);
    if overshoot > seen.worst {
        (seen.worst, seen.name) = (overshoot, name.to_owned());
    }
}

/// Returns the worst trial so far.
pub(crate) fn worst() -> Overshoot {
    WORST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl fmt::Display for Overshoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trials, worst, name } = self;
        write!(
            f,
            "raw stalled in {trials} trials, with a time-out of {SHORT:?} at the stalled step; "
        )?;
        write!(f, "the longest trial took {worst:?} more in total ({name})")
    }
}

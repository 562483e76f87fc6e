//! Times as text, and as numbers of milliseconds.

use std::time::Duration;

/// Formats milliseconds with two decimal places.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.2}", shown(time).as_secs_f64() * 1000.0)
}

/// Rounds to what [`ms`] shows, so that a difference of such times is the difference of the shown numbers.
pub(crate) fn shown(time: Duration) -> Duration {
    /// The last place that is shown, in nanoseconds.
    const PLACE: u128 = 10_000;
    let places = (time.as_nanos() + PLACE / 2) / PLACE;
    Duration::from_nanos(u64::try_from(places * PLACE).unwrap_or(u64::MAX))
}

/// Returns milliseconds, rounded to the microsecond: the number that the page shows and that its data has.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no session takes 2^53 microseconds")]
    let microseconds = microseconds(time) as f64;
    microseconds / 1000.0
}

/// Rounds to a thousandth.
pub(crate) fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// Returns whole microseconds, rounded.
pub(crate) fn microseconds(time: Duration) -> u64 {
    u64::try_from((time.as_nanos() + 500) / 1000).unwrap_or(u64::MAX)
}

//! Times as text, and as numbers of milliseconds.

use std::time::Duration;

/// Formats milliseconds with two decimal places.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

/// Returns milliseconds, rounded to the microsecond: the number that the page shows and that its data has.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    thousandths(time.as_secs_f64() * 1000.0)
}

/// Rounds to a thousandth.
pub(crate) fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

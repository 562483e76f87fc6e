//! Times as text.

use std::time::Duration;

/// Formats milliseconds with two decimal places.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

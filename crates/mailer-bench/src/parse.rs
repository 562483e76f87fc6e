//! Parses the numbers of a load: sizes, rates and counts.

use std::ops::RangeInclusive;

/// The largest message, in bytes. Messages are kept in memory.
const LARGEST_MESSAGE: usize = 1 << 30;

/// The rates that a load can have, in messages per second.
pub const RATES: RangeInclusive<f64> = 0.001..=1e7;

/// Parses a message size in bytes, which may have a unit: `800`, `4K`, `25M`.
///
/// # Errors
/// Returns what is expected instead.
pub fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.strip_suffix(['K', 'k']) {
        Some(number) => (number, 1 << 10),
        None => text.strip_suffix(['M', 'm']).map_or((text, 1), |number| (number, 1 << 20)),
    };
    let bytes = number.parse().ok().and_then(|number: usize| number.checked_mul(unit));
    bytes
        .filter(|bytes| (1..=LARGEST_MESSAGE).contains(bytes))
        .ok_or_else(|| "not a size such as 800, 4K or 25M, up to 1024M".to_owned())
}

/// Parses a number of messages per second.
///
/// # Errors
/// Returns what is expected instead.
pub fn rate(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate| RATES.contains(rate))
        .ok_or_else(|| "not a number from 0.001 to 10000000".to_owned())
}

/// Parses a number of connections or of recipients.
///
/// # Errors
/// Returns what is expected instead.
pub fn count(text: &str) -> Result<usize, String> {
    let within = |number: &usize| (1..=1000).contains(number);
    text.parse().ok().filter(within).ok_or_else(|| "not a number from 1 to 1000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_may_have_a_unit() {
        for (text, bytes) in
            [("800", 800), ("4K", 4096), ("25M", 25 << 20), ("1024m", LARGEST_MESSAGE)]
        {
            assert_eq!(size(text), Ok(bytes));
        }
        for text in ["", "0", "-1", "K", "1.5M", "1025M", "99999999999999999999", "1G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rate_is_a_finite_number_above_zero() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for text in ["0", "-1", "NaN", "inf", "x"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_count_has_bounds() {
        assert_eq!((count("1"), count("1000")), (Ok(1), Ok(1000)));
        assert!(count("0").is_err() && count("1001").is_err() && count("1.5").is_err());
    }
}

//! The numbers of `bench`'s options, and their bounds.

use std::time::Duration;

/// The largest message, in bytes. Messages are kept in memory.
const LARGEST_MESSAGE: usize = 1 << 30;

pub(super) fn above_zero(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "not a number above 0".to_owned())
}

/// Parses a number of connections or of recipients.
pub(super) fn count(text: &str) -> Result<usize, String> {
    let within = |number: &usize| (1..=1000).contains(number);
    text.parse().ok().filter(within).ok_or_else(|| "not a number from 1 to 1000".to_owned())
}

pub(super) fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.strip_suffix(['K', 'k']) {
        Some(number) => (number, 1 << 10),
        None => text.strip_suffix(['M', 'm']).map_or((text, 1), |number| (number, 1 << 20)),
    };
    let bytes = number.parse().ok().and_then(|number: usize| number.checked_mul(unit));
    bytes
        .filter(|bytes| (1..=LARGEST_MESSAGE).contains(bytes))
        .ok_or_else(|| "not a size such as 800, 4K or 25M, up to 1024M".to_owned())
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    let within = |rate: &f64| *rate >= 0.001 && *rate <= 1e7;
    text.parse().ok().filter(within).ok_or_else(|| "not a number from 0.001 to 10000000".to_owned())
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    seconds_or_zero(text)?
        .checked_sub(Duration::from_millis(1))
        .ok_or("less than a millisecond")?;
    seconds_or_zero(text)
}

pub(super) fn seconds_or_zero(text: &str) -> Result<Duration, String> {
    let day = Duration::from_secs(24 * 60 * 60);
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| *time <= day).ok_or_else(|| "not a number of seconds up to a day".to_owned())
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
    fn numbers_have_bounds() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for text in ["0", "-1", "NaN", "inf", "x"] {
            assert!(rate(text).is_err() && seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds_or_zero("0"), Ok(Duration::ZERO));
        assert!(count("0").is_err() && count("1001").is_err() && above_zero("0").is_err());
    }
}

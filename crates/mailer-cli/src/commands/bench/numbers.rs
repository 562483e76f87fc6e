//! The numbers of `bench`'s options, and their bounds.

use std::time::Duration;

pub(super) use mailer_bench::parse::{count, rate, size};

pub(super) fn above_zero(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "not a number above 0".to_owned())
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
    fn numbers_have_bounds() {
        for text in ["0", "-1", "NaN", "inf", "x"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds_or_zero("0"), Ok(Duration::ZERO));
        assert!(above_zero("0").is_err());
    }
}

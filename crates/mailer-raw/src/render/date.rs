//! The value of the Date field (RFC 5322 §3.3).

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// 1900-01-01 00:00:00 UTC in seconds since 1970: the first date that RFC 5322 §3.3 allows.
const FIRST: i64 = -2_208_988_800;
/// 9999-12-31 23:59:59 UTC in seconds since 1970: the last date with a year of four digits.
const LAST: i64 = 253_402_300_799;

/// Returns the date of this time in UTC, or the nearest date that the field can hold.
pub(super) fn in_utc(time: SystemTime) -> String {
    let seconds = seconds_since_1970(time).clamp(FIRST, LAST);
    let date = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = date.to_hms();
    format!(
        "{:.3}, {:02} {:.3} {} {hour:02}:{minute:02}:{second:02} +0000",
        date.weekday(),
        date.day(),
        date.month(),
        date.year(),
    )
}

/// Returns the time in seconds, rounded down.
fn seconds_since_1970(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(LAST),
        Err(before) => {
            let before = before.duration();
            let whole = i64::try_from(before.as_secs()).unwrap_or(-FIRST);
            -whole - i64::from(before.subsec_nanos() > 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        for (seconds, wanted) in [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"),
            (880_127_706, "Fri, 21 Nov 1997 15:55:06 +0000"),
            (1_709_164_799, "Wed, 28 Feb 2024 23:59:59 +0000"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 +0000"),
            (LAST.unsigned_abs(), "Fri, 31 Dec 9999 23:59:59 +0000"),
        ] {
            assert_eq!(in_utc(UNIX_EPOCH + Duration::from_secs(seconds)), wanted);
        }
    }

    #[test]
    fn dates_before_1970_are_written_and_others_clamped() {
        let before = |seconds| UNIX_EPOCH.checked_sub(Duration::from_secs_f64(seconds)).unwrap();
        assert_eq!(in_utc(before(0.5)), "Wed, 31 Dec 1969 23:59:59 +0000");
        assert_eq!(in_utc(before(1.0)), "Wed, 31 Dec 1969 23:59:59 +0000");
        assert_eq!(in_utc(before(1e10)), "Mon, 01 Jan 1900 00:00:00 +0000");
        let late = UNIX_EPOCH + Duration::from_secs(1 << 50);
        assert_eq!(in_utc(late), "Fri, 31 Dec 9999 23:59:59 +0000");
    }
}

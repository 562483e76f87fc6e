//! Values of options, and how `--help` lists them.

use std::{fmt::Write as _, path::PathBuf, time::Duration};

use clap::builder::{OsStringValueParser, PossibleValue, TypedValueParser};
use mailer::{Address, Error, Mailbox};

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Parses a path that may be empty, which counts as not set; clap's own parser refuses it.
pub(crate) fn optional_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Parses a number of seconds above 0.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|limit| !limit.is_zero() && *limit <= YEAR)
        .ok_or_else(|| "not a number of seconds above 0 and up to a year".to_owned())
}

/// Parses the sender of an envelope; `<>` is the null reverse-path.
pub(crate) fn reverse_path(text: &str) -> Result<Option<Address>, Error> {
    match text.trim() {
        "<>" => Ok(None),
        text => text.parse::<Mailbox>().map(|mailbox| Some(mailbox.address)),
    }
}

/// Returns a text for `--help` followed by a list of values. clap lists values in `-h` as well, where
/// every option should fit on one line.
pub(crate) fn with_values(text: &str, values: impl IntoIterator<Item = PossibleValue>) -> String {
    let values: Vec<_> = values.into_iter().collect();
    let width = values.iter().map(|value| value.get_name().len()).max().unwrap_or_default();
    let mut list = format!("{text}\n\nPossible values:");
    for value in values {
        let about = value.get_help().map(ToString::to_string).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = write!(list, "\n  {:<width$}  {about}", value.get_name());
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_above_zero_and_finite() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "x", "1e400", "1e19", "NaN"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_listed_in_columns() {
        let value = |(name, about)| PossibleValue::new(name).help(about);
        let list = with_values("Choose one", [("a", "first"), ("long", "second")].map(value));
        assert_eq!(list, "Choose one\n\nPossible values:\n  a     first\n  long  second");
    }
}

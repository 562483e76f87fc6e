//! Names of enum variants: `Display` writes a name, and `FromStr` parses it.

use crate::{Error, Kind};

/// Implements `Display` and `FromStr` for an enum with the constant `ALL` and the method `name`.
macro_rules! impl_names {
    ($type:ty, $what:literal) => {
        impl std::fmt::Display for $type {
            /// Writes the [`name`](Self::name).
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::Error;

            /// Parses a [`name`](Self::name). Case matters.
            fn from_str(text: &str) -> Result<Self, $crate::Error> {
                let found = Self::ALL.iter().find(|value| value.name() == text);
                found.copied().ok_or_else(|| {
                    let names = Self::ALL.iter().map(|value| value.name());
                    $crate::names::unknown(text, $what, names)
                })
            }
        }
    };
}

pub(crate) use impl_names;

/// Returns the error for a text that is none of these names.
pub(crate) fn unknown(text: &str, what: &str, names: impl Iterator<Item = &'static str>) -> Error {
    let names: Vec<&str> = names.collect();
    Error::new(Kind::Configuration, format!("\"{text}\" is not the name of {what}"))
        .with_hint(format!("the names are {}", names.join(", ")))
}

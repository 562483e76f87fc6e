//! Names of enum variants: `Display` writes a name, and `FromStr` parses it.

use std::{error, fmt};

/// The error for a text that is not one of the names of a type, such as [`Kind`](crate::Kind).
///
/// ```
/// use mailer::Security;
/// let error = "maybe".parse::<Security>().unwrap_err();
/// assert!(error.to_string().starts_with("\"maybe\" is not the name of a kind of connection security"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    text: String,
    what: &'static str,
    names: Vec<&'static str>,
}

impl UnknownName {
    pub(crate) fn new(
        text: &str,
        what: &'static str,
        names: impl Iterator<Item = &'static str>,
    ) -> Self {
        Self { text: text.to_owned(), what, names: names.collect() }
    }

    /// Returns the names that the type has.
    #[must_use]
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, what, names } = self;
        write!(f, "{text:?} is not the name of {what}; the names are {}", names.join(", "))
    }
}

impl error::Error for UnknownName {}

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
            type Err = $crate::UnknownName;

            /// Parses a [`name`](Self::name). Case matters.
            fn from_str(text: &str) -> Result<Self, $crate::UnknownName> {
                let found = Self::ALL.iter().find(|value| value.name() == text).copied();
                let names = Self::ALL.iter().map(|value| value.name());
                found.ok_or_else(|| $crate::UnknownName::new(text, $what, names))
            }
        }
    };
}

pub(crate) use impl_names;

//! User, password and AUTH mechanism.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Error, Kind, names::impl_names, text::first_control};

/// The byte order mark that some editors write at the beginning of a UTF-8 file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A user and a password. The password is masked in `Debug` and wiped when dropped.
#[derive(Clone, Debug)]
pub struct Credentials {
    user: String,
    password: Secret,
}

impl Credentials {
    /// Returns credentials with this user and the [trimmed](Secret::trimmed) password.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if the user has control characters or the password has a NUL, which AUTH
    /// PLAIN uses as the separator (RFC 4616 §2).
    pub fn new(user: impl Into<String>, password: impl Into<Secret>) -> Result<Self, Error> {
        let (user, password) = (user.into(), password.into().trimmed());
        if first_control(&user).is_some() {
            return Err(Error::new(Kind::Configuration, "the user name has a control character"));
        }
        if password.reveal().contains('\0') {
            return Err(Error::new(Kind::Configuration, "the password has a NUL character"));
        }
        Ok(Self { user, password })
    }

    /// Returns the user.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the password.
    #[must_use]
    pub fn password(&self) -> &Secret {
        &self.password
    }
}

/// A secret text: masked in `Debug`, without `Display`, wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Returns the text itself, for the code that sends it or searches for it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes a byte order mark at the beginning and all CR and LF at the end, in place.
    ///
    /// Editors, `echo` and files from Windows add these characters to a password. They are never part of
    /// it, and with them the server would refuse it as wrong.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        let end = self.0.trim_end_matches(['\r', '\n']).len();
        self.0.truncate(end);
        if self.0.starts_with(BYTE_ORDER_MARK) {
            self.0.remove(0);
        }
        self
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// An AUTH mechanism (RFC 4954).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// PLAIN: user and password in one response (RFC 4616).
    Plain,
    /// LOGIN: the server asks for the user, then for the password. It is not standardised, but nearly every
    /// server offers it.
    Login,
}

impl Mechanism {
    /// All mechanisms, the preferred one first.
    pub const ALL: &'static [Self] = &[Self::Plain, Self::Login];

    /// Returns the name in the reply to EHLO and in the AUTH command.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }
}

impl_names!(Mechanism, "an AUTH mechanism");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_masks_the_password() {
        let credentials = Credentials::new("ann", "sesame").unwrap();
        assert_eq!(format!("{credentials:?}"), "Credentials { user: \"ann\", password: **** }");
    }

    #[test]
    fn a_line_end_or_a_byte_order_mark_is_not_part_of_a_password() {
        for text in ["sesame", "sesame\n", "sesame\r\n", "sesame\r", "\u{feff}sesame\n\n"] {
            let credentials = Credentials::new("ann", text).unwrap();
            assert_eq!(credentials.password().reveal(), "sesame", "{text:?}");
        }
        assert_eq!(Secret::from(" a\nb \u{feff}").trimmed().reveal(), " a\nb \u{feff}");
        assert!(
            ["", "\u{feff}", "\r\n"]
                .map(Secret::from)
                .into_iter()
                .all(|it| it.trimmed().is_empty())
        );
    }

    #[test]
    fn characters_that_would_end_a_field_early_are_refused() {
        assert!(Credentials::new("ann\r\nQUIT", "x").is_err());
        assert!(Credentials::new("ann\0bob", "x").is_err());
        assert!(Credentials::new("ann", "x\0y").is_err());
        assert!(Credentials::new("ann", "pass phrase, ütf-8\t").is_ok());
    }
}

//! Who is sending.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Error, Kind, text::first_control};

/// What some editors write at the beginning of a file in UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A user and a password. The password is masked in `Debug` and wiped when dropped.
#[derive(Clone, Debug)]
pub struct Credentials {
    user: String,
    password: Secret,
}

impl Credentials {
    /// Takes a user and a password, which is [trimmed](Secret::trimmed).
    ///
    /// # Errors
    /// [`Kind::Configuration`] if the user has control characters or the password a NUL, which AUTH
    /// PLAIN uses to part them (RFC 4616 §2).
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

    /// The user.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password.
    #[must_use]
    pub fn password(&self) -> &Secret {
        &self.password
    }
}

/// Text that nobody gets to see: masked in `Debug`, not printable, wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself, for the one line that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes a byte order mark at the beginning and all CR and LF at the end, in place.
    ///
    /// Editors, `echo` and files from Windows add them to a password, and they are never part of it:
    /// with them a server would only answer that the password is wrong.
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

/// How a client proves who it is (RFC 4954).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// User and password in one line (RFC 4616).
    Plain,
    /// User and password each asked for; never standardised, offered nearly everywhere.
    Login,
}

impl Mechanism {
    /// All of them, the preferred one first.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Login];

    /// The name in EHLO's answer and behind AUTH.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
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
    fn nothing_that_would_part_the_fields_elsewhere() {
        assert!(Credentials::new("ann\r\nQUIT", "x").is_err());
        assert!(Credentials::new("ann\0bob", "x").is_err());
        assert!(Credentials::new("ann", "x\0y").is_err());
        assert!(Credentials::new("ann", "pass phrase, ütf-8\t").is_ok());
    }
}

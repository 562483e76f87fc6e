//! Who is sending.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Error, Kind, text::first_control};

/// A user and a password. The password is masked in `Debug` and wiped when dropped.
#[derive(Clone, Debug)]
pub struct Credentials {
    user: String,
    password: Secret,
}

impl Credentials {
    /// Takes a user and a password.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if the user has control characters or the password a NUL, which AUTH
    /// PLAIN uses to part them (RFC 4616 §2).
    pub fn new(user: impl Into<String>, password: impl Into<Secret>) -> Result<Self, Error> {
        let (user, password) = (user.into(), password.into());
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
    fn nothing_that_would_part_the_fields_elsewhere() {
        assert!(Credentials::new("ann\r\nQUIT", "x").is_err());
        assert!(Credentials::new("ann\0bob", "x").is_err());
        assert!(Credentials::new("ann", "x\0y").is_err());
        assert!(Credentials::new("ann", "pass phrase, ütf-8\t").is_ok());
    }
}

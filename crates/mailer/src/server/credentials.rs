//! User, password or access token, and AUTH mechanism.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Error, Kind, names::impl_names, text::first_control};

/// The byte order mark that some editors write at the beginning of a UTF-8 file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A user, and the secret that proves it: a password, or an OAuth 2 access token. The secret is masked in
/// `Debug` and wiped when dropped.
#[derive(Clone)]
pub struct Credentials {
    user: String,
    secret: Secret,
    has_token: bool,
}

impl Credentials {
    /// Returns credentials with this user and the [trimmed](Secret::trimmed) password.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if the user has control characters or the password has a NUL, which AUTH
    /// PLAIN uses as the separator (RFC 4616 §2).
    pub fn new(user: impl Into<String>, password: impl Into<Secret>) -> Result<Self, Error> {
        let (user, secret) = (checked_user(user)?, password.into().trimmed());
        if secret.reveal().contains('\0') {
            return Err(Error::new(Kind::Configuration, "the password has a NUL character"));
        }
        Ok(Self { user, secret, has_token: false })
    }

    /// Returns credentials with this user and the [trimmed](Secret::trimmed) OAuth 2 access token.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if the user has control characters, or the token is empty or has other
    /// characters than visible ASCII (RFC 6750 §2.1 allows only some of these).
    pub fn with_token(user: impl Into<String>, token: impl Into<Secret>) -> Result<Self, Error> {
        let (user, secret) = (checked_user(user)?, token.into().trimmed());
        if secret.is_empty() || !secret.reveal().bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = "the access token is empty or has a space or a non-ASCII character";
            return Err(Error::new(Kind::Configuration, what)
                .with_hint("pass the token alone, without quotes, \"Bearer\" or JSON"));
        }
        Ok(Self { user, secret, has_token: true })
    }

    /// Returns the user.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the password or the access token.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Whether the secret is an access token, so that only mechanisms that [take one](Mechanism::takes_token)
    /// can send it.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.has_token
    }
}

fn checked_user(user: impl Into<String>) -> Result<String, Error> {
    let user = user.into();
    match first_control(&user) {
        Some(_) => Err(Error::new(Kind::Configuration, "the user name has a control character")),
        None => Ok(user),
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.has_token { "token" } else { "password" };
        f.debug_struct("Credentials").field("user", &self.user).field(name, &self.secret).finish()
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
    /// SCRAM-SHA-256: client and server prove to each other that they know the password, which is not sent
    /// (RFC 5802, RFC 7677).
    ScramSha256,
    /// PLAIN: user and password in one response (RFC 4616).
    Plain,
    /// LOGIN: the server asks for the user, then for the password. It is not standardised, but nearly every
    /// server offers it.
    Login,
    /// OAUTHBEARER: an OAuth 2 access token (RFC 7628).
    OAuthBearer,
    /// XOAUTH2: an OAuth 2 access token in Google's older format, which Microsoft uses too.
    XOAuth2,
}

impl Mechanism {
    /// All mechanisms. Of those for a password and of those for an access token, the strongest is the
    /// first.
    pub const ALL: &'static [Self] =
        &[Self::ScramSha256, Self::Plain, Self::Login, Self::OAuthBearer, Self::XOAuth2];

    /// Returns the name in the reply to EHLO and in the AUTH command.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::OAuthBearer => "OAUTHBEARER",
            Self::XOAuth2 => "XOAUTH2",
        }
    }

    /// Whether it sends an access token; the others need a password.
    #[must_use]
    pub fn takes_token(self) -> bool {
        matches!(self, Self::OAuthBearer | Self::XOAuth2)
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
        let credentials = Credentials::with_token("ann", "sesame").unwrap();
        assert_eq!(format!("{credentials:?}"), "Credentials { user: \"ann\", token: **** }");
    }

    #[test]
    fn a_token_has_only_visible_ascii() {
        let token = |text: &str| Credentials::with_token("ann", text);
        assert_eq!(
            token("\u{feff}ya29.a-b_c~d+/e==\r\n").unwrap().secret().reveal(),
            "ya29.a-b_c~d+/e=="
        );
        for wrong in ["", "\n", "Bearer ya29", "a\u{1}auth=x", "a\nb", "\u{e4}"] {
            let error = token(wrong).unwrap_err();
            assert_eq!(error.kind(), Kind::Configuration, "{wrong:?}");
            assert!(wrong.trim().is_empty() || !format!("{error:?}").contains(wrong));
        }
    }

    #[test]
    fn the_strongest_mechanism_is_the_first_of_its_kind() {
        let first = |takes_token| {
            Mechanism::ALL.iter().find(|mechanism| mechanism.takes_token() == takes_token)
        };
        assert_eq!(first(false), Some(&Mechanism::ScramSha256));
        assert_eq!(first(true), Some(&Mechanism::OAuthBearer));
    }

    #[test]
    fn a_line_end_or_a_byte_order_mark_is_not_part_of_a_password() {
        for text in ["sesame", "sesame\n", "sesame\r\n", "sesame\r", "\u{feff}sesame\n\n"] {
            let credentials = Credentials::new("ann", text).unwrap();
            assert_eq!(credentials.secret().reveal(), "sesame", "{text:?}");
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

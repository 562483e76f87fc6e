//! AUTH: the two mechanisms that take a user name and a password (RFC 4954, RFC 4616).

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    options::Account,
    reply::{self, Reply},
};

/// A mechanism that is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// RFC 4616.
    Plain,
    /// Never standardised (draft-murchison-sasl-login), and everywhere.
    Login,
}

impl Mechanism {
    /// Returns the mechanism with this name, in any case; None if it is not built.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Plain, Self::Login].into_iter().find(|m| m.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }
}

/// What the client's next line is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Plain,
    LoginUser,
    LoginPassword { user: String },
}

/// Where an exchange stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A challenge, and what its answer will be for.
    Ask(Reply, Exchange),
    /// The account's user name.
    Granted(String),
    Denied(Reply),
}

/// The AUTH command; `=` stands for an initial response of no octets (RFC 4954 §4).
pub(crate) fn begin(mechanism: Mechanism, initial: Option<&str>, accounts: &[Account]) -> Progress {
    let exchange = match mechanism {
        Mechanism::Plain => Exchange::Plain,
        Mechanism::Login => Exchange::LoginUser,
    };
    match initial {
        Some("=") => advance(exchange, "", accounts),
        Some(response) => advance(exchange, response, accounts),
        None => match exchange {
            Exchange::Plain => Progress::Ask(reply::SAY_ON, exchange),
            _ => Progress::Ask(reply::USER_NAME, exchange),
        },
    }
}

/// An answer to a challenge.
pub(crate) fn advance(exchange: Exchange, response: &str, accounts: &[Account]) -> Progress {
    if response == "*" {
        return Progress::Denied(reply::AUTH_CANCELLED);
    }
    let Ok(octets) = STANDARD.decode(response) else {
        return Progress::Denied(reply::BAD_BASE64);
    };
    let Ok(text) = String::from_utf8(octets) else {
        return Progress::Denied(reply::BAD_CREDENTIALS);
    };
    match exchange {
        Exchange::Plain => plain(&text, accounts),
        Exchange::LoginUser => {
            Progress::Ask(reply::PASSWORD, Exchange::LoginPassword { user: text })
        }
        Exchange::LoginPassword { user } => check(&user, &text, accounts),
    }
}

/// `[authzid] NUL authcid NUL passwd`; a user may act as no other user here.
fn plain(message: &str, accounts: &[Account]) -> Progress {
    let parts: Vec<&str> = message.split('\0').collect();
    match parts[..] {
        [as_user, user, password] if as_user.is_empty() || as_user == user => {
            check(user, password, accounts)
        }
        [_, _, _] => Progress::Denied(reply::WRONG_PASSWORD),
        _ => Progress::Denied(reply::BAD_CREDENTIALS),
    }
}

fn check(user: &str, password: &str, accounts: &[Account]) -> Progress {
    match accounts.iter().any(|a| a.user == user && a.password == password) {
        true => Progress::Granted(user.to_owned()),
        false => Progress::Denied(reply::WRONG_PASSWORD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Vec<Account> {
        vec![Account::new("user@example.test", "secret")]
    }

    fn plain_says(message: &str) -> Progress {
        begin(Mechanism::Plain, Some(&STANDARD.encode(message)), &accounts())
    }

    #[test]
    fn plain_with_initial_response() {
        let granted = Progress::Granted("user@example.test".into());
        assert_eq!(plain_says("\0user@example.test\0secret"), granted);
        assert_eq!(plain_says("user@example.test\0user@example.test\0secret"), granted);
        for wrong in ["\0user@example.test\0Secret", "\0\0", "boss\0user@example.test\0secret"] {
            assert_eq!(plain_says(wrong), Progress::Denied(reply::WRONG_PASSWORD), "{wrong:?}");
        }
        assert_eq!(plain_says("user@example.test"), Progress::Denied(reply::BAD_CREDENTIALS));
    }

    #[test]
    fn login_step_by_step() {
        let Progress::Ask(asked, exchange) = begin(Mechanism::Login, None, &accounts()) else {
            panic!("no challenge")
        };
        assert_eq!(asked, reply::USER_NAME);
        let user = STANDARD.encode("user@example.test");
        let Progress::Ask(asked, exchange) = advance(exchange, &user, &accounts()) else {
            panic!("no second challenge")
        };
        assert_eq!(asked, reply::PASSWORD);
        let end = advance(exchange, &STANDARD.encode("secret"), &accounts());
        assert_eq!(end, Progress::Granted("user@example.test".into()));
    }

    #[test]
    fn cancelled_and_garbled() {
        let answer = |text| advance(Exchange::Plain, text, &accounts());
        assert_eq!(answer("*"), Progress::Denied(reply::AUTH_CANCELLED));
        assert_eq!(answer("a b"), Progress::Denied(reply::BAD_BASE64));
        assert_eq!(answer("YQ"), Progress::Denied(reply::BAD_BASE64));
        assert_eq!(
            begin(Mechanism::Plain, Some("="), &[]),
            Progress::Denied(reply::BAD_CREDENTIALS)
        );
    }
}

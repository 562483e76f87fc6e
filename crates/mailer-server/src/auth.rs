//! AUTH with a user name and a password: the mechanisms PLAIN and LOGIN (RFC 4954, RFC 4616).

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    options::Account,
    reply::{self, Reply},
};

/// A mechanism that this server implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// PLAIN (RFC 4616).
    Plain,
    /// LOGIN, which no RFC defines (draft-murchison-sasl-login) and every server offers.
    Login,
}

impl Mechanism {
    /// Returns the mechanism with this name, in any case; None if this server does not implement it.
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

/// What the client's next line answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Plain,
    LoginUser,
    LoginPassword { user: String },
}

/// The state of an exchange after a line of the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A challenge, and the exchange that its answer continues.
    Ask(Reply, Exchange),
    /// The login succeeded, with this user name.
    Granted(String),
    /// The login failed.
    Denied(Reply),
}

/// Begins an exchange. The initial response `=` means an empty one (RFC 4954 §4).
pub(crate) fn begin(mechanism: Mechanism, initial: Option<&str>, accounts: &[Account]) -> Progress {
    let exchange = match mechanism {
        Mechanism::Plain => Exchange::Plain,
        Mechanism::Login => Exchange::LoginUser,
    };
    match initial {
        Some("=") => advance(exchange, "", accounts),
        Some(response) => advance(exchange, response, accounts),
        None => match exchange {
            Exchange::Plain => Progress::Ask(reply::EMPTY_CHALLENGE, exchange),
            _ => Progress::Ask(reply::USER_NAME, exchange),
        },
    }
}

/// Continues an exchange with the client's answer to a challenge.
pub(crate) fn advance(exchange: Exchange, response: &str, accounts: &[Account]) -> Progress {
    if response == "*" {
        return Progress::Denied(reply::AUTH_CANCELLED);
    }
    let Ok(bytes) = STANDARD.decode(response) else {
        return Progress::Denied(reply::BAD_BASE64);
    };
    let Ok(text) = String::from_utf8(bytes) else {
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

/// Checks `[authzid] NUL authcid NUL passwd`. No user may act as another user.
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

    fn log_in_with_plain(message: &str) -> Progress {
        begin(Mechanism::Plain, Some(&STANDARD.encode(message)), &accounts())
    }

    #[test]
    fn plain_checks_the_initial_response() {
        let granted = Progress::Granted("user@example.test".into());
        assert_eq!(log_in_with_plain("\0user@example.test\0secret"), granted);
        assert_eq!(log_in_with_plain("user@example.test\0user@example.test\0secret"), granted);
        for wrong in ["\0user@example.test\0Secret", "\0\0", "boss\0user@example.test\0secret"] {
            assert_eq!(
                log_in_with_plain(wrong),
                Progress::Denied(reply::WRONG_PASSWORD),
                "{wrong:?}"
            );
        }
        assert_eq!(
            log_in_with_plain("user@example.test"),
            Progress::Denied(reply::BAD_CREDENTIALS)
        );
    }

    #[test]
    fn login_asks_for_the_user_name_and_then_the_password() {
        let Progress::Ask(challenge, exchange) = begin(Mechanism::Login, None, &accounts()) else {
            panic!("no challenge")
        };
        assert_eq!(challenge, reply::USER_NAME);
        let user = STANDARD.encode("user@example.test");
        let Progress::Ask(challenge, exchange) = advance(exchange, &user, &accounts()) else {
            panic!("no second challenge")
        };
        assert_eq!(challenge, reply::PASSWORD);
        let end = advance(exchange, &STANDARD.encode("secret"), &accounts());
        assert_eq!(end, Progress::Granted("user@example.test".into()));
    }

    #[test]
    fn a_cancelled_or_malformed_response_is_denied() {
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

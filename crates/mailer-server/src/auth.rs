//! AUTH (RFC 4954) with a password: SCRAM-SHA-256, PLAIN (RFC 4616) and LOGIN; and with an access token.

mod bearer;
mod mechanism;
mod scram;

use base64::{Engine, engine::general_purpose::STANDARD};

pub(crate) use self::mechanism::Mechanism;
use crate::{
    options::Account,
    reply::{self, Reply},
};

/// What the client's next line answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// The mechanism begins with a message of the client.
    First(Mechanism),
    LoginUser,
    LoginPassword {
        user: String,
    },
    ScramProof(Box<scram::Challenge>),
    /// The client has proved itself, and receives the server's proof.
    ScramEnd {
        user: String,
    },
    /// The token is refused, and the client acknowledges the explanation.
    TokenRefused {
        mechanism: Mechanism,
        user: Option<String>,
    },
}

/// The state of an exchange after a line of the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A challenge, and the exchange that its answer continues.
    Ask(Reply, Exchange),
    /// The login succeeded, with this user name.
    Granted(String),
    /// The login failed.
    Denied(Denial),
}

/// Why a login failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) reply: Reply,
    /// The user name, if the client sent one.
    pub(crate) user: Option<String>,
    /// The reason for the server's log. The client must not learn whether a user exists, so the reply
    /// does not contain it; empty if the reply says it all.
    pub(crate) reason: &'static str,
}

impl From<Reply> for Denial {
    fn from(reply: Reply) -> Self {
        Self { reply, user: None, reason: "" }
    }
}

/// The users that may log in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logins<'a> {
    pub(crate) accounts: &'a [Account],
    /// Whether any other user may log in too, with any password.
    pub(crate) accept_any: bool,
}

/// Begins an exchange. The initial response `=` means an empty one (RFC 4954 §4).
pub(crate) fn begin(mechanism: Mechanism, initial: Option<&str>, logins: Logins<'_>) -> Progress {
    let exchange = match mechanism {
        Mechanism::Login => Exchange::LoginUser,
        mechanism => Exchange::First(mechanism),
    };
    match initial {
        Some("=") => advance(exchange, "", logins),
        Some(response) => advance(exchange, response, logins),
        None if mechanism == Mechanism::Login => Progress::Ask(reply::USER_NAME, exchange),
        None => Progress::Ask(reply::EMPTY_CHALLENGE, exchange),
    }
}

/// Continues an exchange with the client's answer to a challenge.
pub(crate) fn advance(exchange: Exchange, response: &str, logins: Logins<'_>) -> Progress {
    if response == "*" {
        return Progress::Denied(reply::AUTH_CANCELLED.into());
    }
    let Ok(bytes) = STANDARD.decode(response) else {
        return Progress::Denied(reply::BAD_BASE64.into());
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return Progress::Denied(reply::BAD_CREDENTIALS.into());
    };
    match exchange {
        Exchange::First(Mechanism::ScramSha256) => scram_challenge(&text),
        Exchange::First(mechanism @ (Mechanism::OAuthBearer | Mechanism::XOAuth2)) => {
            token(mechanism, &text, logins)
        }
        Exchange::First(_) => plain(&text, logins),
        Exchange::LoginUser => {
            Progress::Ask(reply::PASSWORD, Exchange::LoginPassword { user: text })
        }
        Exchange::LoginPassword { user } => check(&user, &text, logins),
        Exchange::ScramProof(challenge) => match challenge.verify(&text, logins.accounts) {
            Some((user, proof)) => Progress::Ask(challenge_of(&proof), Exchange::ScramEnd { user }),
            None => denied(challenge.user(), "wrong password, or there is no such user"),
        },
        Exchange::ScramEnd { user } if text.is_empty() => Progress::Granted(user),
        Exchange::TokenRefused { mechanism, user }
            if bearer::is_acknowledgement(mechanism, &text) =>
        {
            Progress::Denied(Denial {
                reply: reply::WRONG_TOKEN,
                user,
                reason: "wrong access token",
            })
        }
        Exchange::ScramEnd { .. } | Exchange::TokenRefused { .. } => {
            Progress::Denied(reply::BAD_CREDENTIALS.into())
        }
    }
}

/// Begins SCRAM. A user that does not exist gets a challenge too, so that users cannot be searched for.
fn scram_challenge(message: &str) -> Progress {
    let mut random = [0; 32];
    if getrandom::fill(&mut random).is_err() {
        return Progress::Denied(reply::CANNOT_AUTHENTICATE.into());
    }
    match scram::Challenge::new(message, random) {
        Some(challenge) => Progress::Ask(
            challenge_of(challenge.server_first()),
            Exchange::ScramProof(Box::new(challenge)),
        ),
        None => Progress::Denied(reply::BAD_CREDENTIALS.into()),
    }
}

fn challenge_of(message: &str) -> Reply {
    Reply::with_text(334, "", STANDARD.encode(message))
}

fn token(mechanism: Mechanism, message: &str, logins: Logins<'_>) -> Progress {
    let Some(message) = bearer::Message::parse(mechanism, message) else {
        return Progress::Denied(reply::BAD_CREDENTIALS.into());
    };
    match (message.check(logins.accounts), message.user()) {
        (Some(user), _) => Progress::Granted(user),
        (None, user) if logins.accept_any => Progress::Granted(user.unwrap_or_default().to_owned()),
        (None, user) => {
            let user = user.map(str::to_owned);
            let exchange = Exchange::TokenRefused { mechanism, user };
            Progress::Ask(bearer::explanation(mechanism), exchange)
        }
    }
}

/// Checks `[authzid] NUL authcid NUL passwd`. No user may act as another user.
fn plain(message: &str, logins: Logins<'_>) -> Progress {
    let parts: Vec<&str> = message.split('\0').collect();
    match parts[..] {
        [as_user, user, password] if as_user.is_empty() || as_user == user => {
            check(user, password, logins)
        }
        [_, user, _] => denied(user, "no user may act as another one"),
        _ => Progress::Denied(reply::BAD_CREDENTIALS.into()),
    }
}

fn check(user: &str, password: &str, logins: Logins<'_>) -> Progress {
    let mut accounts = logins.accounts.iter().filter(|account| account.user == user).peekable();
    let is_known = accounts.peek().is_some();
    let is_right = accounts.any(|account| account.password == password);
    match is_known {
        _ if is_right || logins.accept_any => Progress::Granted(user.to_owned()),
        true => denied(user, "wrong password"),
        false => denied(user, "there is no such user"),
    }
}

fn denied(user: &str, reason: &'static str) -> Progress {
    Progress::Denied(Denial { reply: reply::WRONG_PASSWORD, user: Some(user.to_owned()), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logins(accounts: &[Account]) -> Logins<'_> {
        Logins { accounts, accept_any: false }
    }

    fn accounts() -> [Account; 1] {
        [Account::new("user@example.test", "secret")]
    }

    fn log_in_with_plain(message: &str) -> Progress {
        begin(Mechanism::Plain, Some(&STANDARD.encode(message)), logins(&accounts()))
    }

    #[test]
    fn plain_checks_the_initial_response() {
        let granted = Progress::Granted("user@example.test".into());
        assert_eq!(log_in_with_plain("\0user@example.test\0secret"), granted);
        assert_eq!(log_in_with_plain("user@example.test\0user@example.test\0secret"), granted);
        for (wrong, user, reason) in [
            ("\0user@example.test\0Secret", "user@example.test", "wrong password"),
            ("\0\0", "", "there is no such user"),
            (
                "boss\0user@example.test\0secret",
                "user@example.test",
                "no user may act as another one",
            ),
        ] {
            assert_eq!(log_in_with_plain(wrong), denied(user, reason), "{wrong:?}");
        }
        assert_eq!(
            log_in_with_plain("user@example.test"),
            Progress::Denied(reply::BAD_CREDENTIALS.into())
        );
    }

    #[test]
    fn any_user_and_password_can_be_accepted() {
        let any = Logins { accounts: &[], accept_any: true };
        let message = STANDARD.encode("\0bob\0anything");
        assert_eq!(
            begin(Mechanism::Plain, Some(&message), any),
            Progress::Granted("bob".to_owned())
        );
        assert_eq!(
            begin(Mechanism::Plain, Some("="), any),
            Progress::Denied(reply::BAD_CREDENTIALS.into())
        );
    }

    #[test]
    fn login_asks_for_the_user_name_and_then_the_password() {
        let Progress::Ask(challenge, exchange) = begin(Mechanism::Login, None, logins(&accounts()))
        else {
            panic!("no challenge")
        };
        assert_eq!(challenge, reply::USER_NAME);
        let user = STANDARD.encode("user@example.test");
        let Progress::Ask(challenge, exchange) = advance(exchange, &user, logins(&accounts()))
        else {
            panic!("no second challenge")
        };
        assert_eq!(challenge, reply::PASSWORD);
        let end = advance(exchange, &STANDARD.encode("secret"), logins(&accounts()));
        assert_eq!(end, Progress::Granted("user@example.test".into()));
    }

    #[test]
    fn a_cancelled_or_malformed_response_is_denied() {
        let answer = |text| advance(Exchange::First(Mechanism::Plain), text, logins(&accounts()));
        assert_eq!(answer("*"), Progress::Denied(reply::AUTH_CANCELLED.into()));
        assert_eq!(answer("a b"), Progress::Denied(reply::BAD_BASE64.into()));
        assert_eq!(answer("YQ"), Progress::Denied(reply::BAD_BASE64.into()));
        assert_eq!(
            begin(Mechanism::Plain, Some("="), logins(&[])),
            Progress::Denied(reply::BAD_CREDENTIALS.into())
        );
    }
}

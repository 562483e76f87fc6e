//! Authentication (RFC 4954) with PLAIN (RFC 4616) and LOGIN.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Credentials, Error, Mechanism, Step};
use zeroize::Zeroizing;

use crate::{capabilities::Capabilities, command::Base64};

/// The maximum length of a command line in bytes, with its line end (RFC 5321 §4.5.3.1.4). An initial
/// response that does not fit is sent as the response to an empty challenge (RFC 4954 §4).
const MAX_COMMAND: usize = 512;

/// Chooses the mechanism: `asked` if it is set, or the first of [`Mechanism::ALL`] that the server offers.
///
/// # Errors
/// Returns an error if the server offers none of the candidates.
pub(crate) fn choose(
    asked: Option<Mechanism>,
    capabilities: &Capabilities,
) -> Result<Mechanism, Error> {
    let candidates = match &asked {
        Some(mechanism) => std::slice::from_ref(mechanism),
        None => Mechanism::ALL,
    };
    candidates
        .iter()
        .copied()
        .find(|mechanism| capabilities.offers(*mechanism))
        .ok_or_else(|| Error::no_mechanism(&capabilities.auth.join(" ")))
}

/// One AUTH exchange.
#[derive(Debug)]
pub(crate) struct Exchange {
    mechanism: Mechanism,
    credentials: Credentials,
    /// The number of responses sent so far, including an initial response.
    answered: usize,
}

impl Exchange {
    pub(crate) fn new(mechanism: Mechanism, credentials: Credentials) -> Self {
        Self { mechanism, credentials, answered: 0 }
    }

    /// Returns the initial response for the AUTH command: the whole message of PLAIN, and none for LOGIN,
    /// because not every server accepts one.
    pub(crate) fn initial_response(&mut self) -> Option<Base64> {
        if self.mechanism != Mechanism::Plain {
            return None;
        }
        let message = self.plain_message();
        if "AUTH PLAIN \r\n".len() + message.len() > MAX_COMMAND {
            return None;
        }
        self.answered = 1;
        Some(message)
    }

    /// Returns the response to a challenge. The text of LOGIN's challenges differs between servers, so the
    /// order decides: first the user, then the password.
    ///
    /// # Errors
    /// Returns an error if the challenge is not base64, or if there are too many challenges.
    pub(crate) fn respond(&mut self, challenge: &str) -> Result<Base64, Error> {
        if STANDARD.decode(challenge.trim()).is_err() {
            return Err(Error::not_smtp(Step::Auth, "the server's challenge is not base64"));
        }
        let response = match (self.mechanism, self.answered) {
            (Mechanism::Plain, 0) => self.plain_message(),
            (Mechanism::Login, 0) => Base64::encode(self.credentials.user().as_bytes()),
            (Mechanism::Login, 1) => {
                Base64::encode(self.credentials.password().reveal().as_bytes())
            }
            _ => return Err(Error::not_smtp(Step::Auth, "the server's challenges do not end")),
        };
        self.answered += 1;
        Ok(response)
    }

    /// Returns `[authzid] NUL authcid NUL passwd` (RFC 4616 §2) with an empty authzid: the identity is that
    /// of the user.
    fn plain_message(&self) -> Base64 {
        let (user, password) = (self.credentials.user(), self.credentials.password().reveal());
        // The capacity is exact: a vector that grows leaves a copy in memory that is not wiped.
        let mut message = Zeroizing::new(Vec::with_capacity(2 + user.len() + password.len()));
        message.push(0);
        message.extend_from_slice(user.as_bytes());
        message.push(0);
        message.extend_from_slice(password.as_bytes());
        Base64::encode(&message)
    }
}

#[cfg(test)]
mod tests {
    use mailer::{Kind, Reply};

    use super::*;

    fn exchange(mechanism: Mechanism, password: &str) -> Exchange {
        Exchange::new(mechanism, Credentials::new("tim", password).unwrap())
    }

    fn offering(mechanisms: &str) -> Capabilities {
        Capabilities::from_reply(&Reply::new(250, format!("mail.example.com\nAUTH {mechanisms}")))
    }

    #[test]
    fn plain_is_the_example_of_rfc_4616() {
        let response = exchange(Mechanism::Plain, "tanstaaftanstaaf").initial_response().unwrap();
        assert_eq!(response.as_str(), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
    }

    #[test]
    fn login_sends_user_then_password_and_refuses_a_third_challenge() {
        let mut login = exchange(Mechanism::Login, "secret");
        assert!(login.initial_response().is_none());
        assert_eq!(login.respond("VXNlcm5hbWU6").unwrap().as_str(), "dGlt");
        assert_eq!(login.respond("").unwrap().as_str(), "c2VjcmV0");
        assert_eq!(login.respond("UGFzc3dvcmQ6").unwrap_err().kind(), Kind::Protocol);
    }

    #[test]
    fn a_long_plain_response_waits_for_the_challenge() {
        let mut plain = exchange(Mechanism::Plain, &"x".repeat(400));
        assert!(plain.initial_response().is_none());
        assert!(plain.respond("").is_ok());
        assert!(plain.respond("").is_err());
    }

    #[test]
    fn a_challenge_must_be_base64() {
        assert_eq!(
            exchange(Mechanism::Login, "x").respond("!").unwrap_err().kind(),
            Kind::Protocol
        );
    }

    #[test]
    fn choose_returns_the_first_common_mechanism() {
        assert_eq!(choose(None, &offering("LOGIN PLAIN")).unwrap(), Mechanism::Plain);
        assert_eq!(choose(None, &offering("XOAUTH2 LOGIN")).unwrap(), Mechanism::Login);
        assert_eq!(
            choose(Some(Mechanism::Login), &offering("LOGIN PLAIN")).unwrap(),
            Mechanism::Login
        );
        for (asked, offered) in [(None, "XOAUTH2"), (Some(Mechanism::Login), "PLAIN")] {
            let error = choose(asked, &offering(offered)).unwrap_err();
            assert_eq!(error.kind(), Kind::Authentication);
            assert!(error.to_string().contains(offered));
        }
    }
}

//! Proving who is sending (RFC 4954), with PLAIN (RFC 4616) and LOGIN.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Credentials, Error, Mechanism, Step};
use zeroize::Zeroizing;

use crate::{capabilities::Capabilities, command::Base64};

/// Octets of a command line, line end included (RFC 5321 §4.5.3.1.4). An initial response that does
/// not fit is sent in answer to an empty challenge (RFC 4954 §4).
const MAX_COMMAND: usize = 512;

/// Chooses the mechanism: the one asked for, or the first of [`Mechanism::ALL`] that is offered.
///
/// # Errors
/// If none of them is offered.
pub(crate) fn choose(
    asked: Option<Mechanism>,
    capabilities: &Capabilities,
) -> Result<Mechanism, Error> {
    let candidates = match &asked {
        Some(mechanism) => std::slice::from_ref(mechanism),
        None => &Mechanism::ALL,
    };
    candidates
        .iter()
        .copied()
        .find(|mechanism| capabilities.offers(*mechanism))
        .ok_or_else(|| Error::no_mechanism(&capabilities.auth.join(" ")))
}

/// One run of a mechanism.
#[derive(Debug)]
pub(crate) struct Exchange {
    mechanism: Mechanism,
    credentials: Credentials,
    /// Challenges answered so far, an initial response included.
    answered: usize,
}

impl Exchange {
    pub(crate) fn new(mechanism: Mechanism, credentials: Credentials) -> Self {
        Self { mechanism, credentials, answered: 0 }
    }

    /// What goes into the AUTH line itself: all of PLAIN, and nothing of LOGIN, whose initial
    /// response not every server takes.
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

    /// The answer to a challenge. What LOGIN's challenges say differs from server to server, so they
    /// are told apart by their order: user, then password.
    ///
    /// # Errors
    /// If the challenge is not base64, or one too many.
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

    /// `[authzid] NUL authcid NUL passwd` (RFC 4616 §2), with no authzid: act as who you are.
    fn plain_message(&self) -> Base64 {
        let (user, password) = (self.credentials.user(), self.credentials.password().reveal());
        // Room for all of it at once: growing would leave a copy behind that nobody wipes.
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
    fn login_says_user_then_password_then_no_more() {
        let mut login = exchange(Mechanism::Login, "secret");
        assert!(login.initial_response().is_none());
        assert_eq!(login.respond("VXNlcm5hbWU6").unwrap().as_str(), "dGlt");
        assert_eq!(login.respond("").unwrap().as_str(), "c2VjcmV0");
        assert_eq!(login.respond("UGFzc3dvcmQ6").unwrap_err().kind(), Kind::Protocol);
    }

    #[test]
    fn a_long_plain_waits_for_the_challenge() {
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
    fn the_first_common_mechanism_is_taken() {
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

//! Authentication (RFC 4954) with SCRAM-SHA-256, PLAIN (RFC 4616), LOGIN, and access tokens.

mod bearer;
mod scram;

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Credentials, Error, Mechanism, Reply, Secret, Server, Step};
use zeroize::Zeroizing;

use self::scram::Scram;
use crate::{capabilities::Capabilities, command::Base64};

/// The maximum length of a command line in bytes, with its line end (RFC 5321 §4.5.3.1.4). An initial
/// response that does not fit is sent as the response to an empty challenge (RFC 4954 §4).
const MAX_COMMAND: usize = 512;

/// The length of SCRAM's nonce in random bytes.
const NONCE_BYTES: usize = 18;

/// Chooses the first mechanism that fits the credentials and that the server offers, among those from
/// number `from` on. Returns its number too.
///
/// # Errors
/// Returns an error if the server offers none of them.
pub(crate) fn choose(
    server: &Server,
    capabilities: &Capabilities,
    from: usize,
) -> Result<(usize, Mechanism), Error> {
    let usable = server.usable_mechanisms().enumerate().skip(from);
    let mut offered = usable.filter(|(_, mechanism)| capabilities.offers(*mechanism));
    offered.next().ok_or_else(|| Error::no_mechanism(&capabilities.auth.join(" ")))
}

/// Returns a new nonce for SCRAM.
///
/// # Errors
/// Returns an error if the system has no random numbers.
pub(crate) fn new_nonce() -> Result<String, Error> {
    let mut random = [0; NONCE_BYTES];
    getrandom::fill(&mut random).map_err(|cause| {
        let what = "the system has no random numbers, which SCRAM needs";
        Error::new(mailer::Kind::Internal, what).with_step(Step::Auth).with_cause(cause.to_string())
    })?;
    Ok(STANDARD.encode(random))
}

/// What the client sends in response to a challenge.
#[derive(Debug)]
pub(crate) enum Response {
    /// A response that may have a secret.
    Secret(Base64),
    /// A response without a secret: an empty one, `*`, which cancels the exchange (RFC 4954 §4), or the
    /// answer to the explanation of a refusal.
    Fixed(&'static str),
}

/// One AUTH exchange.
pub(crate) struct Exchange {
    /// Its number in [`Server::usable_mechanisms`].
    pub(crate) number: usize,
    mechanism: Mechanism,
    credentials: Credentials,
    state: State,
    /// The number of responses sent so far, including an initial response.
    answered: usize,
    /// The error for the refusal that is to follow, because the server has announced it.
    announced_refusal: Option<Error>,
    /// The challenge with which the server explained a refusal.
    explanation: Option<String>,
}

/// What only some mechanisms have.
enum State {
    Scram(Box<Scram>),
    /// The message with the access token.
    Bearer(Zeroizing<String>),
    Stateless,
    /// The exchange of a plan, whose server knows no password: the first message, and the number of empty responses
    /// that are left after it.
    Planned(String, usize),
}

impl Exchange {
    /// Begins an exchange. `nonce` is for SCRAM.
    pub(crate) fn new(
        number: usize,
        mechanism: Mechanism,
        server: &Server,
        credentials: &Credentials,
        nonce: impl FnOnce() -> Result<String, Error>,
    ) -> Result<Self, Error> {
        let state = match mechanism {
            Mechanism::ScramSha256 => State::Scram(Scram::new(credentials, nonce()?).into()),
            Mechanism::OAuthBearer | Mechanism::XOAuth2 => {
                State::Bearer(bearer::message(mechanism, server, credentials))
            }
            _ => State::Stateless,
        };
        Ok(Self {
            number,
            mechanism,
            credentials: credentials.clone(),
            state,
            answered: 0,
            announced_refusal: None,
            explanation: None,
        })
    }

    /// Turns it into an exchange for a plan, with the same first message and as many responses. A server that has no
    /// password cannot take part in SCRAM.
    pub(crate) fn for_plan(mut self) -> Self {
        if let State::Scram(scram) = &self.state {
            self.state = State::Planned(scram.first(), 2);
        }
        self
    }

    pub(crate) fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Whether the initial response is all that the client sends, and no challenge follows it (RFC 4954
    /// §4). A challenge follows a token that is refused.
    pub(crate) fn is_complete(&self) -> bool {
        self.mechanism == Mechanism::Plain && self.answered == 1
    }

    /// Returns the initial response for the AUTH command: the first message of each mechanism but LOGIN,
    /// because not every server accepts one there.
    pub(crate) fn initial_response(&mut self) -> Option<Base64> {
        if self.mechanism == Mechanism::Login {
            return None;
        }
        let message = self.first_message();
        if "AUTH  \r\n".len() + self.mechanism.name().len() + message.len() > MAX_COMMAND {
            return None;
        }
        self.answered = 1;
        Some(message)
    }

    /// Returns the response to a challenge. The text of LOGIN's challenges differs between servers, so the
    /// order decides: first the user, then the password.
    ///
    /// # Errors
    /// Returns an error if the challenge is invalid, or if there are too many challenges.
    pub(crate) fn respond(&mut self, challenge: &str) -> Result<Response, Error> {
        let Ok(decoded) = STANDARD.decode(challenge.trim()) else {
            return Err(Error::not_smtp(Step::Auth, "the server's challenge is not base64"));
        };
        if self.explanation.is_some() || self.announced_refusal.is_some() {
            return Err(endless());
        }
        let response = match (&mut self.state, self.mechanism, self.answered) {
            (_, Mechanism::Login, 0) => {
                Response::Secret(Base64::encode(self.credentials.user().as_bytes()))
            }
            (_, Mechanism::Login, 1) => {
                Response::Secret(Base64::encode(self.credentials.secret().reveal().as_bytes()))
            }
            (_, Mechanism::Login, _) => return Err(endless()),
            (_, _, 0) => Response::Secret(self.first_message()),
            (State::Planned(_, left), ..) if *left > 0 => {
                *left -= 1;
                Response::Secret(Base64::encode(b""))
            }
            (State::Planned(..), ..) => return Err(endless()),
            (State::Scram(scram), ..) => {
                let Ok(message) = std::str::from_utf8(&decoded) else {
                    return Err(Error::not_smtp(Step::Auth, "the server's challenge is not UTF-8"));
                };
                if let Some(reason) = scram::server_error(message) {
                    self.announced_refusal = Some(scram::refused(reason));
                    Response::Fixed("*")
                } else {
                    match scram.respond(message)? {
                        message if message.is_empty() => Response::Fixed(""),
                        message => Response::Secret(Base64::encode(message.as_bytes())),
                    }
                }
            }
            (State::Bearer(_), ..) => {
                self.explanation = Some(challenge.to_owned());
                Response::Fixed(bearer::answer_to_refusal(self.mechanism))
            }
            (State::Stateless, ..) => return Err(endless()),
        };
        self.answered += 1;
        Ok(response)
    }

    /// Checks that the server may report success now.
    ///
    /// # Errors
    /// Returns an error if the server has not proved that it knows the password, although the mechanism
    /// requires it, or if it has refused the access token before (RFC 7628 §3.2.3).
    pub(crate) fn check_success(&self) -> Result<(), Error> {
        match &self.state {
            State::Scram(scram) if !scram.is_verified() => {
                let what = "the server accepted the login without SCRAM's proof that it knows the password";
                Err(Error::not_smtp(Step::Auth, what)
                    .with_hint("distrust the server: it may be an impostor"))
            }
            _ if self.explanation.is_some() => Err(Error::not_smtp(
                Step::Auth,
                "the server accepted the access token after it had refused it",
            )),
            _ => Ok(()),
        }
    }

    /// Returns the error for the reply that refuses the login.
    pub(crate) fn refusal(&self, reply: &Reply) -> Error {
        match &self.announced_refusal {
            Some(error) if reply.is_permanent() => error.clone().with_reply(reply.clone()),
            _ if self.credentials.has_token() => {
                Error::token_refused(reply.clone(), self.explanation.as_deref())
            }
            _ => Error::refused(Step::Auth, reply.clone()),
        }
    }

    /// Returns the texts that were derived from the password since the last call, to be masked in replies.
    pub(crate) fn take_derived(&mut self) -> Vec<Secret> {
        match &mut self.state {
            State::Scram(scram) => scram.take_derived(),
            _ => Vec::new(),
        }
    }

    fn first_message(&self) -> Base64 {
        match &self.state {
            State::Scram(scram) => Base64::encode(scram.first().as_bytes()),
            State::Planned(first, _) => Base64::encode(first.as_bytes()),
            State::Bearer(message) => Base64::encode(message.as_bytes()),
            _ => self.plain_message(),
        }
    }

    /// Returns `[authzid] NUL authcid NUL passwd` (RFC 4616 §2) with an empty authzid: the identity is that
    /// of the user.
    fn plain_message(&self) -> Base64 {
        let (user, password) = (self.credentials.user(), self.credentials.secret().reveal());
        // The capacity is exact: a vector that grows leaves a copy in memory that is not wiped.
        let mut message = Zeroizing::new(Vec::with_capacity(2 + user.len() + password.len()));
        message.push(0);
        message.extend_from_slice(user.as_bytes());
        message.push(0);
        message.extend_from_slice(password.as_bytes());
        Base64::encode(&message)
    }
}

fn endless() -> Error {
    Error::not_smtp(Step::Auth, "the server's challenges do not end")
}

// Written by hand: the state has the message with the token.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("mechanism", &self.mechanism)
            .field("answered", &self.answered)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use mailer::Kind;

    use super::*;

    fn exchange(mechanism: Mechanism, secret: &str) -> Exchange {
        let credentials = match mechanism.takes_token() {
            true => Credentials::with_token("tim", secret),
            false => Credentials::new("tim", secret),
        };
        let server = "smtp://mail.example.com".parse().unwrap();
        Exchange::new(0, mechanism, &server, &credentials.unwrap(), new_nonce).unwrap()
    }

    /// Returns what is written in response to a challenge.
    fn respond(exchange: &mut Exchange, challenge: &str) -> Result<String, Error> {
        Ok(match exchange.respond(challenge)? {
            Response::Secret(response) => response.as_str().to_owned(),
            Response::Fixed(response) => response.to_owned(),
        })
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
        assert_eq!(respond(&mut login, "VXNlcm5hbWU6").unwrap(), "dGlt");
        assert_eq!(respond(&mut login, "").unwrap(), "c2VjcmV0");
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
    fn choose_returns_the_first_mechanism_that_server_and_credentials_have() {
        use Mechanism::{Login, OAuthBearer, Plain, ScramSha256, XOAuth2};
        let chosen = |credentials: &str, mechanisms: &[Mechanism], offered: &str, from| {
            let mut server: Server = "smtp://mail.example.com".parse().unwrap();
            server.credentials = Some(match credentials {
                "token" => Credentials::with_token("tim", "x").unwrap(),
                _ => Credentials::new("tim", "x").unwrap(),
            });
            server.mechanisms = mechanisms.to_vec();
            choose(&server, &offering(offered), from)
        };
        let all = Mechanism::ALL;
        for (credentials, mechanisms, offered, wanted) in [
            ("password", all, "LOGIN PLAIN SCRAM-SHA-256 OAUTHBEARER", ScramSha256),
            ("password", all, "LOGIN PLAIN SCRAM-SHA-256-PLUS SCRAM-SHA-1", Plain),
            ("password", all, "XOAUTH2 LOGIN", Login),
            ("password", &[Login], "LOGIN PLAIN", Login),
            ("token", all, "PLAIN XOAUTH2 OAUTHBEARER", OAuthBearer),
            ("token", all, "PLAIN XOAUTH2", XOAuth2),
            ("token", &[XOAuth2], "PLAIN XOAUTH2 OAUTHBEARER", XOAuth2),
        ] {
            let (number, mechanism) = chosen(credentials, mechanisms, offered, 0).unwrap();
            assert_eq!(mechanism, wanted, "{credentials}: {offered}");
            assert!(chosen(credentials, &[wanted], offered, 1).is_err(), "no other is left");
            let next = chosen(credentials, mechanisms, offered, number + 1);
            assert!(next.is_ok_and(|(_, next)| next != wanted) || offered.split(' ').count() < 4);
        }
        for (credentials, mechanisms, offered) in [
            ("password", all, "XOAUTH2"),
            ("password", &[Login], "PLAIN"),
            ("token", all, "PLAIN LOGIN"),
            ("token", &[Plain], "PLAIN OAUTHBEARER"),
        ] {
            let error = chosen(credentials, mechanisms, offered, 0).unwrap_err();
            assert_eq!(error.kind(), Kind::Authentication);
            assert!(error.to_string().contains(offered));
        }
    }

    #[test]
    fn a_refused_token_is_answered_as_its_mechanism_asks() {
        // {"status":"401"}
        let challenge = "eyJzdGF0dXMiOiI0MDEifQ==";
        for (mechanism, answer) in [(Mechanism::OAuthBearer, "AQ=="), (Mechanism::XOAuth2, "")] {
            let mut bearer = exchange(mechanism, "ya29.x");
            assert!(bearer.initial_response().is_some());
            assert_eq!(respond(&mut bearer, challenge).unwrap(), answer);
            let error = bearer.refusal(&Reply::new(535, "5.7.8 no"));
            assert_eq!(error.kind(), Kind::Authentication);
            assert!(error.to_string().contains("access token: status 401"), "{error}");
            assert_eq!(bearer.respond(challenge).unwrap_err().kind(), Kind::Protocol, "once only");
        }
    }

    #[test]
    fn a_long_token_waits_for_the_challenge() {
        let mut bearer = exchange(Mechanism::XOAuth2, &"x".repeat(400));
        assert!(bearer.initial_response().is_none());
        let response = respond(&mut bearer, "").unwrap();
        assert!(STANDARD.decode(response).unwrap().starts_with(b"user=tim\x01auth=Bearer xxx"));
        assert_eq!(respond(&mut bearer, "").unwrap(), "", "a refusal without an explanation");
    }

    #[test]
    fn scram_may_not_succeed_before_the_server_has_proved_itself() {
        let mut scram = exchange(Mechanism::ScramSha256, "pencil");
        assert!(scram.initial_response().is_some() && !scram.is_complete());
        assert_eq!(scram.check_success().unwrap_err().kind(), Kind::Protocol);
        assert_eq!(exchange(Mechanism::Plain, "x").check_success().ok(), Some(()));
    }

    #[test]
    fn an_error_of_scram_cancels_the_exchange() {
        let mut scram = exchange(Mechanism::ScramSha256, "pencil");
        scram.initial_response();
        let challenge = STANDARD.encode("e=unknown-user");
        assert_eq!(respond(&mut scram, &challenge).unwrap(), "*");
        let error = scram.refusal(&Reply::new(501, "5.7.0 cancelled"));
        assert_eq!(error.kind(), Kind::Authentication);
        assert!(error.to_string().contains("unknown-user"), "{error}");
        assert!(scram.check_success().is_err());
        assert_eq!(scram.refusal(&Reply::new(454, "later")).kind(), Kind::Temporary);
    }

    #[test]
    fn debug_shows_no_secret() {
        for mechanism in Mechanism::ALL {
            let mut exchange = exchange(*mechanism, "tanstaaf");
            exchange.initial_response();
            assert!(!format!("{exchange:?}").contains("tanstaaf"));
        }
    }
}

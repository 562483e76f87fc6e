//! The opening: from the first byte until mails can be sent.

use mailer::{Credentials, Error, Reply, Security, Step};

use super::{
    Session,
    codes::UNKNOWN_MECHANISM,
    stage::{Stage, Trigger},
};
use crate::{
    Capabilities,
    auth::{self, Exchange, Response},
    command::Command,
};

impl Session {
    /// Waits for the TLS handshake if TLS is implicit (RFC 8314 §3.3), and otherwise for the greeting.
    pub(super) fn begin(&mut self) {
        if self.server.security == Security::Implicit {
            return self.move_on(Trigger::ImplicitTls);
        }
        self.move_on(Trigger::PlainText);
        self.expect_greeting();
    }

    /// Reports that the TLS handshake has succeeded. The session forgets what it learned before
    /// (RFC 3207 §4.2).
    pub fn secured(&mut self) {
        self.inside_tls = true;
        self.capabilities = Capabilities::default();
        if self.server.security == Security::Implicit {
            self.move_on(Trigger::Secured);
            self.expect_greeting();
        } else {
            self.move_on(Trigger::SecuredByStartTls);
            self.send_ehlo();
        }
    }

    /// The greeting answers no command, so it is due at once.
    fn expect_greeting(&mut self) {
        self.replies.push(Step::Greeting, self.out.end());
    }

    /// Whether an EHLO that is sent now repeats an earlier one inside TLS.
    pub(super) fn is_second_ehlo(&self) -> bool {
        self.inside_tls && self.server.security != Security::Implicit
    }

    /// Handles a reply of the opening; `shown` is the same reply with the password masked.
    pub(super) fn handle_opening_reply(&mut self, step: Step, reply: &Reply, shown: &Reply) {
        match step {
            Step::Greeting if accepts(step, reply) => {
                self.move_on(Trigger::Greeted);
                self.send_ehlo();
            }
            // A server that accepts only HELO has no extensions (RFC 5321 §4.1.4).
            Step::Ehlo if accepts(step, reply) && self.stage == Stage::Helo => self.authenticate(),
            Step::Ehlo | Step::EhloAgain if accepts(step, reply) => self.learn_capabilities(reply),
            Step::Ehlo if reply.is_permanent() && self.may_send_helo() => self.send_helo(),
            Step::StartTls if accepts(step, reply) => self.start_tls(),
            Step::Auth if reply.code == 334 => self.answer_challenge(reply, shown),
            Step::Auth if accepts(step, reply) => self.finish_auth(shown),
            Step::Auth => self.refuse_auth(reply, shown),
            _ => self.give_up(Error::refused(step, shown.clone())),
        }
    }

    fn send_ehlo(&mut self) {
        let server = self.server.clone();
        self.send(&Command::Ehlo(&server.hello));
    }

    /// HELO is enough if neither TLS nor AUTH is needed.
    fn may_send_helo(&self) -> bool {
        let needs_extensions = self.server.needs_starttls() || self.server.credentials.is_some();
        self.stage == Stage::Ehlo && !needs_extensions
    }

    fn send_helo(&mut self) {
        self.move_on(Trigger::EhloRefused);
        let server = self.server.clone();
        self.send(&Command::Helo(&server.hello));
    }

    fn learn_capabilities(&mut self, reply: &Reply) {
        self.capabilities = Capabilities::from_reply(reply);
        if self.inside_tls {
            return self.authenticate();
        }
        match self.server.security {
            Security::Required | Security::Opportunistic if self.capabilities.starttls => {
                self.move_on(Trigger::StartTlsOffered);
                self.send(&Command::StartTls);
            }
            _ if self.server.needs_starttls() => {
                self.give_up(Error::starttls_not_offered(&self.server));
            }
            _ => self.authenticate(),
        }
    }

    /// Requires that the next bytes are TLS. Bytes that arrived in the clear after the 220 were injected
    /// by an attacker, to pass as a reply inside TLS (response injection).
    fn start_tls(&mut self) {
        if self.reader.has_leftover() {
            let what = "bytes outside TLS follow the 220 to STARTTLS";
            let hint = "distrust the path: an attacker may be changing the server's replies";
            return self.fail(Error::not_smtp(Step::StartTls, what).with_hint(hint));
        }
        self.move_on(Trigger::StartTlsAccepted);
    }

    fn authenticate(&mut self) {
        let Some(credentials) = self.server.credentials.clone() else {
            return self.finish_opening(Trigger::NoUser);
        };
        self.begin_auth(&credentials, 0, Trigger::UserGiven);
    }

    /// Begins an exchange with the first mechanism from this number on that the server offers.
    fn begin_auth(&mut self, credentials: &Credentials, from: usize, trigger: Trigger) {
        let server = self.server.clone();
        let begun =
            auth::choose(&server, &self.capabilities, from).and_then(|(number, mechanism)| {
                Exchange::new(number, mechanism, &server, credentials, || match &self.nonce {
                    Some(nonce) => Ok(nonce.clone()),
                    None => auth::new_nonce(),
                })
            });
        let mut exchange = match begun {
            Ok(exchange) if self.is_plan => exchange.for_plan(),
            Ok(exchange) => exchange,
            Err(error) => return self.give_up(error),
        };
        self.move_on(trigger);
        let mechanism = exchange.mechanism();
        let initial_response = exchange.initial_response();
        let is_complete = exchange.is_complete();
        self.exchange = Some(exchange);
        self.send(&Command::Auth { mechanism, initial_response });
        if is_complete && self.may_pipeline_auth() {
            self.become_ready(Trigger::AuthPipelined);
        }
    }

    fn answer_challenge(&mut self, reply: &Reply, shown: &Reply) {
        let Some(exchange) = &mut self.exchange else {
            return self.give_up(Error::refused(Step::Auth, shown.clone()));
        };
        let response = exchange.respond(&reply.text);
        for secret in exchange.take_derived() {
            self.mask.add_derived(&secret);
        }
        match response {
            Ok(response) => {
                self.move_on(Trigger::Challenged);
                self.send(&match response {
                    Response::Secret(response) => Command::AuthResponse(response),
                    Response::Fixed(response) => Command::AuthFixed(response),
                });
            }
            Err(error) => self.fail(error.with_reply(shown.clone())),
        }
    }

    fn finish_auth(&mut self, shown: &Reply) {
        match self.exchange.as_ref().map_or(Ok(()), Exchange::check_success) {
            Ok(()) => self.finish_opening(Trigger::Authenticated),
            Err(error) => self.fail(error.with_reply(shown.clone())),
        }
    }

    /// Tries the next mechanism if the server does not know this one. Any other refusal is final: a second
    /// wrong password could lock the account.
    fn refuse_auth(&mut self, reply: &Reply, shown: &Reply) {
        let Some(exchange) = &self.exchange else {
            return self.give_up(Error::refused(Step::Auth, shown.clone()));
        };
        match self.server.credentials.clone() {
            Some(credentials) if self.may_try_next_mechanism(reply) => {
                let next = exchange.number + 1;
                self.begin_auth(&credentials, next, Trigger::MechanismUnknown);
            }
            _ => {
                let refusal = exchange.refusal(shown);
                self.give_up(refusal);
            }
        }
    }

    /// Whether this refusal means that the server does not know the mechanism, and another one is left.
    pub(super) fn may_try_next_mechanism(&self, refusal: &Reply) -> bool {
        let is_left = |exchange: &Exchange| {
            auth::choose(&self.server, &self.capabilities, exchange.number + 1).is_ok()
        };
        refusal.code == UNKNOWN_MECHANISM && self.exchange.as_ref().is_some_and(is_left)
    }

    fn finish_opening(&mut self, trigger: Trigger) {
        self.become_ready(trigger);
        self.opened();
    }

    /// Notes that the server accepts mails. The credentials are not needed any more.
    pub(super) fn opened(&mut self) {
        self.exchange = None;
        self.connection.reached_mail = true;
    }

    fn become_ready(&mut self, trigger: Trigger) {
        self.move_on(trigger);
        self.grouping = self.pipelining.flow.with(&self.capabilities);
    }
}

/// Whether this reply accepts the step. The first digit decides, as for mails: 2yz accepts, whatever the rest of an
/// unexpected code (RFC 5321 §4.2.1), and Postfix, curl and lettre accept the same. Two steps need more:
///
/// - EHLO: x2z is about the connection (§4.2.1), so 220 is a second greeting, and all further replies would belong
///   to the wrong command.
/// - STARTTLS: TLS follows only the 220 that RFC 3207 §4 names.
fn accepts(step: Step, reply: &Reply) -> bool {
    match step {
        Step::StartTls => reply.code == 220,
        Step::Ehlo | Step::EhloAgain => reply.is_positive() && reply.code / 10 != 22,
        _ => reply.is_positive(),
    }
}

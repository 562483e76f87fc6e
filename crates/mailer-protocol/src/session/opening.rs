//! From the first byte until the server would take MAIL.

use mailer::{Error, Reply, Security, Step};

use super::{Session, Stage};
use crate::{
    Capabilities,
    auth::{self, Exchange},
    command::Command,
};

impl Session {
    /// TLS first (RFC 8314 §3.3), or the greeting.
    pub(super) fn begin(&mut self) {
        if self.server.security == Security::Implicit {
            self.stage = Stage::StartingTls;
        } else {
            self.await_greeting();
        }
    }

    /// The TLS handshake is done. All that was learnt before it is forgotten (RFC 3207 §4.2).
    pub fn secured(&mut self) {
        self.inside_tls = true;
        self.stage = Stage::Opening;
        self.capabilities = Capabilities::default();
        if self.server.security == Security::Implicit {
            self.await_greeting();
        } else {
            self.say_ehlo();
        }
    }

    /// Nothing has to be said for it.
    fn await_greeting(&mut self) {
        self.owed.push_back(Step::Greeting);
        self.replies_due += 1;
    }

    /// Whether an EHLO said now is the one inside TLS that follows another before it.
    pub(super) fn is_second_ehlo(&self) -> bool {
        self.inside_tls && self.server.security != Security::Implicit
    }

    /// Acts on a reply; `shown` is what may be shown of it.
    pub(super) fn take_opening_reply(&mut self, step: Step, reply: &Reply, shown: &Reply) {
        match step {
            Step::Greeting if reply.code == 220 => self.say_ehlo(),
            Step::Ehlo | Step::EhloAgain if reply.code == 250 => self.take_capabilities(reply),
            Step::Ehlo if reply.is_permanent() && self.may_say_helo() => self.say_helo(),
            Step::StartTls if reply.code == 220 => self.start_tls(),
            Step::Auth if reply.code == 334 => self.answer_challenge(reply, shown),
            Step::Auth if reply.is_positive() => self.be_opened(),
            _ => self.give_up(Error::refused(step, shown.clone())),
        }
    }

    fn say_ehlo(&mut self) {
        let server = self.server.clone();
        self.say(&Command::Ehlo(&server.hello));
    }

    /// A server that knows no EHLO has no extensions (RFC 5321 §4.1.4): HELO is enough where
    /// neither TLS nor AUTH is wanted.
    fn may_say_helo(&self) -> bool {
        !self.helo_said && !self.server.needs_starttls() && self.server.credentials.is_none()
    }

    fn say_helo(&mut self) {
        self.helo_said = true;
        let server = self.server.clone();
        self.say(&Command::Helo(&server.hello));
    }

    fn take_capabilities(&mut self, reply: &Reply) {
        if !self.helo_said {
            self.capabilities = Capabilities::from_reply(reply);
        }
        if self.inside_tls {
            return self.authenticate();
        }
        match self.server.security {
            Security::Required | Security::Opportunistic if self.capabilities.starttls => {
                self.say(&Command::StartTls);
            }
            _ if self.server.needs_starttls() => {
                self.give_up(Error::starttls_not_offered(&self.server));
            }
            _ => self.authenticate(),
        }
    }

    /// The next bytes must be TLS. What already came in the clear was put there by somebody who
    /// wants it taken for a reply inside TLS ("response injection").
    fn start_tls(&mut self) {
        if self.replies.has_leftover() {
            return self.fail(
                Error::not_smtp(Step::StartTls, "bytes in the clear follow the 220 to STARTTLS")
                    .with_hint("distrust the path: somebody may be changing what the server says"),
            );
        }
        self.stage = Stage::StartingTls;
    }

    fn authenticate(&mut self) {
        let Some(credentials) = self.server.credentials.clone() else {
            return self.be_opened();
        };
        let mechanism = match auth::choose(self.server.mechanism, &self.capabilities) {
            Ok(mechanism) => mechanism,
            Err(error) => return self.give_up(error),
        };
        let mut exchange = Exchange::new(mechanism, credentials);
        let initial_response = exchange.initial_response();
        self.exchange = Some(exchange);
        let says_all = initial_response.is_some();
        self.say(&Command::Auth { mechanism, initial_response });
        if says_all && self.mails_may_join_auth() {
            self.be_ready();
        }
    }

    fn answer_challenge(&mut self, reply: &Reply, shown: &Reply) {
        let Some(exchange) = &mut self.exchange else {
            return self.give_up(Error::refused(Step::Auth, shown.clone()));
        };
        match exchange.respond(&reply.text) {
            Ok(response) => self.say(&Command::AuthResponse(response)),
            Err(error) => self.fail(error.with_reply(shown.clone())),
        }
    }

    fn be_opened(&mut self) {
        self.be_ready();
        self.reached_mail = true;
    }

    fn be_ready(&mut self) {
        // Drops the credentials that the exchange held.
        self.exchange = None;
        self.flow = self.flow.with(&self.capabilities);
        self.stage = Stage::Ready;
    }
}

//! A case: the script of a hostile server, the client that sends to it, and the expected result.

use std::time::Duration;

use mailer::{Credentials, Kind, Mail, Mechanism, Outcome, Security, Server, Step, Timeouts};
use mailer_backends::Flow;
use mailer_server::Script;
use mailer_tests::mails;

/// The client's time-out at the step at which the server stalls.
pub(crate) const SHORT: Duration = Duration::from_millis(500);
/// The client's time-out at all other steps, long enough for a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(10);

/// The user name, unless the case is about passwords.
pub(crate) const USER: &str = "ann";
pub(crate) const PASSWORD: &str = "sesame";
pub(crate) const TO: &str = "bob@example.test";

/// Every flow but `auto`, which chooses one of these.
pub(crate) const FLOWS: &[Flow] =
    &[Flow::Lockstep, Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed];
/// The flows that use DATA.
pub(crate) const BY_DATA: &[Flow] = &[Flow::Lockstep, Flow::Pipelined, Flow::Overlapped];
/// The flows that use BDAT.
pub(crate) const BY_BDAT: &[Flow] = &[Flow::Chunked, Flow::Streamed];
/// The backends of a case that is for raw only.
pub(crate) const RAW: &[&str] = &["raw"];

/// The script of a hostile server, the client that sends to it, and the expected result.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The RFC, paper, advisory or third-party test that the case comes from.
    pub(crate) source: &'static str,
    script: Box<dyn Fn(Flow) -> Script + Send + Sync>,
    pub(crate) security: Security,
    pub(crate) login: Option<(String, String)>,
    pub(crate) mechanism: Option<Mechanism>,
    /// The step at which the server stalls.
    stalled: Option<Step>,
    pub(crate) mails: Vec<Mail>,
    /// The flows of a backend that has flows.
    pub(crate) flows: &'static [Flow],
    /// The backends that run the case; `None` for all.
    pub(crate) backends: Option<&'static [&'static str]>,
    /// The expected result of each message.
    pub(crate) expected: Vec<Expected>,
    /// The expected error of closing, if the case checks it.
    pub(crate) closing: Option<Option<(Kind, Step)>>,
    /// Texts that raw's error must contain.
    pub(crate) error_contains: &'static [&'static str],
    /// Texts that the client must send.
    pub(crate) client_sends: Vec<String>,
    /// Prefixes that no line of the client may have.
    pub(crate) client_never_sends: &'static [&'static str],
    /// Whether the client may send something that the script does not expect.
    pub(crate) may_deviate: bool,
    /// Whether the server must receive exactly one content per message.
    pub(crate) content_arrives: bool,
    /// Whether the client must send each command separately.
    pub(crate) without_groups: bool,
    /// What the server does, as a row of docs/errors.md describes it.
    pub(crate) documented_as: Option<String>,
}

/// The expected result of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) outcome: Outcome,
    pub(crate) error: Option<(Kind, Step)>,
}

pub(crate) const ACCEPTED: Expected = Expected { outcome: Outcome::Accepted, error: None };

pub(crate) const fn partial(kind: Kind) -> Expected {
    Expected { outcome: Outcome::Partial, error: Some((kind, Step::Recipient)) }
}

pub(crate) const fn rejected(kind: Kind, step: Step) -> Expected {
    Expected { outcome: Outcome::Rejected, error: Some((kind, step)) }
}

pub(crate) const fn not_sent(kind: Kind, step: Step) -> Expected {
    Expected { outcome: Outcome::NotSent, error: Some((kind, step)) }
}

pub(crate) const fn unknown(kind: Kind, step: Step) -> Expected {
    Expected { outcome: Outcome::Unknown, error: Some((kind, step)) }
}

impl Case {
    /// Returns a case in which this server accepts a small message, without TLS and login.
    pub(crate) fn new(name: impl Into<String>, source: &'static str, script: Script) -> Self {
        Self::by_flow(name, source, move |_| script.clone()).flows(&[Flow::Auto])
    }

    /// Returns such a case with a server whose script depends on the flow.
    pub(crate) fn by_flow(
        name: impl Into<String>,
        source: &'static str,
        script: impl Fn(Flow) -> Script + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            source,
            script: Box::new(script),
            security: Security::None,
            login: None,
            mechanism: None,
            stalled: None,
            mails: vec![mails::small(&[TO])],
            flows: FLOWS,
            backends: None,
            expected: vec![ACCEPTED],
            closing: None,
            error_contains: &[],
            client_sends: Vec::new(),
            client_never_sends: &[],
            may_deviate: false,
            content_arrives: false,
            without_groups: false,
            documented_as: None,
        }
    }

    pub(crate) fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    /// Requires STARTTLS, and logs in.
    pub(crate) fn secured(self) -> Self {
        self.security(Security::Required).logs_in()
    }

    pub(crate) fn security(self, security: Security) -> Self {
        Self { security, ..self }
    }

    pub(crate) fn logs_in(self) -> Self {
        self.logs_in_as(USER, PASSWORD)
    }

    pub(crate) fn logs_in_as(self, user: &str, password: &str) -> Self {
        Self { login: Some((user.to_owned(), password.to_owned())), ..self }
    }

    pub(crate) fn mechanism(self, mechanism: Mechanism) -> Self {
        Self { mechanism: Some(mechanism), ..self }
    }

    /// Whether the secret of the login is an access token.
    pub(crate) fn takes_token(&self) -> bool {
        self.mechanism.is_some_and(Mechanism::takes_token)
    }

    /// Makes the client's time-out short at this step, at which the server stalls.
    pub(crate) fn stalled(self, step: Step) -> Self {
        Self { stalled: Some(step), ..self }
    }

    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled.is_some()
    }

    pub(crate) fn sends(self, mails: impl Into<Vec<Mail>>) -> Self {
        Self { mails: mails.into(), ..self }
    }

    pub(crate) fn flows(self, flows: &'static [Flow]) -> Self {
        Self { flows, ..self }
    }

    pub(crate) fn backends(self, names: &'static [&'static str]) -> Self {
        Self { backends: Some(names), ..self }
    }

    /// Sets the expected result of each message.
    pub(crate) fn expects(mut self, expected: impl Into<Vec<Expected>>) -> Self {
        self.expected = expected.into();
        self
    }

    pub(crate) fn closing(self, closing: Option<(Kind, Step)>) -> Self {
        Self { closing: Some(closing), ..self }
    }

    pub(crate) fn error_contains(self, error_contains: &'static [&'static str]) -> Self {
        Self { error_contains, ..self }
    }

    pub(crate) fn client_sends(mut self, line: impl Into<String>) -> Self {
        self.client_sends.push(line.into());
        self
    }

    pub(crate) fn client_never_sends(self, client_never_sends: &'static [&'static str]) -> Self {
        Self { client_never_sends, ..self }
    }

    /// Whether the client may send something that the script does not expect.
    pub(crate) fn may_deviate(self) -> Self {
        Self { may_deviate: true, ..self }
    }

    /// Requires that the server receives exactly one content per message.
    pub(crate) fn content_arrives(self) -> Self {
        Self { content_arrives: true, ..self }
    }

    /// Requires that the client sends each command separately.
    pub(crate) fn without_groups(self) -> Self {
        Self { without_groups: true, ..self }
    }

    /// Gives the case a row in docs/errors.md that begins with this text.
    pub(crate) fn documented_as(self, what: impl Into<String>) -> Self {
        Self { documented_as: Some(what.into()), ..self }
    }

    pub(crate) fn script(&self, flow: Flow) -> Script {
        (self.script)(flow)
    }

    /// Sets the client's credentials, mechanism and time-outs.
    pub(crate) fn configure(&self, server: &mut Server, has_deadlines: bool) {
        if let Some((user, secret)) = &self.login {
            server.credentials = match self.takes_token() {
                true => Credentials::with_token(user, secret.as_str()).ok(),
                false => Credentials::new(user, secret.as_str()).ok(),
            };
        }
        server.mechanisms.retain(|mechanism| self.mechanism.is_none_or(|only| only == *mechanism));
        server.timeouts = match self.stalled {
            Some(step) if has_deadlines => short_at(step),
            // Without separate deadlines the one time-out must be the short one.
            Some(_) => Timeouts::all(SHORT),
            None => Timeouts::all(LONG),
        };
    }
}

/// Returns long time-outs, and a short one for this step.
fn short_at(step: Step) -> Timeouts {
    let mut limits = Timeouts::all(LONG);
    let limit = match step {
        Step::Prepare | Step::Connect => &mut limits.connect,
        Step::Greeting => &mut limits.greeting,
        Step::Tls => &mut limits.tls,
        Step::Mail | Step::Recipient => &mut limits.envelope,
        Step::Data => &mut limits.data,
        Step::Content => &mut limits.block,
        Step::EndOfData => &mut limits.end_of_data,
        Step::Quit => &mut limits.quit,
        Step::Ehlo | Step::EhloAgain | Step::StartTls | Step::Auth | Step::Reset | Step::Noop => {
            &mut limits.command
        }
    };
    *limit = SHORT;
    limits
}

/// A server that greets, and serves until a line begins with this text.
pub(crate) fn until(prefix: &str) -> Script {
    greets().serve_until(prefix)
}

/// A server that greets.
pub(crate) fn greets() -> Script {
    Script::new().reply("220 mail.example.test ESMTP")
}

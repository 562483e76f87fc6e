//! A case: the behaviour of a server, the messages to send, and the expected result.

use std::time::Duration;

use libtest_mimic::Failed;
use mailer::{
    ClientCertificate, Credentials, Kind, Mail, Mailer, Mechanism, Outcome, Security, Server, Step,
    Timeouts, TlsLibrary,
};
use mailer_backends::Flow;
use mailer_server::{Config, Fault, Point};
use mailer_tests::{contender::Contender, mails};

use crate::testbed::Testbed;

/// The time-out of each step of an impatient client.
pub(crate) const SHORT: Duration = Duration::from_millis(400);
/// How long a silent server waits: longer than any trial may take.
pub(crate) const FOREVER: Duration = Duration::from_secs(60);

/// The modes in which a session is inside TLS.
pub(crate) const INSIDE_TLS: &[Security] =
    &[Security::Required, Security::Implicit, Security::Opportunistic];
/// The modes in which the client sends STARTTLS.
pub(crate) const BY_STARTTLS: &[Security] = &[Security::Required, Security::Opportunistic];

/// The behaviour of a server, the messages to send, and the expected result.
pub(crate) struct Case {
    /// What the server does, as a verb phrase.
    pub(crate) name: String,
    /// The modes of security to which the case applies.
    pub(crate) modes: &'static [Security],
    /// The flows to which the case applies; a backend without flows has [`Flow::Auto`].
    flows: &'static [Flow],
    /// Whether AUTH shares the first flight and QUIT the last, in backends with flows.
    pub(crate) joins: bool,
    /// Changes to the configuration of [`mailer_lab::embedded::config`].
    server: Vec<Change<Config>>,
    /// The faults of the server.
    faults: Vec<Fault>,
    /// Changes to the client's server of [`mailer_lab::embedded::reach`].
    client: Vec<Change<Server>>,
    /// The AUTH mechanism that a backend must have for the case.
    mechanism: Option<Mechanism>,
    /// Whether the client presents a certificate.
    presents_certificate: bool,
    /// Whether the case is about TLS, so that it runs in every flow with every TLS library.
    pub(crate) about_tls: bool,
    pub(crate) act: Act,
    /// Whether the client opens its connection before the first message.
    pub(crate) opens: bool,
    /// Whether the client sends each message separately, the second after the first session has ended.
    pub(crate) separately: bool,
    pub(crate) result: ExpectedResult,
    /// The stored content of the first message, where it differs from the given content.
    pub(crate) arrives_as: Option<Vec<u8>>,
    /// The modes in which any message may be offered again, because the operating system decides which
    /// separate writes arrive together.
    pub(crate) may_be_offered_again: &'static [Security],
    /// Commands that the client must not send.
    pub(crate) client_never_sends: &'static [&'static str],
    /// The full text of the reply in the first receipt.
    pub(crate) answer: Option<&'static str>,
}

type Change<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// What the client does.
pub(crate) enum Act {
    /// Sends messages, and checks the result.
    Send(Vec<Mail>),
    /// Runs a function, which checks its own result.
    Script(Script),
}

/// Uses a mailer, and returns what is wrong.
pub(crate) type Script = fn(&Testbed, &mut dyn Mailer) -> Result<(), Failed>;

/// The expected result of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpectedResult {
    /// One for each message.
    pub(crate) expected: Vec<Expected>,
    /// How many line ends a stored draft has at its end.
    pub(crate) last_line_ends: usize,
}

/// The expected result of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) outcome: Outcome,
    pub(crate) error: Option<(Kind, Step)>,
    /// Whether the server stores it.
    pub(crate) stored: bool,
    pub(crate) offered_again: bool,
}

pub(crate) const ACCEPTED: Expected =
    Expected { outcome: Outcome::Accepted, error: None, stored: true, offered_again: false };

pub(crate) const fn partial(kind: Kind) -> Expected {
    Expected { outcome: Outcome::Partial, error: Some((kind, Step::Recipient)), ..ACCEPTED }
}

pub(crate) const fn rejected(kind: Kind, step: Step) -> Expected {
    Expected { outcome: Outcome::Rejected, error: Some((kind, step)), stored: false, ..ACCEPTED }
}

pub(crate) const fn not_sent(kind: Kind, step: Step) -> Expected {
    Expected { outcome: Outcome::NotSent, ..rejected(kind, step) }
}

/// The expected result if the end of the message got no reply.
pub(crate) const fn unknown(kind: Kind) -> Expected {
    unknown_at(kind, Step::EndOfData)
}

/// The expected result if the end of the message was sent, and this earlier step got no reply.
pub(crate) const fn unknown_at(kind: Kind, step: Step) -> Expected {
    Expected { outcome: Outcome::Unknown, ..rejected(kind, step) }
}

impl Expected {
    /// Expects that the server stores the message.
    pub(crate) const fn but_stored(self) -> Self {
        Self { stored: true, ..self }
    }

    /// Expects that the message is sent on a second connection.
    pub(crate) const fn offered_again(self) -> Self {
        Self { offered_again: true, ..self }
    }
}

impl Case {
    /// Returns a case in which the server accepts one small message, in every mode.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            modes: Security::ALL,
            flows: Flow::ALL,
            joins: false,
            server: Vec::new(),
            faults: Vec::new(),
            client: Vec::new(),
            mechanism: None,
            presents_certificate: false,
            about_tls: false,
            act: Act::Send(vec![mails::small(&["bob@example.test"])]),
            opens: false,
            separately: false,
            result: ExpectedResult { expected: vec![ACCEPTED], last_line_ends: 1 },
            arrives_as: None,
            may_be_offered_again: &[],
            client_never_sends: &[],
            answer: None,
        }
    }

    /// Returns a case that runs a function.
    pub(crate) fn script(name: impl Into<String>, script: Script) -> Self {
        Self { act: Act::Script(script), ..Self::new(name) }
    }

    pub(crate) fn modes(self, modes: &'static [Security]) -> Self {
        Self { modes, ..self }
    }

    /// Lets the client present this certificate. Backends that cannot leave the case out.
    pub(crate) fn presents(self, certificate: Option<ClientCertificate>) -> Self {
        let case = self.client(move |server| server.client_certificate.clone_from(&certificate));
        Self { presents_certificate: true, ..case }
    }

    pub(crate) fn about_tls(self) -> Self {
        Self { about_tls: true, ..self }
    }

    pub(crate) fn flows(self, flows: &'static [Flow]) -> Self {
        Self { flows, ..self }
    }

    pub(crate) fn joined(self) -> Self {
        Self { joins: true, ..self }
    }

    pub(crate) fn server(mut self, change: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        self.server.push(Box::new(change));
        self
    }

    pub(crate) fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    pub(crate) fn client(mut self, change: impl Fn(&mut Server) + Send + Sync + 'static) -> Self {
        self.client.push(Box::new(change));
        self
    }

    /// Lets the client log in by this mechanism only, which the server offers. Backends without it leave the
    /// case out.
    pub(crate) fn logs_in_by(self, mechanism: Mechanism) -> Self {
        let case = self
            .server(move |config| {
                config.profile = config.profile.clone().with_mechanism(mechanism.name());
            })
            .client(move |server| {
                server.mechanisms = vec![mechanism];
                server.credentials =
                    server.credentials.as_ref().and_then(|known| fitting(mechanism, known));
            });
        Self { mechanism: Some(mechanism), ..case }
    }

    /// Removes the credentials, and does not require AUTH.
    pub(crate) fn without_credentials(self) -> Self {
        self.server(|config| config.auth_required = Some(false))
            .client(|server| server.credentials = None)
    }

    /// Gives the client a short time-out for each step.
    pub(crate) fn impatient(self) -> Self {
        self.client(|server| server.timeouts = Timeouts::all(SHORT))
    }

    /// Sends one small message to these recipients.
    pub(crate) fn to(self, recipients: &[&str]) -> Self {
        self.sends([mails::small(recipients)])
    }

    pub(crate) fn sends(self, mails: impl Into<Vec<Mail>>) -> Self {
        Self { act: Act::Send(mails.into()), ..self }
    }

    /// Opens the connection before the first message.
    pub(crate) fn opened(self) -> Self {
        Self { opens: true, ..self }
    }

    /// Sends each message separately, the second after the first session has ended.
    pub(crate) fn separately(self) -> Self {
        Self { separately: true, ..self }
    }

    pub(crate) fn expects(mut self, expected: impl Into<Vec<Expected>>) -> Self {
        self.result.expected = expected.into();
        self
    }

    pub(crate) fn arrives_as(self, content: impl Into<Vec<u8>>) -> Self {
        Self { arrives_as: Some(content.into()), ..self }
    }

    pub(crate) fn may_be_offered_again(self, modes: &'static [Security]) -> Self {
        Self { may_be_offered_again: modes, ..self }
    }

    pub(crate) fn client_never_sends(self, commands: &'static [&'static str]) -> Self {
        Self { client_never_sends: commands, ..self }
    }

    pub(crate) fn answer(self, text: &'static str) -> Self {
        Self { answer: Some(text), ..self }
    }

    /// Returns whether the case applies to a contender. A flow that uses BDAT never reaches a fault at DATA.
    ///
    /// A case that is not about TLS is the same with either library, so with rustls it runs in one flow only.
    pub(crate) fn applies_to(&self, contender: Contender) -> bool {
        let flow = contender.flow;
        let has = |mechanism: &Mechanism| contender.backend.mechanisms.contains(mechanism);
        if !self.mechanism.as_ref().is_none_or(has) {
            return false;
        }
        let reaches_all = !flow.chunks() || self.faults.iter().all(|fault| fault.at != Point::Data);
        if self.presents_certificate && !contender.has_client_certificates() {
            return false;
        }
        let is_needed = contender.library == TlsLibrary::default()
            || self.about_tls
            || flow == self.sample_flow(contender);
        self.flows.contains(&flow) && reaches_all && is_needed
    }

    /// Returns the flow that stands for all: the default one where the case has it.
    fn sample_flow(&self, contender: Contender) -> Flow {
        let has_default = !contender.backend.has_flows || self.flows.contains(&Flow::Auto);
        let first = self.flows.first().copied().unwrap_or_default();
        if has_default { Flow::Auto } else { first }
    }

    pub(crate) fn change_server(&self, config: &mut Config) {
        self.server.iter().for_each(|change| change(config));
        config.faults.clone_from(&self.faults);
    }

    pub(crate) fn change_client(&self, server: &mut Server) {
        self.client.iter().for_each(|change| change(server));
    }
}

/// Returns the same user and secret as the kind of credentials that a mechanism needs.
pub(crate) fn fitting(mechanism: Mechanism, known: &Credentials) -> Option<Credentials> {
    let (user, secret) = (known.user(), known.secret().clone());
    match mechanism.takes_token() {
        true => Credentials::with_token(user, secret).ok(),
        false => Credentials::new(user, secret).ok(),
    }
}

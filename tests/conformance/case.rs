//! A case: how a server behaves, what is sent to it, and what should become of that.

use std::time::Duration;

use libtest_mimic::Failed;
use mailer::{Kind, Mail, Mailer, Outcome, Security, Server, Step, Timeouts};
use mailer_backends::Flow;
use mailer_server::{Config, Extension, Fault, Point};
use mailer_tests::mails;

use crate::scene::Scene;

/// How long an impatient client waits for each step.
pub(crate) const SHORT: Duration = Duration::from_millis(400);
/// Longer than any trial may take: how long a server keeps silent.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(60);

/// The modes in which a session is inside TLS.
pub(crate) const INSIDE_TLS: &[Security] =
    &[Security::Required, Security::Implicit, Security::Opportunistic];
/// The modes in which STARTTLS is said.
pub(crate) const BY_STARTTLS: &[Security] = &[Security::Required, Security::Opportunistic];

/// How a server behaves, what is sent to it, and what should become of that.
pub(crate) struct Case {
    /// What the server does, as a sentence without a subject.
    pub(crate) name: String,
    /// In which modes of security it makes sense.
    pub(crate) modes: &'static [Security],
    /// In which flows it makes sense; a backend without flows has [`Flow::Auto`].
    flows: &'static [Flow],
    /// Whether AUTH joins the first flight and QUIT the last, in backends with flows.
    pub(crate) joins: bool,
    /// What is otherwise with the server than in [`mailer_lab::embedded::config`].
    server: Vec<Change<Config>>,
    /// What it does at a point.
    faults: Vec<Fault>,
    /// What is otherwise with the client than in [`mailer_lab::embedded::reach`].
    client: Vec<Change<Server>>,
    pub(crate) act: Act,
    /// The mailer is opened before the first mail.
    pub(crate) opens: bool,
    /// Each mail is sent by itself, when the server has ended the first session.
    pub(crate) apart: bool,
    pub(crate) want: Want,
    /// What is stored of the first mail, if it is not what was given.
    pub(crate) arrives_as: Option<Vec<u8>>,
    /// In which modes any mail may have been offered again, because it is the system's to say which
    /// of the bytes that leave apart arrive together.
    pub(crate) may_be_offered_again: &'static [Security],
    /// Commands that no client may say.
    pub(crate) unsaid: &'static [&'static str],
    /// The text of the reply that the first receipt has, whole.
    pub(crate) answer: Option<&'static str>,
}

type Change<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// What is done with the server.
pub(crate) enum Act {
    /// These mails are sent, and what became of them is judged.
    Send(Vec<Mail>),
    /// Something that is no list of mails; it judges itself.
    Script(Script),
}

/// Does something with a mailer, and says what is wrong.
pub(crate) type Script = fn(&Scene, &mut dyn Mailer) -> Result<(), Failed>;

/// What should become of the mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Want {
    /// Of each mail.
    pub(crate) fates: Vec<Fate>,
    /// How many line ends a draft has at its end, as it is stored.
    pub(crate) last_line_ends: usize,
}

/// What should become of one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) outcome: Outcome,
    pub(crate) error: Option<(Kind, Step)>,
    /// Whether the server has it in the end.
    pub(crate) stored: bool,
    pub(crate) offered_again: bool,
}

pub(crate) const ACCEPTED: Fate =
    Fate { outcome: Outcome::Accepted, error: None, stored: true, offered_again: false };

pub(crate) const fn partial(kind: Kind) -> Fate {
    Fate { outcome: Outcome::Partial, error: Some((kind, Step::Recipient)), ..ACCEPTED }
}

pub(crate) const fn rejected(kind: Kind, step: Step) -> Fate {
    Fate { outcome: Outcome::Rejected, error: Some((kind, step)), stored: false, ..ACCEPTED }
}

pub(crate) const fn not_sent(kind: Kind, step: Step) -> Fate {
    Fate { outcome: Outcome::NotSent, ..rejected(kind, step) }
}

/// Its end was sent and not answered.
pub(crate) const fn unknown(kind: Kind) -> Fate {
    unknown_at(kind, Step::EndOfData)
}

/// Its end was sent, and not even this step was answered.
pub(crate) const fn unknown_at(kind: Kind, step: Step) -> Fate {
    Fate { outcome: Outcome::Unknown, ..rejected(kind, step) }
}

impl Fate {
    /// The same, and the server has the mail.
    pub(crate) const fn but_stored(self) -> Self {
        Self { stored: true, ..self }
    }

    /// The same, on a second connection.
    pub(crate) const fn offered_again(self) -> Self {
        Self { offered_again: true, ..self }
    }
}

impl Case {
    /// A server that takes everything is sent one small mail, in every mode, and takes it.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            modes: Security::ALL,
            flows: Flow::ALL,
            joins: false,
            server: Vec::new(),
            faults: Vec::new(),
            client: Vec::new(),
            act: Act::Send(vec![mails::small(&["bob@example.test"])]),
            opens: false,
            apart: false,
            want: Want { fates: vec![ACCEPTED], last_line_ends: 1 },
            arrives_as: None,
            may_be_offered_again: &[],
            unsaid: &[],
            answer: None,
        }
    }

    /// A case that is no list of mails.
    pub(crate) fn script(name: impl Into<String>, script: Script) -> Self {
        Self { act: Act::Script(script), ..Self::new(name) }
    }

    pub(crate) fn modes(self, modes: &'static [Security]) -> Self {
        Self { modes, ..self }
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

    /// Nobody logs in, and nobody has to.
    pub(crate) fn without_credentials(self) -> Self {
        self.server(|config| config.auth_required = Some(false))
            .client(|server| server.credentials = None)
    }

    /// The client waits for each step a short time only.
    pub(crate) fn impatient(self) -> Self {
        self.client(|server| server.timeouts = Timeouts::all(SHORT))
    }

    /// One small mail to these.
    pub(crate) fn to(self, recipients: &[&str]) -> Self {
        self.sends([mails::small(recipients)])
    }

    pub(crate) fn sends(self, mails: impl Into<Vec<Mail>>) -> Self {
        Self { act: Act::Send(mails.into()), ..self }
    }

    /// The mailer is opened before the first mail.
    pub(crate) fn opened(self) -> Self {
        Self { opens: true, ..self }
    }

    /// Each mail is sent by itself, when the server has ended the first session.
    pub(crate) fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    pub(crate) fn fates(mut self, fates: impl Into<Vec<Fate>>) -> Self {
        self.want.fates = fates.into();
        self
    }

    pub(crate) fn arrives_as(self, content: impl Into<Vec<u8>>) -> Self {
        Self { arrives_as: Some(content.into()), ..self }
    }

    pub(crate) fn may_be_offered_again(self, modes: &'static [Security]) -> Self {
        Self { may_be_offered_again: modes, ..self }
    }

    pub(crate) fn unsaid(self, commands: &'static [&'static str]) -> Self {
        Self { unsaid: commands, ..self }
    }

    pub(crate) fn answer(self, text: &'static str) -> Self {
        Self { answer: Some(text), ..self }
    }

    /// Whether a client that uses this flow is meant, and gets to where the server misbehaves: not to
    /// DATA if it says BDAT.
    pub(crate) fn happens_in(&self, flow: Flow) -> bool {
        let reaches_all = !flow.chunks() || self.faults.iter().all(|fault| fault.at != Point::Data);
        self.flows.contains(&flow) && reaches_all
    }

    pub(crate) fn change_server(&self, config: &mut Config, flow: Flow) {
        self.server.iter().for_each(|change| change(config));
        let by_chunks = flow.chunks() && config.profile.extensions.contains(&Extension::Chunking);
        config.faults = self.faults.iter().map(|fault| met(by_chunks, fault)).collect();
    }

    pub(crate) fn change_client(&self, server: &mut Server) {
        self.client.iter().for_each(|change| change(server));
    }
}

/// The fault where a client meets it: the end of the data is that of a chunk if it says BDAT.
fn met(by_chunks: bool, fault: &Fault) -> Fault {
    match fault.at {
        Point::EndOfData if by_chunks => Fault { at: Point::Bdat, ..fault.clone() },
        _ => fault.clone(),
    }
}

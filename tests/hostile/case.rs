//! A case: what a hostile server does, who meets it, and what should become of the mail.

use std::time::Duration;

use mailer::{Credentials, Kind, Mail, Mechanism, Outcome, Security, Server, Step, Timeouts};
use mailer_backends::Flow;
use mailer_server::Script;
use mailer_tests::mails;

/// How long a client waits at the step that a server stalls.
pub(crate) const SHORT: Duration = Duration::from_millis(500);
/// How long it waits at all others, on a machine with other things to do too.
const LONG: Duration = Duration::from_secs(10);

/// Who logs in, unless the case is about passwords.
pub(crate) const USER: &str = "ann";
pub(crate) const PASSWORD: &str = "sesame";
pub(crate) const TO: &str = "bob@example.test";

/// Every flow but the one that is one of the others.
pub(crate) const FLOWS: &[Flow] =
    &[Flow::Lockstep, Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed];
/// The flows that say DATA.
pub(crate) const BY_DATA: &[Flow] = &[Flow::Lockstep, Flow::Pipelined, Flow::Overlapped];
/// The flows that say BDAT.
pub(crate) const BY_BDAT: &[Flow] = &[Flow::Chunked, Flow::Streamed];
/// What a case is for that is not for all backends.
pub(crate) const RAW: &[&str] = &["raw"];

/// What a hostile server does, who meets it, and what should become of the mail.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The RFC, the paper, the advisory or the other project's test that it is from.
    pub(crate) source: &'static str,
    script: Box<dyn Fn(Flow) -> Script + Send + Sync>,
    pub(crate) security: Security,
    pub(crate) login: Option<(String, String)>,
    pub(crate) mechanism: Option<Mechanism>,
    /// The step at which the server takes its time.
    stalled: Option<Step>,
    pub(crate) mails: Vec<Mail>,
    /// Who has flows meets it in these.
    pub(crate) flows: &'static [Flow],
    /// Who meets it; `None` for everyone.
    pub(crate) backends: Option<&'static [&'static str]>,
    /// What should become of the mails.
    pub(crate) fates: Vec<Fate>,
    /// What closing comes to, if it is looked at.
    pub(crate) closing: Option<Option<(Kind, Step)>>,
    /// What raw's error has to say.
    pub(crate) says: &'static [&'static str],
    /// What the client must say, in lines that hold this.
    pub(crate) said: Vec<String>,
    /// What no line of the client may begin with.
    pub(crate) unsaid: &'static [&'static str],
    /// The client may say something else than the script expects.
    pub(crate) may_deviate: bool,
    /// As many contents arrive as mails are sent, and no other.
    pub(crate) arrives: bool,
    /// No two commands share a flight.
    pub(crate) one_by_one: bool,
    /// What the server did, for who reads the table of errors.
    pub(crate) told: Option<String>,
}

/// What should become of one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) outcome: Outcome,
    pub(crate) error: Option<(Kind, Step)>,
}

pub(crate) const ACCEPTED: Fate = Fate { outcome: Outcome::Accepted, error: None };

pub(crate) const fn partial(kind: Kind) -> Fate {
    Fate { outcome: Outcome::Partial, error: Some((kind, Step::Recipient)) }
}

pub(crate) const fn rejected(kind: Kind, step: Step) -> Fate {
    Fate { outcome: Outcome::Rejected, error: Some((kind, step)) }
}

pub(crate) const fn not_sent(kind: Kind, step: Step) -> Fate {
    Fate { outcome: Outcome::NotSent, error: Some((kind, step)) }
}

pub(crate) const fn unknown(kind: Kind, step: Step) -> Fate {
    Fate { outcome: Outcome::Unknown, error: Some((kind, step)) }
}

impl Case {
    /// A small mail to this server in the clear, from nobody in particular, which is accepted.
    pub(crate) fn new(name: impl Into<String>, source: &'static str, script: Script) -> Self {
        Self::by_flow(name, source, move |_| script.clone()).flows(&[Flow::Auto])
    }

    /// The same to a server that meets each flow in its own way.
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
            fates: vec![ACCEPTED],
            closing: None,
            says: &[],
            said: Vec::new(),
            unsaid: &[],
            may_deviate: false,
            arrives: false,
            one_by_one: false,
            told: None,
        }
    }

    pub(crate) fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    /// With STARTTLS required, and a password.
    pub(crate) fn secured(self) -> Self {
        self.by(Security::Required).logs_in()
    }

    pub(crate) fn by(self, security: Security) -> Self {
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

    /// The server takes its time at this step, and the client does not.
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

    /// What becomes of the mails.
    pub(crate) fn ends(mut self, fates: impl Into<Vec<Fate>>) -> Self {
        self.fates = fates.into();
        self
    }

    pub(crate) fn closing(self, closing: Option<(Kind, Step)>) -> Self {
        Self { closing: Some(closing), ..self }
    }

    pub(crate) fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    pub(crate) fn said(mut self, line: impl Into<String>) -> Self {
        self.said.push(line.into());
        self
    }

    pub(crate) fn unsaid(self, unsaid: &'static [&'static str]) -> Self {
        Self { unsaid, ..self }
    }

    /// The client may say something else than the script expects.
    pub(crate) fn may_deviate(self) -> Self {
        Self { may_deviate: true, ..self }
    }

    /// As many contents arrive as mails are sent, and no other.
    pub(crate) fn arrives(self) -> Self {
        Self { arrives: true, ..self }
    }

    /// No two commands share a flight.
    pub(crate) fn one_by_one(self) -> Self {
        Self { one_by_one: true, ..self }
    }

    /// Has a row in the table of errors, which begins with this.
    pub(crate) fn told(self, what: impl Into<String>) -> Self {
        Self { told: Some(what.into()), ..self }
    }

    pub(crate) fn script(&self, flow: Flow) -> Script {
        (self.script)(flow)
    }

    /// What the client is told, but where the server is.
    pub(crate) fn set_up(&self, server: &mut Server, has_deadlines: bool) {
        if let Some((user, password)) = &self.login {
            server.credentials = Credentials::new(user.as_str(), password.as_str()).ok();
        }
        server.mechanism = self.mechanism;
        server.timeouts = match self.stalled {
            Some(step) if has_deadlines => short_at(step),
            // One time-out for everything would be the longest.
            Some(_) => Timeouts::all(SHORT),
            None => Timeouts::all(LONG),
        };
    }
}

/// Long limits but for this step.
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

/// A server that greets, and serves until this comes.
pub(crate) fn until(prefix: &str) -> Script {
    greets().serve_until(prefix)
}

/// A server that greets.
pub(crate) fn greets() -> Script {
    Script::new().reply("220 mail.example.test ESMTP")
}

//! What the backends do where a broken dialogue goes wrong: observed in sessions with an embedded server.

use std::time::{Duration, Instant};

use mailer::{Credentials, Error, HelloName, Mail, Security, Server, Step};
use mailer_compare::{
    EventKind, Experiment,
    observation::{DialogueLine, Observation, Speaker, Turn},
};
use mailer_lab::{Contender, embedded};
use mailer_link::Direction;
use mailer_server::{Config, EmbeddedServer, Fault, Point, Store};

use crate::{
    breaks::{Break, Situation},
    dialogue::WRONG,
};

/// How long a late greeting takes: long enough to see that a client waits for it.
const LATE: Duration = Duration::from_millis(200);

/// What a backend did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Handling {
    /// The name of the backend.
    pub backend: String,
    /// The part of its dialogue that shows it.
    pub lines: Vec<DialogueLine>,
    /// What was measured or reported, in a sentence.
    pub result: String,
}

impl Break {
    /// Returns the situation of the sessions that [`handling`](Self::handling) observes, in a sentence.
    #[must_use]
    pub fn situation(&self) -> &'static str {
        match self.situation {
            Situation::LateGreeting => "The embedded server greets 200 ms late.",
            Situation::InTheClear => "A session without TLS, so that every byte can be counted.",
            Situation::StartTls => "A session with STARTTLS.",
            Situation::WrongPassword => "The same wrong login, given to the backend.",
            Situation::NoRecipient => "The embedded server refuses the only recipient.",
            Situation::LoneDot => "The same letter with the lone dot, given to the backend.",
        }
    }

    /// Sends `mail` with each backend to an embedded server in the situation of this fault, and returns what
    /// each did. The clients give the name `hello`. The mail must have one recipient, and a body with a lone dot.
    ///
    /// # Errors
    /// If the embedded server or the link cannot be started. What goes wrong in a session is its result.
    pub fn handling(
        &self,
        backends: &[Contender],
        mail: &Mail,
        hello: &HelloName,
    ) -> Result<Vec<Handling>, Error> {
        let security = match self.situation {
            Situation::InTheClear => Security::None,
            _ => Security::Required,
        };
        let config = self.situation.config(embedded::config(security), mail);
        let (embedded, mut server) =
            embedded::start_with(config.with_store(Store::Memory), security)?;
        self.situation.change(&mut server)?;
        server.hello = hello.clone();
        let experiment = Experiment::new(&server, mail).keep_packets(true);
        let mut all = Vec::new();
        for backend in backends {
            let comparison = experiment.run(std::slice::from_ref(backend))?;
            for observation in &comparison.observations {
                all.push(Handling {
                    backend: observation.backend.clone(),
                    lines: self.situation.lines(&observation.dialogue()),
                    result: self.situation.result(observation, &embedded),
                });
            }
        }
        Ok(all)
    }
}

impl Situation {
    fn config(self, config: Config, mail: &Mail) -> Config {
        match (self, mail.envelope().recipients().first()) {
            (Self::LateGreeting, _) => {
                config.with_fault(Fault::at(Point::Greeting).delay(LATE).proceed())
            }
            (Self::NoRecipient, Some(address)) => {
                config.with_refused_recipient(address.to_string())
            }
            _ => config,
        }
    }

    fn change(self, server: &mut Server) -> Result<(), Error> {
        if self == Self::WrongPassword {
            server.credentials = Some(Credentials::new(WRONG.0, WRONG.1)?);
        }
        Ok(())
    }

    /// Returns the lines of the dialogue that show what happened.
    fn lines(self, dialogue: &[Turn]) -> Vec<DialogueLine> {
        let is_shown = |step: Step| match self {
            Self::LateGreeting => matches!(step, Step::Greeting | Step::Ehlo),
            Self::InTheClear => step == Step::Ehlo,
            Self::StartTls => matches!(step, Step::StartTls | Step::Tls | Step::EhloAgain),
            Self::WrongPassword => matches!(step, Step::Auth | Step::Mail | Step::Quit),
            Self::NoRecipient => step > Step::Auth,
            Self::LoneDot => matches!(step, Step::Content | Step::EndOfData),
        };
        let turns = dialogue.iter().filter(|turn| is_shown(turn.step));
        turns.flat_map(|turn| self.lines_of(turn)).collect()
    }

    fn lines_of(self, turn: &Turn) -> Vec<DialogueLine> {
        let is_ehlo = matches!(turn.step, Step::Ehlo | Step::EhloAgain);
        // Of the reply to EHLO, the first line is enough.
        let mut lines = turn.lines.clone();
        let mut replies = 0;
        lines.retain(|line| {
            replies += usize::from(line.speaker == Speaker::Server);
            !is_ehlo || line.speaker != Speaker::Server || replies == 1
        });
        if self == Self::LoneDot && turn.step == Step::Content {
            let dot = lines.iter().position(|line| line.text.starts_with('.')).unwrap_or(0);
            lines = lines.into_iter().skip(dot.saturating_sub(1)).take(3).collect();
        }
        lines
    }

    fn result(self, observation: &Observation, embedded: &EmbeddedServer) -> String {
        match self {
            Self::LateGreeting => late_greeting(observation),
            Self::InTheClear => line_ends(observation),
            Self::StartTls => how_often("EHLO", sent(observation, "EHLO")),
            Self::WrongPassword => {
                let logins = sent(observation, "AUTH ");
                let mails = sent(observation, "MAIL ");
                let (logins, mails) = (how_often("AUTH", logins), how_often("MAIL", mails));
                format!("{}. {logins}, {mails}", outcome(observation))
            }
            Self::NoRecipient => {
                let data = how_often("DATA", sent(observation, "DATA"));
                format!("{}. {data}", outcome(observation))
            }
            Self::LoneDot => lone_dot(&embedded::take_contents(embedded)),
        }
    }
}

/// Returns how many commands begin with this.
fn sent(observation: &Observation, begin: &str) -> usize {
    let commands = observation.events.iter().filter(
        |event| matches!(&event.kind, EventKind::Sent { line, .. } if line.starts_with(begin)),
    );
    commands.count()
}

fn how_often(command: &str, count: usize) -> String {
    match count {
        0 => format!("{command} was never sent"),
        1 => format!("{command} was sent once"),
        2 => format!("{command} was sent twice"),
        count => format!("{command} was sent {count} times"),
    }
}

/// Returns the outcome and the error, as the backend reports them.
fn outcome(observation: &Observation) -> String {
    let receipt = &observation.receipt;
    let outcome = receipt.outcome.name().replace('_', " ");
    match &receipt.error {
        Some(error) => format!("{outcome}: {error}"),
        None => outcome,
    }
}

fn late_greeting(observation: &Observation) -> String {
    let at = |wanted: &dyn Fn(&EventKind) -> bool| {
        let event = observation.events.iter().find(|event| wanted(&event.kind));
        event.map(|event| event.at)
    };
    let greeting = at(&|kind| matches!(kind, EventKind::Received { step: Step::Greeting, .. }));
    let ehlo = at(&|kind| matches!(kind, EventKind::Sent { .. }));
    let ms = |at: Instant| observation.since_start(at).as_secs_f64() * 1e3;
    match (greeting, ehlo) {
        (Some(greeting), Some(ehlo)) if greeting <= ehlo => {
            format!("the greeting came after {:.0} ms, and EHLO was written after it", ms(greeting))
        }
        (greeting, ehlo) => format!(
            "EHLO at {:.0} ms, greeting at {:.0} ms",
            ehlo.map_or(0.0, ms),
            greeting.map_or(0.0, ms)
        ),
    }
}

/// Counts the line ends in what the client wrote.
fn line_ends(observation: &Observation) -> String {
    let connections = observation.connections.iter().flatten();
    let packets = connections.flat_map(|connection| &connection.packets);
    let bytes: Vec<u8> = packets
        .filter(|packet| packet.direction == Direction::Out)
        .flat_map(|packet| packet.bytes.iter().copied())
        .collect();
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let complete = bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
    match lines - complete {
        0 => format!("{lines} lines sent in the whole session, and all {lines} end with CR LF"),
        bare => format!("{bare} of {lines} lines end without CR"),
    }
}

/// Describes what became of the lone dot.
fn lone_dot(stored: &[Vec<u8>]) -> String {
    let Some(content) = stored.first() else { return "the server stored nothing".to_owned() };
    let text = String::from_utf8_lossy(content);
    let mut lines = text.lines().skip_while(|line| *line != ".");
    match (lines.next(), lines.next()) {
        (Some(_), Some(after)) => {
            format!("the server stored the line with one dot, and after it: {after}")
        }
        _ => "the line with the dot is not in what the server stored".to_owned(),
    }
}

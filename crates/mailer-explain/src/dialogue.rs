//! Runs a broken dialogue with a server.

use std::time::Duration;

use mailer::{Credentials, Envelope, Error, Server, Step};
use mailer_compare::observation::DialogueLine;
use mailer_lab::embedded;
use mailer_server::EmbeddedServer;

use crate::{
    breaks::{Break, Sent, Start},
    client::{Answer, Client},
};

/// The longest wait for the reply to a broken line. The server owes none for some of them.
const WAIT: Duration = Duration::from_secs(10);

/// The user and the password of a login that is meant to fail. No account has them.
pub(crate) const WRONG: (&str, &str) = ("learner@example.test", "not-this-one");

/// Where a broken dialogue goes to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Target<'a> {
    /// The server.
    pub server: &'a Server,
    /// The sender and the recipient.
    pub envelope: &'a Envelope,
    /// A message in lines that end with CR LF, in which one line is a lone dot.
    pub content: &'a [u8],
    /// The embedded server, if the server is one: it shows what it stored.
    pub inbox: Option<&'a EmbeddedServer>,
}

impl<'a> Target<'a> {
    /// Returns the target on a server whose mailboxes cannot be read.
    #[must_use]
    pub fn new(server: &'a Server, envelope: &'a Envelope, content: &'a [u8]) -> Self {
        Self { server, envelope, content, inbox: None }
    }

    /// Returns the target on an embedded server.
    #[must_use]
    pub fn with_inbox(self, inbox: &'a EmbeddedServer) -> Self {
        Self { inbox: Some(inbox), ..self }
    }
}

/// A broken dialogue as it went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BrokenDialogue {
    /// The steps that went as usual, in order.
    pub before: Vec<Step>,
    /// What both sides sent then. Secrets are masked.
    pub lines: Vec<DialogueLine>,
    /// The contents that the embedded server stored; `None` for any other server.
    pub stored: Option<Vec<Vec<u8>>>,
}

impl BrokenDialogue {
    /// Returns the codes of the replies to what was broken, in order; 0 for a line that is no reply.
    #[must_use]
    pub fn codes(&self) -> Vec<u16> {
        use mailer_compare::observation::Speaker;
        let replies = self.lines.iter().filter(|line| line.speaker == Speaker::Server);
        let last = replies.filter(|line| line.text.get(3..4) != Some("-"));
        last.map(|line| line.text.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0))
            .collect()
    }
}

impl Break {
    /// Runs the broken dialogue on a connection of its own, and ends it with QUIT.
    ///
    /// # Errors
    /// Returns the error that a backend would report, if the dialogue does not get as far as the fault: the
    /// server cannot be reached, its certificate is not trusted, or it refuses the login.
    pub fn run(&self, target: &Target<'_>) -> Result<BrokenDialogue, Error> {
        let mut server = target.server.clone();
        if self.start == Start::WrongPassword {
            server.credentials = Some(Credentials::new(WRONG.0, WRONG.1)?);
        }
        if let Some(inbox) = target.inbox {
            // What was stored before does not count.
            let _ = embedded::take_contents(inbox);
        }
        let mut client = Client::connect(&server)?;
        client.follow(self.start)?;
        let login = client.first(Step::Auth).filter(|_| self.start == Start::WrongPassword);
        let broken = login.unwrap_or(client.count());
        let mut run = Run { client, target, server: &server, last: None };
        self.sends.iter().try_for_each(|sent| run.send(*sent))?;
        run.quit()?;
        let mut lines = run.client.into_lines();
        let after = lines.split_off(broken.min(lines.len()));
        let mut before: Vec<Step> = lines.into_iter().map(|(step, _)| step).collect();
        before.dedup();
        Ok(BrokenDialogue {
            before,
            lines: after.into_iter().map(|(_, line)| line).collect(),
            stored: target.inbox.map(embedded::take_contents),
        })
    }
}

/// A broken dialogue that is running.
struct Run<'a> {
    client: Client<'a>,
    target: &'a Target<'a>,
    server: &'a Server,
    /// The end of the last wait.
    last: Option<Answer>,
}

impl Run<'_> {
    fn send(&mut self, sent: Sent) -> Result<(), Error> {
        if self.last == Some(Answer::Closed) {
            return Ok(());
        }
        match sent {
            Sent::Line(template, replies) => {
                // An empty content ends what the server waits for, and delivers nothing: it has no recipient.
                self.withdraw(354, ".\r\n")?;
                self.withdraw(334, "*\r\n")?;
                let line = self.filled(template);
                let step = step(&line);
                self.send_and_wait(step, line.as_bytes(), replies)
            }
            Sent::Content(replies) if self.last == Some(Answer::Reply(354)) => {
                let content = [self.target.content, b".\r\n"].concat();
                self.send_and_wait(Step::EndOfData, &content, replies)
            }
            Sent::Content(_) => {
                self.client.remark(Step::Data, "no content is sent: the server did not ask for it");
                Ok(())
            }
        }
    }

    fn send_and_wait(&mut self, step: Step, bytes: &[u8], replies: usize) -> Result<(), Error> {
        self.client.send(step, bytes)?;
        (0..replies).for_each(|_| self.wait(step));
        Ok(())
    }

    fn wait(&mut self, step: Step) {
        if matches!(self.last, Some(Answer::Closed | Answer::Silence)) {
            return;
        }
        let wait = WAIT.min(self.server.timeouts.command);
        let answer = self.client.answer(step, wait);
        match answer {
            Answer::Silence => {
                let text = format!("no reply within {} s", wait.as_secs_f64());
                self.client.remark(step, text);
            }
            Answer::Closed => self.client.remark(step, "the server closed the connection"),
            // With these codes the server closes the connection, whatever it answers (RFC 5321 §3.8).
            Answer::Reply(221 | 421) => {
                self.last = Some(Answer::Closed);
                return;
            }
            Answer::Reply(_) => {}
        }
        self.last = Some(answer);
    }

    /// Answers a reply that asks for more than the next line.
    fn withdraw(&mut self, code: u16, line: &str) -> Result<(), Error> {
        if self.last != Some(Answer::Reply(code)) {
            return Ok(());
        }
        let step = if code == 354 { Step::EndOfData } else { Step::Auth };
        self.send_and_wait(step, line.as_bytes(), 1)
    }

    /// Ends the session in order. What else the server has to say comes before its answer to QUIT.
    fn quit(&mut self) -> Result<(), Error> {
        self.withdraw(354, ".\r\n")?;
        self.withdraw(334, "*\r\n")?;
        if self.last == Some(Answer::Closed) {
            return Ok(());
        }
        self.last = None;
        self.client.send(Step::Quit, b"QUIT\r\n")?;
        while !matches!(self.last, Some(Answer::Closed | Answer::Silence)) {
            self.wait(Step::Quit);
        }
        Ok(())
    }

    fn filled(&self, template: &str) -> String {
        let address = |address: Option<&mailer::Address>| {
            address.map(ToString::to_string).unwrap_or_default()
        };
        let envelope = self.target.envelope;
        template
            .replace("{hello}", &self.server.hello.to_string())
            .replace("{from}", &address(envelope.sender()))
            .replace("{to}", &address(envelope.recipients().first()))
    }
}

/// Returns the step that a command belongs to, which decides about its time limit.
fn step(line: &str) -> Step {
    match line.split([' ', '\r', '\n']).next() {
        Some("EHLO") => Step::Ehlo,
        Some("AUTH") => Step::Auth,
        Some("MAIL") => Step::Mail,
        Some("RCPT") => Step::Recipient,
        Some("DATA") => Step::Data,
        _ => Step::Noop,
    }
}

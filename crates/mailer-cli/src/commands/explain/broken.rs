//! Broken dialogues with the server of the lesson.

use std::time::SystemTime;

use mailer::{Content, Envelope, Error, Mail, Server};
use mailer_backends::find;
use mailer_explain::{Break, Target, lone_dot_mail, text::View};
use mailer_lab::Contender;
use mailer_server::EmbeddedServer;

use crate::{
    commands::consent::{self, Load},
    exit::Status,
    mail::message_id,
};

/// Runs broken dialogues and shows them.
pub(super) struct Breaker<'a> {
    pub(super) server: &'a Server,
    /// The embedded server, if the server is one.
    pub(super) inbox: Option<&'a EmbeddedServer>,
    pub(super) envelope: &'a Envelope,
    pub(super) contenders: Vec<Contender>,
    pub(super) view: View<'static>,
    pub(super) yes: bool,
}

impl Breaker<'_> {
    /// Asks whether this dialogue may go to the server, and returns the exit status if the answer is no.
    pub(super) fn refused(&self, one: &Break) -> Result<Option<Status>, Error> {
        let delivered = u64::from(one.delivers);
        let load = Load {
            connections: 1,
            messages: delivered,
            recipients: 1,
            bytes: if one.delivers { self.content()?.len() as u64 } else { 0 },
            ..Load::default()
        };
        let caution = one.caution.map(|text| format!(" ({text})")).unwrap_or_default();
        let command = format!("explain --break {}{caution}", one.name);
        consent::refused(&command, self.server, &load, self.yes)
    }

    /// Returns what is broken.
    pub(super) fn question(&self, one: &Break) -> String {
        self.view.broken_question(one)
    }

    /// Runs the dialogue, and returns how it went.
    pub(super) fn answer(&self, one: &Break) -> Result<String, Error> {
        let content = self.content()?;
        let target = Target::new(self.server, self.envelope, &content);
        let target = match self.inbox {
            Some(inbox) => target.with_inbox(inbox),
            None => target,
        };
        let broken = one.run(&target)?;
        Ok(self.view.broken(one, &broken, &self.server.to_string()))
    }

    /// Returns what the backends do, each in a session with an embedded server.
    pub(super) fn handling(&self, one: &Break) -> Result<String, Error> {
        let all = one.handling(&self.contenders, &self.mail()?, &self.server.hello)?;
        Ok(self.view.handling(one, &all))
    }

    fn mail(&self) -> Result<Mail, Error> {
        let domain = self.envelope.sender().map_or("example.test", |sender| sender.domain());
        lone_dot_mail(self.envelope, SystemTime::now(), message_id::random(domain)?)
    }

    /// Returns the letter with the lone dot, as raw renders it.
    fn content(&self) -> Result<Vec<u8>, Error> {
        let mail = self.mail()?;
        match mail.content() {
            Content::Draft(draft) => find("raw")?.render(draft, mail.envelope()),
            Content::Message(message) => message.to_vec(),
        }
    }
}

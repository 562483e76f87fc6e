//! Mailers that report more than they did.

use std::sync::Arc;

use mailer::{Content, Envelope, Error, Mail, Mailer, Message, Receipt, Reply, Server, Trace};
use mailer_backends::{Flow, Options};
use mailer_lab::Contender;

/// A way to cheat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cheat {
    /// Does not cheat.
    Honest,
    /// Reports a message as accepted, and sends none.
    SendsNothing,
    /// Changes a letter of the message.
    Alters,
    /// Sends the message with an additional line.
    Lengthens,
    /// Reports all recipients as accepted, and leaves out the last.
    DropsARecipient,
    /// Sends its first message instead of each later one.
    SendsTheFirstAgain,
    /// Sends each message twice and counts it once.
    SendsTwice,
    /// Keeps its connection open where it should open a new one.
    KeepsTheConnection,
}

impl Cheat {
    pub(crate) const ALL: [Self; 8] = [
        Self::Honest,
        Self::SendsNothing,
        Self::Alters,
        Self::Lengthens,
        Self::DropsARecipient,
        Self::SendsTheFirstAgain,
        Self::SendsTwice,
        Self::KeepsTheConnection,
    ];

    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    pub(crate) fn contender(self) -> Contender {
        Contender::new(self.name(), move |server| {
            Ok(Box::new(Cheater { how: self, honest: honest(server)?, first: None }))
        })
    }
}

/// The mailer that a cheat uses.
fn honest(server: &Server) -> Result<Box<dyn Mailer>, Error> {
    mailer_backends::find("raw")?.make(server, &Options::from(Flow::Pipelined))
}

struct Cheater {
    how: Cheat,
    honest: Box<dyn Mailer>,
    /// The first message that it got.
    first: Option<Mail>,
}

impl Mailer for Cheater {
    fn open(&mut self) -> Result<(), Error> {
        self.honest.open()
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        match self.how {
            Cheat::Honest | Cheat::KeepsTheConnection => self.honest.send(mail),
            Cheat::SendsNothing => claimed(mail),
            Cheat::Alters => self.send_changed(mail, altered),
            Cheat::Lengthens => self.send_changed(mail, lengthened),
            Cheat::DropsARecipient => {
                let sent = without_the_last(mail).map(|fewer| self.honest.send(&fewer));
                sent.map_or_else(Receipt::not_sent, |_| claimed(mail))
            }
            Cheat::SendsTheFirstAgain => {
                let first = self.first.get_or_insert_with(|| mail.clone());
                self.honest.send(first)
            }
            Cheat::SendsTwice => {
                let _ = self.honest.send(mail);
                self.honest.send(mail)
            }
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.how == Cheat::KeepsTheConnection { Ok(()) } else { self.honest.close() }
    }

    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
        self.honest.trace_to(sink);
    }
}

impl Cheater {
    fn send_changed(&mut self, mail: &Mail, change: fn(&[u8]) -> Vec<u8>) -> Receipt {
        let changed = match mail.content() {
            Content::Message(message) => message.to_vec(),
            Content::Draft(_) => Ok(Vec::new()),
        };
        let changed = changed.and_then(|content| Message::from_bytes(change(&content)));
        match changed {
            Ok(message) => self.honest.send(&Mail::new(Arc::clone(mail.envelope()), message)),
            Err(error) => Receipt::not_sent(error),
        }
    }
}

fn altered(content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    if let Some(letter) = content.iter_mut().rev().find(|byte| byte.is_ascii_lowercase()) {
        *letter = letter.to_ascii_uppercase();
    }
    content
}

fn lengthened(content: &[u8]) -> Vec<u8> {
    [content, b"\r\n"].concat()
}

fn without_the_last(mail: &Mail) -> Result<Mail, Error> {
    let envelope = mail.envelope();
    let (_, fewer) = envelope.recipients().split_last().expect("a mail has recipients");
    let envelope = Envelope::new(envelope.sender().cloned(), fewer.to_vec())?;
    Ok(Mail::new(envelope, mail.content().clone()))
}

fn claimed(mail: &Mail) -> Receipt {
    let accepted = || Reply::new(250, "2.0.0 Of course");
    let recipients = mail.envelope().recipients().iter().map(|_| Some(accepted())).collect();
    Receipt::accepted(recipients, accepted())
}

//! The program under test: a queue of messages that lettre sends.

use lettre::{Message, SmtpTransport, Transport as _, transport::smtp};

/// The result of one attempt to send a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Sent,
    /// The message stays in the outbox.
    Waiting,
    /// The server refused the message for good, with this text.
    Refused(String),
}

/// Messages to send.
pub(crate) struct Outbox {
    mailer: SmtpTransport,
    messages: Vec<Message>,
}

impl Outbox {
    pub(crate) fn new(mailer: SmtpTransport) -> Self {
        Self { mailer, messages: Vec::new() }
    }

    pub(crate) fn push(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Tries to send each message, and keeps those that may succeed later.
    pub(crate) fn run(&mut self) -> Vec<State> {
        let messages = std::mem::take(&mut self.messages);
        let mut states = Vec::new();
        for message in messages {
            let state = state(&self.mailer.send(&message));
            if state == State::Waiting {
                self.messages.push(message);
            }
            states.push(state);
        }
        states
    }
}

fn state(sent: &Result<smtp::response::Response, smtp::Error>) -> State {
    match sent {
        Ok(_) => State::Sent,
        Err(error) if error.is_permanent() => State::Refused(text(error)),
        Err(_) => State::Waiting,
    }
}

/// Returns the last words of the server's reply, after its codes.
fn text(error: &smtp::Error) -> String {
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    text.split_once(' ').map_or(text.clone(), |(_, words)| words.to_owned())
}

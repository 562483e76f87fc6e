//! The broken dialogues as a table: how far each goes as usual, and what it sends then.

use mailer_notes::{BreakNote, break_notes};

/// A broken dialogue.
#[derive(Debug)]
#[non_exhaustive]
pub struct Break {
    /// The name, which is the id of its note.
    pub name: &'static str,
    /// Whether it ends with a message that the server may deliver.
    pub delivers: bool,
    /// What the owner of a server should know before it is sent, if there is anything.
    pub caution: Option<&'static str>,
    /// How far the dialogue goes as usual.
    pub(crate) start: Start,
    /// What the client sends then.
    pub(crate) sends: &'static [Sent],
    /// The session that shows how a backend avoids the fault or handles the refusal.
    pub(crate) situation: Situation,
}

/// How far a broken dialogue goes as usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Until the connection is made, with TLS if TLS comes first. Nothing is read.
    Connected,
    /// Until the first EHLO is due.
    BeforeEhlo,
    /// Until the last EHLO is due: the second with STARTTLS, else the only one.
    BeforeLastEhlo,
    /// Until the server would accept MAIL, with a login if the server has a user.
    Ready,
    /// Through a login with a wrong user and password.
    WrongPassword,
}

/// A session that shows how a backend avoids a fault, or handles what the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Situation {
    /// The greeting is late.
    LateGreeting,
    /// There is no TLS, so that every byte is visible.
    InTheClear,
    /// A session with STARTTLS.
    StartTls,
    /// The password is wrong.
    WrongPassword,
    /// The only recipient is refused.
    NoRecipient,
    /// The body has a lone dot.
    LoneDot,
}

/// A part of what a broken dialogue sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A line with its line end, and the number of replies to wait for. `{hello}`, `{from}` and `{to}` stand
    /// for the client's name and the addresses of the envelope.
    Line(&'static str, usize),
    /// The content with its lone dot, not stuffed, and the number of replies to wait for.
    Content(usize),
}

/// Every broken dialogue, in the order of the steps.
pub const BREAKS: &[Break] = &[
    Break {
        name: "early-talk",
        delivers: false,
        caution: None,
        start: Start::Connected,
        sends: &[Sent::Line("EHLO {hello}\r\n", 2)],
        situation: Situation::LateGreeting,
    },
    Break {
        name: "no-cr",
        delivers: false,
        caution: None,
        start: Start::BeforeEhlo,
        sends: &[Sent::Line("EHLO {hello}\n", 1)],
        situation: Situation::InTheClear,
    },
    Break {
        name: "skip-ehlo",
        delivers: false,
        caution: None,
        start: Start::BeforeLastEhlo,
        // No password is sent: a challenge is answered with a cancellation.
        sends: &[Sent::Line("AUTH LOGIN\r\n", 1), Sent::Line("MAIL FROM:<{from}>\r\n", 1)],
        situation: Situation::StartTls,
    },
    Break {
        name: "wrong-password",
        delivers: false,
        caution: Some("it is a failed login"),
        start: Start::WrongPassword,
        sends: &[],
        situation: Situation::WrongPassword,
    },
    Break {
        name: "data-first",
        delivers: false,
        caution: None,
        start: Start::Ready,
        sends: &[Sent::Line("MAIL FROM:<{from}>\r\n", 1), Sent::Line("DATA\r\n", 1)],
        situation: Situation::NoRecipient,
    },
    Break {
        name: "lone-dot",
        delivers: true,
        caution: Some("the message arrives without its end"),
        start: Start::Ready,
        sends: &[
            Sent::Line("MAIL FROM:<{from}>\r\n", 1),
            Sent::Line("RCPT TO:<{to}>\r\n", 1),
            Sent::Line("DATA\r\n", 1),
            // The message up to the lone dot, the line after it, and the dot that should have been the end.
            Sent::Content(3),
        ],
        situation: Situation::LoneDot,
    },
];

impl Break {
    /// Returns the broken dialogue with this name.
    ///
    /// ```
    /// assert!(mailer_explain::Break::find("lone-dot").is_some_and(|one| one.delivers));
    /// ```
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        BREAKS.iter().find(|one| one.name == name)
    }

    /// Returns the broken dialogues of a step of the lesson.
    pub fn of_step(step: u32) -> impl Iterator<Item = &'static Self> {
        BREAKS.iter().filter(move |one| one.note().step == step)
    }

    /// Returns the text on it.
    #[must_use]
    pub fn note(&self) -> &'static BreakNote {
        let note = break_notes().iter().find(|note| note.id == self.name);
        note.expect("a test checks that every break has a note")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_break_has_a_note_and_every_note_a_break() {
        let names: Vec<&str> = BREAKS.iter().map(|one| one.name).collect();
        let ids: Vec<&str> = break_notes().iter().map(|note| note.id).collect();
        assert_eq!(names, ids);
    }
}

//! What is sent in every session.

use mailer::{Envelope, Mail, Message};

/// A recipient that the server refuses.
pub(crate) const REFUSED: &str = "no@example.test";

/// Sender and recipients: no two letters have one in common but the one who is refused.
const LETTERS: [(&str, &[&str]); 4] = [
    ("a@example.test", &["b@example.test"]),
    ("c@example.test", &[REFUSED]),
    ("d@example.test", &["e@example.test", REFUSED]),
    ("f@example.test", &["g@example.test", "h@example.test"]),
];

/// A mail, and what the server has of it if it takes it.
pub(crate) struct Letter {
    pub(crate) mail: Mail,
    pub(crate) sender: &'static str,
    pub(crate) taken_for: Vec<&'static str>,
    pub(crate) content: String,
}

/// The letters of a session of this number: those of no other have the same contents.
pub(crate) fn of_session(session: u32) -> Vec<Letter> {
    let letters = LETTERS.iter().enumerate();
    letters.map(|(index, (sender, to))| letter(session, index, sender, to)).collect()
}

fn letter(session: u32, index: usize, sender: &'static str, to: &[&'static str]) -> Letter {
    let address = |text: &&str| text.parse().expect("an address");
    let envelope = Envelope::new(Some(address(&sender)), to.iter().map(address).collect());
    // Always as long, so that an octet is the same one in every session.
    let content = format!("Subject: {session:05}-{index}\r\n\r\n.\r\n");
    let message = Message::from_bytes(content.as_str()).expect("a message");
    let mail = Mail::new(envelope.expect("an envelope"), message);
    let taken_for = to.iter().copied().filter(|to| *to != REFUSED).collect();
    Letter { mail, sender, taken_for, content }
}

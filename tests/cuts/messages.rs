//! The messages of every session.

use mailer::{Envelope, Mail, Message};

/// A recipient that the server refuses.
pub(crate) const REFUSED: &str = "no@example.test";

/// Sender and recipients of each message. Only the refused recipient is shared.
const MESSAGES: [(&str, &[&str]); 4] = [
    ("a@example.test", &["b@example.test"]),
    ("c@example.test", &[REFUSED]),
    ("d@example.test", &["e@example.test", REFUSED]),
    ("f@example.test", &["g@example.test", "h@example.test"]),
];

/// A message, and what the server stores if it accepts it.
pub(crate) struct TestMessage {
    pub(crate) mail: Mail,
    pub(crate) sender: &'static str,
    pub(crate) accepted_for: Vec<&'static str>,
    pub(crate) content: String,
}

/// Returns the messages of a session. The number makes their contents unique.
pub(crate) fn for_session(session: u32) -> Vec<TestMessage> {
    let messages = MESSAGES.iter().enumerate();
    messages.map(|(index, (sender, to))| message(session, index, sender, to)).collect()
}

fn message(session: u32, index: usize, sender: &'static str, to: &[&'static str]) -> TestMessage {
    let address = |text: &&str| text.parse().expect("an address");
    let envelope = Envelope::new(Some(address(&sender)), to.iter().map(address).collect());
    // The length is constant, so that a byte position means the same in every session.
    let content = format!("Subject: {session:05}-{index}\r\n\r\n.\r\n");
    let message = Message::from_bytes(content.as_str()).expect("a message");
    let mail = Mail::new(envelope.expect("an envelope"), message);
    let accepted_for = to.iter().copied().filter(|to| *to != REFUSED).collect();
    TestMessage { mail, sender, accepted_for, content }
}

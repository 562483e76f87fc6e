//! The letter whose body has a lone dot.

use std::time::SystemTime;

use mailer::{Address, Draft, Envelope, Error, HeaderText, Mail, Mailbox, MessageId};

/// The body. The line with the dot is the third.
const TEXT: &str =
    "Hello,\n\nthe next line is a dot, and nothing else:\n.\nThis line follows the dot.\n";

/// Returns a letter with a lone dot in its body, from the sender of this envelope to its first recipient. If the
/// envelope has an empty sender, as a delivery report has, the letter is from its recipient.
///
/// # Errors
/// Never: all of its parts are valid.
pub fn lone_dot_mail(envelope: &Envelope, date: SystemTime, id: MessageId) -> Result<Mail, Error> {
    let mailbox = |address: &Address| Mailbox::new(None, address.clone());
    let sender = envelope.sender().or(envelope.recipients().first());
    let sender = sender.ok_or_else(|| Error::lost(mailer::Step::Prepare))?;
    let mut draft = Draft::new(mailbox(sender), date, id);
    draft.to = envelope.recipients().iter().take(1).map(mailbox).collect();
    draft.subject = HeaderText::new("A line with only a dot")?;
    draft.text = Some(TEXT.into());
    Mail::from_draft(draft)
}

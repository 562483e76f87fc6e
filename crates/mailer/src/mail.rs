//! Mails: an envelope and content.

mod content_id;
mod draft;
mod dsn;
mod header;
mod header_field;
mod line_ends;
mod message;
mod scan;

use std::{collections::HashSet, sync::Arc};

pub use content_id::ContentId;
pub use draft::{Attachment, Draft, InlineFile, MediaType, MessageId};
pub use dsn::{Dsn, EnvelopeId, Notify, ReturnedContent};
pub use header_field::HeaderField;
pub use message::{Message, MessageReader};

use crate::{Address, Error, Kind, Setting};

/// A mail: its envelope, which the server reads, and its content, which the recipient reads.
///
/// Cloning a mail copies no content.
#[derive(Clone, Debug)]
pub struct Mail {
    envelope: Arc<Envelope>,
    content: Content,
}

impl Mail {
    /// Returns a mail with this envelope and content.
    #[must_use]
    pub fn new(envelope: impl Into<Arc<Envelope>>, content: impl Into<Content>) -> Self {
        Self { envelope: envelope.into(), content: content.into() }
    }

    /// Returns a mail whose envelope comes from the draft: its sender is From, and its recipients are
    /// To, Cc and Bcc, each mailbox once.
    ///
    /// # Errors
    /// [`Kind::Message`] if the draft names no recipient.
    pub fn from_draft(draft: Draft) -> Result<Self, Error> {
        let named = draft.to.iter().chain(&draft.cc).chain(&draft.bcc);
        let recipients = named.map(|mailbox| mailbox.address.clone()).collect();
        let envelope = Envelope::new(Some(draft.from.address.clone()), recipients)?;
        Ok(Self::new(envelope, draft))
    }

    /// Returns the same mail for the recipients at these positions of its envelope only, from 0: those of
    /// [`Retry::AgainFor`](crate::Retry::AgainFor). Positions beyond the last recipient are ignored.
    ///
    /// # Errors
    /// [`Kind::Message`] if no recipient remains.
    pub fn for_recipients(&self, positions: &[usize]) -> Result<Self, Error> {
        let recipient = |&position: &usize| self.envelope.recipients.get(position).cloned();
        let recipients = positions.iter().filter_map(recipient).collect();
        let mut envelope = Envelope::new(self.envelope.sender.clone(), recipients)?;
        envelope.dsn.clone_from(&self.envelope.dsn);
        Ok(Self::new(envelope, self.content.clone()))
    }

    /// Returns the envelope.
    #[must_use]
    pub fn envelope(&self) -> &Arc<Envelope> {
        &self.envelope
    }

    /// Returns the content.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }
}

/// The sender and the recipients that MAIL and RCPT name (RFC 5321 §2.3.1).
///
/// Servers deliver by the envelope alone. The header fields From, To and Cc are part of the content and
/// may differ from it: a Bcc recipient is in the envelope only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Envelope {
    sender: Option<Address>,
    recipients: Vec<Address>,
    /// Boxed, because few mails have it.
    dsn: Option<Box<Dsn>>,
}

impl Envelope {
    /// Returns an envelope. `None` as the sender is the null reverse-path `<>`, which notifications use
    /// (RFC 5321 §4.5.5). If several recipients name the [same mailbox](Address::is_same_mailbox), the
    /// first is kept.
    ///
    /// # Errors
    /// [`Kind::Message`] if there is no recipient.
    pub fn new(sender: Option<Address>, mut recipients: Vec<Address>) -> Result<Self, Error> {
        if recipients.is_empty() {
            return Err(Error::new(Kind::Message, "the mail has no recipient")
                .with_hint("name at least one")
                .with_settings(&[Setting::Recipients]));
        }
        if recipients.len() > 1 {
            let mut seen = HashSet::with_capacity(recipients.len());
            recipients.retain(|recipient| seen.insert(recipient.mailbox_key()));
        }
        Ok(Self { sender, recipients, dsn: None })
    }

    /// Returns the envelope with a request for delivery status notifications (RFC 3461).
    #[must_use]
    pub fn with_dsn(mut self, dsn: Dsn) -> Self {
        self.dsn = (!dsn.is_empty()).then(|| Box::new(dsn));
        self
    }

    /// Returns the request for delivery status notifications, if there is one.
    #[must_use]
    pub fn dsn(&self) -> Option<&Dsn> {
        self.dsn.as_deref()
    }

    /// Returns the sender (reverse-path); `None` is `<>`.
    #[must_use]
    pub fn sender(&self) -> Option<&Address> {
        self.sender.as_ref()
    }

    /// Returns the recipients (forward-paths), at least one.
    #[must_use]
    pub fn recipients(&self) -> &[Address] {
        &self.recipients
    }

    /// Whether an address needs a server that announces SMTPUTF8 (RFC 6531).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        self.sender.iter().chain(&self.recipients).any(Address::needs_smtputf8)
    }
}

/// The content of a mail.
#[derive(Clone, Debug)]
pub enum Content {
    /// The parts of a message; each backend renders them itself.
    Draft(Arc<Draft>),
    /// A finished message; every backend sends the same bytes.
    Message(Message),
}

impl From<Draft> for Content {
    fn from(draft: Draft) -> Self {
        Self::Draft(Arc::new(draft))
    }
}

impl From<Message> for Content {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_names_each_mailbox_once() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let given = [
            "Bob@x.test",
            "bob@x.test",
            "bob@X.test",
            "\"bob\"@x.test",
            "a@[IPv6:::A]",
            "a@[IPv6:::a]",
        ];
        let envelope = Envelope::new(None, addresses(&given)).unwrap();
        let kept: Vec<_> = envelope.recipients().iter().map(Address::as_str).collect();
        assert_eq!(kept, ["Bob@x.test", "bob@x.test", "a@[IPv6:::A]"]);
    }

    #[test]
    fn a_mail_can_be_limited_to_some_of_its_recipients() {
        let recipients = ["a@x.test", "b@x.test", "c@x.test"].map(|text| text.parse().unwrap());
        let envelope = Envelope::new(None, recipients.to_vec()).unwrap();
        let mail = Mail::new(envelope, Message::from_bytes("A: b\r\n\r\nc\r\n").unwrap());
        let again = mail.for_recipients(&[0, 2, 9]).unwrap();
        assert_eq!(
            again.envelope().recipients(),
            [&recipients[0], &recipients[2]].map(Clone::clone)
        );
        let dsn = Dsn { notify: Some("never".parse().unwrap()), ..Dsn::default() };
        let envelope = Envelope::clone(mail.envelope()).with_dsn(dsn.clone());
        let again = Mail::new(envelope, mail.content().clone()).for_recipients(&[1]).unwrap();
        assert_eq!(again.envelope().dsn(), Some(&dsn));
        assert_eq!(mail.for_recipients(&[9]).unwrap_err().kind(), Kind::Message);
    }

    #[test]
    fn an_envelope_may_have_forty_thousand_recipients() {
        let addresses = (0..40_000).map(|n| format!("u{n}@x.test").parse().unwrap());
        assert_eq!(Envelope::new(None, addresses.collect()).unwrap().recipients().len(), 40_000);
    }
}

//! What to send: an envelope and content.

mod draft;
mod header;
mod line_ends;
mod message;

use std::sync::Arc;

pub use draft::{Attachment, Draft, MediaType, MessageId};
pub use message::{Message, MessageReader};

use crate::{Address, Error, Kind};

/// One mail: who it is from and to on the wire, and what it says.
///
/// Cloning a mail copies no content.
#[derive(Clone, Debug)]
pub struct Mail {
    envelope: Arc<Envelope>,
    content: Content,
}

impl Mail {
    /// A mail of this envelope and content.
    #[must_use]
    pub fn new(envelope: impl Into<Arc<Envelope>>, content: impl Into<Content>) -> Self {
        Self { envelope: envelope.into(), content: content.into() }
    }

    /// A mail whose envelope is what the draft's headers say: from its sender to everybody in
    /// To, Cc and Bcc, each once.
    ///
    /// # Errors
    /// [`Kind::Message`] if the draft names no recipient.
    pub fn from_draft(draft: Draft) -> Result<Self, Error> {
        let mut recipients: Vec<Address> = Vec::new();
        for mailbox in draft.to.iter().chain(&draft.cc).chain(&draft.bcc) {
            if !recipients.contains(&mailbox.address) {
                recipients.push(mailbox.address.clone());
            }
        }
        let envelope = Envelope::new(Some(draft.from.address.clone()), recipients)?;
        Ok(Self::new(envelope, draft))
    }

    /// Who it is from and to, on the wire.
    #[must_use]
    pub fn envelope(&self) -> &Arc<Envelope> {
        &self.envelope
    }

    /// What it says.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }
}

/// What MAIL and RCPT carry (RFC 5321 §2.3.1); what To and From say is another matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    sender: Option<Address>,
    recipients: Vec<Address>,
}

impl Envelope {
    /// An envelope; no sender means the null reverse-path `<>` of notifications.
    ///
    /// # Errors
    /// [`Kind::Message`] if there is no recipient.
    pub fn new(sender: Option<Address>, recipients: Vec<Address>) -> Result<Self, Error> {
        if recipients.is_empty() {
            return Err(Error::new(Kind::Message, "the mail has no recipient")
                .hint("name at least one, with --to, --cc or --bcc"));
        }
        Ok(Self { sender, recipients })
    }

    /// The reverse-path; `None` is `<>`.
    #[must_use]
    pub fn sender(&self) -> Option<&Address> {
        self.sender.as_ref()
    }

    /// The forward-paths: at least one.
    #[must_use]
    pub fn recipients(&self) -> &[Address] {
        &self.recipients
    }

    /// Whether an address in it can be sent only to a server that announces SMTPUTF8.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        self.sender.iter().chain(&self.recipients).any(Address::needs_smtputf8)
    }
}

/// The content of a mail.
#[derive(Clone, Debug)]
pub enum Content {
    /// Its parts, which each backend renders its own way.
    Draft(Arc<Draft>),
    /// A finished message, which every backend sends byte for byte.
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

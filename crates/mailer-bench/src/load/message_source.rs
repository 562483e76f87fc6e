//! What the messages of a process consist of: one template or prepared messages, and the envelopes. Where there are
//! several prepared messages or envelopes, each message has the next ones.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use mailer::{Envelope, Error, Kind, Message};

use super::{
    ContentSum,
    message_template::{MessageStamp, MessageTemplate},
};

/// The contents and the envelopes of all messages of a process.
#[derive(Debug)]
pub(super) struct MessageSource {
    content: SourceContent,
    /// At least one.
    envelopes: Vec<Arc<Envelope>>,
    /// The number of the next message, over all connections.
    next: AtomicUsize,
}

#[derive(Debug)]
enum SourceContent {
    Template(MessageTemplate),
    Prepared(Vec<PreparedMessage>),
}

#[derive(Debug)]
struct PreparedMessage {
    message: Message,
    sum: ContentSum,
}

/// What identifies the content of a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum ContentId {
    /// It was made from the template.
    Stamp(MessageStamp),
    /// It was prepared.
    Prepared(ContentSum),
}

impl MessageSource {
    /// Returns the source of messages that are made from a template of `size` bytes, or of `prepared` ones if there are
    /// any. `process` is a part of every Message-ID that is made.
    ///
    /// # Errors
    /// [`Kind::Message`] if a prepared message is invalid.
    pub(super) fn new(
        size: usize,
        prepared: Vec<Vec<u8>>,
        envelopes: Vec<Arc<Envelope>>,
        process: u64,
    ) -> Result<Self, Error> {
        let prepare = |content: Vec<u8>| {
            let message = Message::from_bytes(content)?;
            let sum = ContentSum::from_content(message.as_bytes().unwrap_or_default());
            Ok(PreparedMessage { message, sum })
        };
        let content = match prepared.is_empty() {
            true => SourceContent::Template(MessageTemplate::new(size, &envelopes, process)),
            false => SourceContent::Prepared(
                prepared.into_iter().map(prepare).collect::<Result<_, Error>>()?,
            ),
        };
        Ok(Self { content, envelopes, next: AtomicUsize::new(0) })
    }

    /// Returns the template; `None` if the messages are prepared.
    pub(super) fn template(&self) -> Option<&MessageTemplate> {
        match &self.content {
            SourceContent::Template(template) => Some(template),
            SourceContent::Prepared(_) => None,
        }
    }

    /// Returns the number of the next message, over all connections.
    pub(super) fn take_turn(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the envelope of the message with this number.
    pub(super) fn envelope(&self, turn: usize) -> Result<Arc<Envelope>, Error> {
        let envelope = in_turn(&self.envelopes, turn).cloned();
        envelope.ok_or_else(|| Error::new(Kind::Internal, "there is no envelope"))
    }

    /// Returns the prepared message with this number.
    pub(super) fn prepared(&self, turn: usize) -> Option<(Message, ContentId)> {
        let SourceContent::Prepared(messages) = &self.content else { return None };
        let PreparedMessage { message, sum } = in_turn(messages, turn)?;
        Some((message.clone(), ContentId::Prepared(*sum)))
    }
}

fn in_turn<T>(all: &[T], turn: usize) -> Option<&T> {
    all.get(turn % all.len().max(1))
}

//! The mails that are still to be sent, and those under way.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use mailer::{Content, Envelope, Error, Mail, Message, MessageReader, Receipt};
use mailer_protocol::{Outgoing, Session, Settled};

use crate::render::render;

/// Mails in the order they came, numbered from 0.
pub(crate) struct Queue<'a> {
    mails: &'a mut dyn Iterator<Item = Mail>,
    next_number: u64,
    /// To be offered once more, on a new connection.
    again: VecDeque<(u64, Mail)>,
    /// Offered, and not settled.
    under_way: VecDeque<(u64, Mail)>,
    /// Settled, while one before it is not: a window's worth at most.
    held: BTreeMap<u64, Receipt>,
    /// The number of the mail that is told next.
    next_told: u64,
    /// Taken from the iterator to see whether a connection is needed, and not offered yet.
    next: Option<Mail>,
    /// The iterator has ended.
    ended: bool,
}

impl<'a> Queue<'a> {
    pub(crate) fn new(mails: &'a mut dyn Iterator<Item = Mail>) -> Self {
        Self {
            mails,
            next_number: 0,
            again: VecDeque::new(),
            under_way: VecDeque::new(),
            held: BTreeMap::new(),
            next_told: 0,
            next: None,
            ended: false,
        }
    }

    /// Whether there is a mail to offer: without one nobody needs a connection.
    pub(crate) fn has_mails(&mut self) -> bool {
        if self.next.is_none() {
            self.next = self.take_next();
        }
        self.next.is_some() || !self.again.is_empty()
    }

    /// Whether a mail may follow, as far as can be known without taking it: one that is taken early
    /// waits, and is not sent if the connection is lost meanwhile.
    fn may_go_on(&self) -> bool {
        let may_give = || !self.ended && self.mails.size_hint().1 != Some(0);
        self.next.is_some() || !self.again.is_empty() || may_give()
    }

    /// Offers the next mail to the session and gives back its content; tells the session if there is
    /// none, or none behind it.
    pub(crate) fn offer_next(&mut self, session: &mut Session) -> Option<MessageReader> {
        let offered_before = !self.again.is_empty();
        let next = self.take();
        if next.is_none() || (session.looks_ahead() && !self.may_go_on()) {
            session.no_more_mails();
        }
        let (number, mail) = next?;
        let envelope = mail.envelope().clone();
        let prepared = prepare(&mail);
        self.under_way.push_back((number, mail));
        match prepared {
            Ok((message, content)) => {
                session.offer(number, Outgoing { offered_before, ..described(envelope, &message) });
                Some(content)
            }
            Err(error) => {
                session.offer_unsendable(number, Outgoing::nothing(envelope), error);
                None
            }
        }
    }

    /// Passes on what became of a mail, or keeps it for another connection.
    pub(crate) fn settle(
        &mut self,
        mail: Settled,
        receipt: &Receipt,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) {
        match self.under_way.pop_front() {
            Some(offered) if mail.offer_again => self.again.push_back(offered),
            _ => self.tell(mail.mail, receipt, settled),
        }
    }

    /// Settles every mail that is left with this error.
    pub(crate) fn give_up(&mut self, error: &Error, settled: &mut dyn FnMut(u64, &Receipt)) {
        while let Some((number, _)) = self.take() {
            self.tell(number, &Receipt::not_sent(error.clone()), settled);
        }
    }

    /// Tells receipts in the order of the input.
    fn tell(&mut self, number: u64, receipt: &Receipt, settled: &mut dyn FnMut(u64, &Receipt)) {
        if number != self.next_told {
            self.held.insert(number, receipt.clone());
            return;
        }
        settled(number, receipt);
        self.next_told += 1;
        while let Some(receipt) = self.held.remove(&self.next_told) {
            settled(self.next_told, &receipt);
            self.next_told += 1;
        }
    }

    fn take(&mut self) -> Option<(u64, Mail)> {
        if let Some(again) = self.again.pop_front() {
            return Some(again);
        }
        let mail = self.next.take().or_else(|| self.take_next())?;
        let number = self.next_number;
        self.next_number += 1;
        Some((number, mail))
    }

    /// An iterator that has ended is not asked again.
    fn take_next(&mut self) -> Option<Mail> {
        let mail = if self.ended { None } else { self.mails.next() };
        self.ended = mail.is_none();
        mail
    }
}

/// What can go on the wire: a draft is rendered, a file is opened.
fn prepare(mail: &Mail) -> Result<(Message, MessageReader), Error> {
    let message = message(mail)?;
    let content = message.open();
    Ok((message, content))
}

fn message(mail: &Mail) -> Result<Message, Error> {
    match mail.content() {
        Content::Draft(draft) => Message::from_bytes(render(draft)),
        Content::Message(message) => Ok(message.clone()),
    }
}

/// The mail as the session sees it.
pub(crate) fn outgoing(mail: &Mail) -> Result<Outgoing, Error> {
    Ok(described(mail.envelope().clone(), &message(mail)?))
}

fn described(envelope: Arc<Envelope>, message: &Message) -> Outgoing {
    Outgoing {
        size: message.size(),
        is_8bit: message.is_8bit(),
        has_utf8_header: message.has_utf8_header(),
        ..Outgoing::nothing(envelope)
    }
}

//! The mails of one call: those to offer, those in flight, and receipts that wait for their turn.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use mailer::{Content, Error, Mail, Message, MessageReader, Receipt, Timeouts};
use mailer_protocol::{Outgoing, Settled};

use crate::{
    deadline::{end_of_call, is_over},
    render::render,
};

/// A mail that is offered to the session.
pub(crate) struct Offer {
    pub(crate) number: u64,
    pub(crate) mail: Outgoing,
    /// The content, or the reason why the mail cannot be sent.
    pub(crate) content: Result<MessageReader, Error>,
}

/// A mail that was pulled from the iterator.
struct Pulled {
    number: u64,
    mail: Mail,
    /// The end of its time, if that is limited.
    end: Option<Instant>,
}

/// The mails of an iterator, numbered from 0.
pub(crate) struct Queue<'a> {
    mails: &'a mut dyn Iterator<Item = Mail>,
    timeouts: &'a Timeouts,
    next_number: u64,
    /// The mails to offer once more, on a new connection.
    again: VecDeque<Pulled>,
    /// The mails that are offered and not settled.
    in_flight: VecDeque<Pulled>,
    /// The receipts of mails that are settled before an earlier mail is: at most a window of them.
    held: BTreeMap<u64, Receipt>,
    /// The number of the mail whose receipt is reported next.
    next_report: u64,
    /// A mail that was pulled from the iterator to find out whether a connection is needed.
    next: Option<Pulled>,
    /// Whether the iterator has ended.
    has_ended: bool,
}

impl<'a> Queue<'a> {
    pub(crate) fn new(mails: &'a mut dyn Iterator<Item = Mail>, timeouts: &'a Timeouts) -> Self {
        Self {
            mails,
            timeouts,
            next_number: 0,
            again: VecDeque::new(),
            in_flight: VecDeque::new(),
            held: BTreeMap::new(),
            next_report: 0,
            next: None,
            has_ended: false,
        }
    }

    /// Whether there is a mail to offer. If not, no connection is needed.
    pub(crate) fn has_mails(&mut self) -> bool {
        if self.next.is_none() {
            self.next = self.pull();
        }
        self.next.is_some() || !self.again.is_empty()
    }

    /// Whether another mail may follow, as far as the iterator's `size_hint` shows. No mail is pulled for
    /// this: a mail that is pulled early has to wait, and is not sent if the connection is lost meanwhile.
    pub(crate) fn may_have_more(&self) -> bool {
        let iterator_may = || !self.has_ended && self.mails.size_hint().1 != Some(0);
        self.next.is_some() || !self.again.is_empty() || iterator_may()
    }

    /// Returns the next mail: its draft is rendered, its file is opened.
    pub(crate) fn next_offer(&mut self) -> Option<Offer> {
        let offered_before = !self.again.is_empty();
        let pulled = self.take()?;
        let (number, mail) = (pulled.number, &pulled.mail);
        let envelope = mail.envelope();
        let offer = |message: &Message| (Outgoing::new(envelope.clone(), message), message.open());
        let (mut outgoing, content) = match with_message(mail, offer) {
            Ok((outgoing, content)) => (outgoing, Ok(content)),
            Err(error) => (Outgoing::empty(envelope.clone()), Err(error)),
        };
        outgoing.offered_before = offered_before && content.is_ok();
        self.in_flight.push_back(pulled);
        Some(Offer { number, mail: outgoing, content })
    }

    /// Reports the receipt of a mail, or keeps the mail for another connection.
    pub(crate) fn settle(
        &mut self,
        mail: Settled,
        receipt: &Receipt,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) {
        match self.in_flight.pop_front() {
            Some(offered) if mail.offer_again && !is_over(offered.end) => {
                self.again.push_back(offered);
            }
            _ => self.report(mail.mail, receipt, settled),
        }
    }

    /// Settles every remaining mail with this error.
    pub(crate) fn give_up(&mut self, error: &Error, settled: &mut dyn FnMut(u64, &Receipt)) {
        while let Some(pulled) = self.take() {
            self.report(pulled.number, &Receipt::not_sent(error.clone()), settled);
        }
    }

    /// Reports receipts in the order of the input.
    fn report(&mut self, number: u64, receipt: &Receipt, settled: &mut dyn FnMut(u64, &Receipt)) {
        if number != self.next_report {
            self.held.insert(number, receipt.clone());
            return;
        }
        settled(number, receipt);
        self.next_report += 1;
        while let Some(receipt) = self.held.remove(&self.next_report) {
            settled(self.next_report, &receipt);
            self.next_report += 1;
        }
    }

    /// Returns the earliest end of the time of a mail that was pulled and is not settled.
    pub(crate) fn end(&self) -> Option<Instant> {
        self.timeouts.total?;
        // In each of these, the first mail was pulled first, so its time ends first.
        let fronts = [self.again.front(), self.in_flight.front(), self.next.as_ref()];
        fronts.into_iter().flatten().filter_map(|pulled| pulled.end).min()
    }

    fn take(&mut self) -> Option<Pulled> {
        self.again.pop_front().or_else(|| self.next.take()).or_else(|| self.pull())
    }

    /// Pulls the next mail, unless the iterator has ended. Its time begins now.
    fn pull(&mut self) -> Option<Pulled> {
        let mail = if self.has_ended { None } else { self.mails.next() };
        self.has_ended = mail.is_none();
        let end = end_of_call(self.timeouts);
        let pulled = Pulled { number: self.next_number, mail: mail?, end };
        self.next_number += 1;
        Some(pulled)
    }
}

/// Returns what `get` returns for the message of a mail; a draft is rendered.
fn with_message<T>(mail: &Mail, get: impl FnOnce(&Message) -> T) -> Result<T, Error> {
    match mail.content() {
        Content::Draft(draft) => Message::from_bytes(render(draft)).map(|message| get(&message)),
        Content::Message(message) => Ok(get(message)),
    }
}

/// Returns the description of a mail for the session.
pub(crate) fn outgoing(mail: &Mail) -> Result<Outgoing, Error> {
    with_message(mail, |message| Outgoing::new(mail.envelope().clone(), message))
}

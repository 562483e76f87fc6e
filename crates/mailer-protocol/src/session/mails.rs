//! The mails of a session: those in flight, those that are settled, and the receipt that was reported
//! last.

use std::collections::VecDeque;

use mailer::Receipt;

use super::transaction::Transaction;

#[derive(Debug, Default)]
pub(super) struct Mails {
    /// The mails that are not settled, the oldest first. Only the last can have more to write.
    in_flight: VecDeque<Transaction>,
    /// The size of their contents in bytes.
    bytes_in_flight: u64,
    /// The mails that are settled and not reported yet.
    settled: VecDeque<Transaction>,
    /// The receipt that was reported last.
    pub(super) receipt: Receipt,
    /// Earlier receipts, whose buffers are reused: as many as mails were in flight at once.
    spare: Vec<Receipt>,
}

impl Mails {
    pub(super) fn push(&mut self, transaction: Transaction) {
        self.bytes_in_flight += transaction.mail.size;
        let spare = self.spare.pop().unwrap_or_default();
        self.in_flight.push_back(transaction.reusing(spare));
    }

    /// Returns the mail that was offered last.
    pub(super) fn current(&self) -> Option<&Transaction> {
        self.in_flight.back()
    }

    pub(super) fn current_mut(&mut self) -> Option<&mut Transaction> {
        self.in_flight.back_mut()
    }

    pub(super) fn oldest(&self) -> Option<&Transaction> {
        self.in_flight.front()
    }

    pub(super) fn in_flight(&self) -> impl Iterator<Item = &Transaction> {
        self.in_flight.iter()
    }

    pub(super) fn in_flight_mut(&mut self) -> impl Iterator<Item = &mut Transaction> {
        self.in_flight.iter_mut()
    }

    /// Returns the number of mails in flight.
    pub(super) fn len(&self) -> usize {
        self.in_flight.len()
    }

    pub(super) fn bytes_in_flight(&self) -> u64 {
        self.bytes_in_flight
    }

    /// Moves the settled mails out of flight, so that the next reply finds its mail at the front.
    pub(super) fn sort_out_settled(&mut self) {
        while self.in_flight.front().is_some_and(Transaction::is_settled)
            && let Some(transaction) = self.in_flight.pop_front()
        {
            self.bytes_in_flight -= transaction.mail.size;
            self.settled.push_back(transaction);
        }
    }

    /// Returns the oldest settled mail.
    pub(super) fn pop_settled(&mut self) -> Option<Transaction> {
        self.sort_out_settled();
        self.settled.pop_front()
    }

    /// Replaces the receipt that was reported last, and keeps its buffer.
    pub(super) fn report(&mut self, receipt: Receipt) {
        self.spare.push(std::mem::replace(&mut self.receipt, receipt));
    }
}

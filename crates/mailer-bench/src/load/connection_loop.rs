//! The loop of one connection: sends message after message, or opens and closes again and again.

use std::{cell::Cell, time::Instant};

use mailer::{Error, Mailer, Receipt};

use super::{
    connection_record::ConnectionRecord,
    failure::{Failure, NextStep, Persistence, next_step},
    message_maker::MessageMaker,
    openings::OpeningRecord,
    schedule::Schedule,
};
use crate::workload::Workload;

/// A connection, and the messages that it sends.
pub(super) struct ConnectionLoop {
    mailer: Box<dyn Mailer>,
    messages: MessageMaker,
    record: ConnectionRecord,
    /// Whether the server has been reached and has accepted, or was ready for, a message.
    has_worked: bool,
    persistence: Persistence,
    /// Where openings are recorded, apart from messages; `None` if they are not.
    openings: Option<OpeningRecord>,
    /// Whether the connection was opened and nothing has failed since.
    is_open: bool,
}

impl ConnectionLoop {
    /// Returns a connection that is not open yet.
    pub(super) fn new(mailer: Box<dyn Mailer>, messages: MessageMaker) -> Self {
        Self {
            mailer,
            messages,
            record: ConnectionRecord::default(),
            has_worked: false,
            persistence: Persistence::GivesUp,
            openings: None,
            is_open: false,
        }
    }

    /// Returns the connection as one that does not give up for failures that may end, and that records its
    /// openings.
    pub(super) fn persistent(self, openings: OpeningRecord) -> Self {
        Self { persistence: Persistence::Persists, openings: Some(openings), ..self }
    }

    /// Returns the maker of its messages, for another connection.
    pub(super) fn into_messages(self) -> MessageMaker {
        self.messages
    }

    /// Starts an empty record, and returns it.
    pub(super) fn start_record(&mut self) -> ConnectionRecord {
        self.record = ConnectionRecord::default();
        self.record.clone()
    }

    /// Returns whether the server has been reached and was ready for a message.
    pub(super) fn has_worked(&self) -> bool {
        self.has_worked
    }

    /// Opens the connection before any work.
    pub(super) fn open(&mut self) {
        match self.mailer.open() {
            Ok(()) => self.has_worked = true,
            Err(error) => self.record.record_error(&error),
        }
    }

    /// Closes the connection. Neither the time nor an error of it is recorded.
    pub(super) fn close(&mut self) {
        let _ = self.mailer.close();
    }

    /// Works until the schedule ends or the connection gives up.
    pub(super) fn run(&mut self, workload: Workload, schedule: &Schedule) {
        self.record.start();
        let mut failures = 0;
        while let Some(due) = schedule.wait() {
            let before = self.record.accepted();
            let failure = match workload {
                Workload::Handshake => self.open_and_close(due, schedule),
                Workload::OnePerConnection => self.send_one(due, schedule),
                Workload::Throughput | Workload::ColdStart => self
                    .open_recorded()
                    .or_else(|| self.send_many(schedule.counts_from(due), schedule)),
            };
            self.is_open &= failure.is_none();
            if self.record.accepted() > before {
                failures = 0;
                self.has_worked = true;
            }
            match next_step(failure, self.persistence, self.has_worked, &mut failures) {
                NextStep::Continue => {}
                NextStep::Pause { time, is_requested } => {
                    let from = Instant::now();
                    schedule.pause(time);
                    self.record.record_pause(from.elapsed(), is_requested);
                }
                NextStep::GiveUp => {
                    self.record.give_up();
                    break;
                }
            }
        }
        self.record.end();
    }

    /// Opens the connection, if openings are recorded and it may not be open. Between messages a backend opens
    /// a connection without a record.
    fn open_recorded(&mut self) -> Option<Failure> {
        let openings = self.openings.as_ref().filter(|_| !self.is_open)?;
        let failure = match openings.open(self.mailer.as_mut()) {
            Ok(()) => None,
            Err(error) => Failure::from_receipt(&Receipt::not_sent(error), true),
        };
        self.is_open = failure.is_none();
        failure
    }

    /// Opens and closes the connection. Only opening is timed.
    fn open_and_close(&mut self, due: Instant, schedule: &Schedule) -> Option<Failure> {
        self.record.start_operation(due, None);
        let receipt = match self.mailer.open() {
            Ok(()) => Receipt::accepted(Vec::new(), mailer::Reply::default()),
            Err(error) => Receipt::not_sent(error),
        };
        self.record.settle(&receipt);
        schedule.count_done();
        self.close();
        Failure::from_receipt(&receipt, true)
    }

    /// Opens the connection, sends one message and closes. All of it is timed.
    fn send_one(&mut self, due: Instant, schedule: &Schedule) -> Option<Failure> {
        let (mail, content) = match self.messages.next(due, 0) {
            Ok(next) => next,
            Err(error) => return self.fail(&error),
        };
        self.record.start_operation(due, Some(content));
        let receipt = self.mailer.send(&mail);
        // An error while closing does not change the message's outcome.
        self.close();
        self.record.settle(&receipt);
        schedule.count_done();
        Failure::from_receipt(&receipt, self.messages.are_alike())
    }

    /// Sends messages until none is due, or one fails.
    fn send_many(&mut self, due: Instant, schedule: &Schedule) -> Option<Failure> {
        let alike = self.messages.are_alike();
        let (messages, record) = (&mut self.messages, &self.record);
        let (failure, invalid) = (Cell::new(None), Cell::new(None));
        let mut first = Some(due);
        let mut mails = std::iter::from_fn(|| {
            if failure.get().is_some() {
                return None;
            }
            let due = first.take().or_else(|| schedule.due())?;
            let next = messages.next(due, record.in_progress());
            let (mail, content) = next.map_err(|error| invalid.set(Some(error))).ok()?;
            record.start_operation(due, Some(content));
            Some(mail)
        });
        let mut settled = |_, receipt: &Receipt| {
            record.settle(receipt);
            schedule.count_done();
            failure.set(failure.get().max(Failure::from_receipt(receipt, alike)));
        };
        self.mailer.send_many(&mut mails, &mut settled);
        match invalid.take() {
            Some(error) => self.fail(&error),
            None => failure.get(),
        }
    }

    /// Records that a message could not be made: no other message can be made either.
    fn fail(&self, error: &Error) -> Option<Failure> {
        self.record.record_error(error);
        Some(Failure::Fatal)
    }
}

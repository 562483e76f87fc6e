//! The bare exchange: writes prepared bytes and counts the replies.

use std::{iter::Peekable, ops::Range, sync::Arc};

use mailer::{Error, Mail, Mailer, Outcome, Receipt, Reply, Server, Step, Trace};

use super::{
    opening::{Opening, exchange},
    script::{Flight, Script, ScriptBytes, Sequence, Streamed},
    shape::Shape,
    wire::Wire,
};

/// A mailer that only exchanges bytes.
pub(super) struct Bare {
    opening: Opening,
    shape: Shape,
    connection: Option<Connection>,
    script: Option<Script>,
}

struct Connection {
    wire: Wire,
    /// Whether a message was sent over it.
    is_used: bool,
}

impl Bare {
    pub(super) fn new(server: &Server, shape: Shape) -> Result<Self, Error> {
        Ok(Self { opening: Opening::new(server)?, shape, connection: None, script: None })
    }

    /// Sends messages as long as they equal the next one.
    fn send_alike(
        &mut self,
        mails: &mut Mails<'_>,
        settlement: &mut Settlement<'_>,
    ) -> Result<(), Error> {
        let Some(mail) = mails.peek() else { return Ok(()) };
        if !self.script.as_ref().is_some_and(|script| script.bytes.is_for(mail)) {
            self.script = Some(Script::new(mail, self.shape)?);
        }
        self.open()?;
        let (Some(script), Some(connection)) = (&mut self.script, &mut self.connection) else {
            return Err(Error::lost(Step::Prepare));
        };
        let Script { bytes, sequence } = script;
        settlement.receipt.recipients.resize(bytes.recipients(), Some(counted()));
        let mut run = Run { bytes, connection, mails, settlement };
        match sequence {
            Sequence::OneByOne(flights) => run.one_by_one(flights),
            Sequence::Overlapped { envelope, joined, content } => {
                run.overlapped(envelope, joined, content)
            }
            Sequence::Streamed(streamed) => run.streamed(streamed),
        }
    }
}

impl Mailer for Bare {
    fn open(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            self.connection = Some(Connection { wire: self.opening.open()?, is_used: false });
        }
        Ok(())
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        let mut receipt = None;
        self.send_many(&mut std::iter::once(mail.clone()), &mut |_, settled| {
            receipt = Some(settled.clone());
        });
        // `send_many` settles every message.
        receipt.unwrap_or_else(|| Receipt::not_sent(Error::lost(Step::Prepare)))
    }

    fn send_many(
        &mut self,
        mails: &mut dyn Iterator<Item = Mail>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) {
        let mut mails = mails.peekable();
        let mut settlement = Settlement::new(settled);
        while mails.peek().is_some() {
            if let Err(error) = self.send_alike(&mut mails, &mut settlement) {
                self.connection = None;
                return settlement.give_up(&error, &mut mails);
            }
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        exchange(&mut connection.wire, Step::Quit, "QUIT\r\n")
    }

    /// It has no events to trace.
    fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
}

type Mails<'a> = Peekable<&'a mut dyn Iterator<Item = Mail>>;

/// The stand-in for every reply.
fn counted() -> Reply {
    Reply::new(250, "counted, not read")
}

/// Which messages are in progress, and which are settled.
struct Settlement<'a> {
    settled: &'a mut dyn FnMut(u64, &Receipt),
    receipt: Receipt,
    started: u64,
    done: u64,
}

impl<'a> Settlement<'a> {
    fn new(settled: &'a mut dyn FnMut(u64, &Receipt)) -> Self {
        Self { settled, receipt: Receipt::accepted(Vec::new(), counted()), started: 0, done: 0 }
    }

    fn accepted(&mut self) {
        (self.settled)(self.done, &self.receipt);
        self.done += 1;
    }

    fn in_flight(&self) -> u64 {
        self.started - self.done
    }

    /// Settles what is in flight as unknown, and the remaining messages as not sent.
    fn give_up(mut self, error: &Error, mails: &mut Mails<'_>) {
        self.receipt = Receipt::not_sent(error.clone());
        self.receipt.outcome = Outcome::Unknown;
        while self.in_flight() > 0 {
            self.accepted();
        }
        self.receipt.outcome = Outcome::NotSent;
        mails.for_each(|_| self.accepted());
    }
}

/// Equal messages that are sent over one connection.
struct Run<'a, 'b, 'c> {
    bytes: &'a mut ScriptBytes,
    connection: &'a mut Connection,
    mails: &'a mut Mails<'b>,
    settlement: &'a mut Settlement<'c>,
}

impl Run<'_, '_, '_> {
    fn one_by_one(&mut self, flights: &[Flight]) -> Result<(), Error> {
        while let Some(mail) = self.take() {
            self.bytes.write_head(0, &mail);
            for flight in flights {
                self.exchange(flight)?;
            }
            self.settlement.accepted();
        }
        Ok(())
    }

    fn overlapped(
        &mut self,
        envelope: &Flight,
        joined: &Flight,
        content: &Flight,
    ) -> Result<(), Error> {
        let mut current = self.take();
        if current.is_some() {
            self.exchange(envelope)?;
        }
        while let Some(mail) = current {
            self.bytes.write_head(0, &mail);
            current = self.take();
            self.exchange(if current.is_some() { joined } else { content })?;
            self.settlement.accepted();
        }
        Ok(())
    }

    /// Keeps the window full: while the server works on one half, the other half is refilled.
    fn streamed(&mut self, streamed: &Streamed) -> Result<(), Error> {
        let enough = streamed.batch.min(streamed.window.div_ceil(2));
        let (mut replies, mut more) = (0, true);
        loop {
            while more && self.room(streamed) >= enough {
                let wanted = streamed.batch.min(self.room(streamed));
                let count = (0..wanted).map_while(|number| self.take_as(number)).count();
                replies += self.write(0..count * streamed.stride)?;
                more = count == wanted;
            }
            if self.settlement.in_flight() == 0 {
                return Ok(());
            }
            replies += self.connection.wire.read(Step::EndOfData)?;
            while replies >= streamed.replies {
                replies -= streamed.replies;
                self.settlement.accepted();
            }
        }
    }

    fn room(&self, streamed: &Streamed) -> usize {
        let in_flight = usize::try_from(self.settlement.in_flight()).unwrap_or(usize::MAX);
        streamed.window.saturating_sub(in_flight)
    }

    /// Takes the next message if it equals the others.
    fn take(&mut self) -> Option<Mail> {
        let mail = self.mails.next_if(|mail| self.bytes.is_for(mail));
        self.settlement.started += u64::from(mail.is_some());
        mail
    }

    /// Takes the next message if it equals the others, and writes its head in place of message `number`.
    fn take_as(&mut self, number: usize) -> Option<()> {
        let mail = self.take()?;
        self.bytes.write_head(number, &mail);
        Some(())
    }

    fn exchange(&mut self, flight: &Flight) -> Result<(), Error> {
        let omitted = self.write(flight.bytes.clone())?;
        self.connection.wire.wait_for(Step::EndOfData, flight.replies - omitted)
    }

    /// Writes these bytes. Returns how many of their replies do not come: 1 if they are the connection's
    /// first, because their RSET is then left out.
    fn write(&mut self, bytes: Range<usize>) -> Result<usize, Error> {
        let is_first = !std::mem::replace(&mut self.connection.is_used, true);
        let skipped = if is_first { self.bytes.reset } else { 0 };
        let bytes = self.bytes.range(bytes.start + skipped..bytes.end);
        // The step of an error is only approximate, because the bytes are not parsed.
        self.connection.wire.write(Step::Content, bytes)?;
        Ok(usize::from(skipped > 0))
    }
}

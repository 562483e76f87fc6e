//! The bare exchange: writes what was made beforehand, counts what comes back.

use std::{iter::Peekable, ops::Range, sync::Arc};

use mailer::{Error, Mail, Mailer, Outcome, Receipt, Reply, Server, Step, Trace};

use super::{
    Shape,
    opening::{Opening, exchange},
    script::{Course, Flight, Script, Streamed, Text},
    wire::Wire,
};

/// A mailer that exchanges bytes.
pub(super) struct Bare {
    opening: Opening,
    shape: Shape,
    connection: Option<Connection>,
    script: Option<Script>,
}

struct Connection {
    wire: Wire,
    /// A mail was sent over it.
    begun: bool,
}

impl Bare {
    pub(super) fn new(server: &Server, shape: Shape) -> Result<Self, Error> {
        Ok(Self { opening: Opening::new(server)?, shape, connection: None, script: None })
    }

    /// Sends the mails that are like the next one.
    fn send_alike(
        &mut self,
        mails: &mut Mails<'_>,
        settlement: &mut Settlement<'_>,
    ) -> Result<(), Error> {
        let Some(mail) = mails.peek() else { return Ok(()) };
        if !self.script.as_ref().is_some_and(|script| script.text.is_for(mail)) {
            self.script = Some(Script::new(mail, self.shape)?);
        }
        self.open()?;
        let (Some(script), Some(connection)) = (&mut self.script, &mut self.connection) else {
            return Err(Error::lost(Step::Prepare));
        };
        let Script { text, course } = script;
        settlement.receipt.recipients.resize(text.recipients(), Some(counted()));
        let mut run = Run { text, connection, mails, settlement };
        match course {
            Course::InTurn(flights) => run.in_turn(flights),
            Course::Overlapped { envelope, joined, content } => {
                run.overlapped(envelope, joined, content)
            }
            Course::Streamed(course) => run.streamed(course),
        }
    }
}

impl Mailer for Bare {
    fn open(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            self.connection = Some(Connection { wire: self.opening.open()?, begun: false });
        }
        Ok(())
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        let mut receipt = None;
        self.send_many(&mut std::iter::once(mail.clone()), &mut |_, settled| {
            receipt = Some(settled.clone());
        });
        // `send_many` settles every mail it takes.
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

    /// It knows nothing that it could tell.
    fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
}

type Mails<'a> = Peekable<&'a mut dyn Iterator<Item = Mail>>;

/// What stands in for every reply.
fn counted() -> Reply {
    Reply::new(250, "counted, not read")
}

/// Which mails are taken, and which are told of.
struct Settlement<'a> {
    settled: &'a mut dyn FnMut(u64, &Receipt),
    receipt: Receipt,
    taken: u64,
    told: u64,
}

impl<'a> Settlement<'a> {
    fn new(settled: &'a mut dyn FnMut(u64, &Receipt)) -> Self {
        Self { settled, receipt: Receipt::accepted(Vec::new(), counted()), taken: 0, told: 0 }
    }

    fn accepted(&mut self) {
        (self.settled)(self.told, &self.receipt);
        self.told += 1;
    }

    fn under_way(&self) -> u64 {
        self.taken - self.told
    }

    /// Nothing is known of what is under way, and nothing else is sent.
    fn give_up(mut self, error: &Error, mails: &mut Mails<'_>) {
        self.receipt = Receipt::not_sent(error.clone());
        self.receipt.outcome = Outcome::Unknown;
        while self.under_way() > 0 {
            self.accepted();
        }
        self.receipt.outcome = Outcome::NotSent;
        mails.for_each(|_| self.accepted());
    }
}

/// Mails that are alike, on their way over one connection.
struct Run<'a, 'b, 'c> {
    text: &'a mut Text,
    connection: &'a mut Connection,
    mails: &'a mut Mails<'b>,
    settlement: &'a mut Settlement<'c>,
}

impl Run<'_, '_, '_> {
    fn in_turn(&mut self, flights: &[Flight]) -> Result<(), Error> {
        while let Some(mail) = self.take() {
            self.text.put_head(0, &mail);
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
            self.text.put_head(0, &mail);
            current = self.take();
            self.exchange(if current.is_some() { joined } else { content })?;
            self.settlement.accepted();
        }
        Ok(())
    }

    /// Keeps the window full: while the server works on one half of it, the other is made up for.
    fn streamed(&mut self, course: &Streamed) -> Result<(), Error> {
        let enough = course.batch.min(course.window.div_ceil(2));
        let (mut replies, mut more) = (0, true);
        loop {
            while more && self.room(course) >= enough {
                let wanted = course.batch.min(self.room(course));
                let count = (0..wanted).map_while(|number| self.take_as(number)).count();
                replies += self.write(0..count * course.stride)?;
                more = count == wanted;
            }
            if self.settlement.under_way() == 0 {
                return Ok(());
            }
            replies += self.connection.wire.read(Step::EndOfData)?;
            while replies >= course.replies {
                replies -= course.replies;
                self.settlement.accepted();
            }
        }
    }

    fn room(&self, course: &Streamed) -> usize {
        let under_way = usize::try_from(self.settlement.under_way()).unwrap_or(usize::MAX);
        course.window.saturating_sub(under_way)
    }

    /// Takes the next mail, if it is one of these.
    fn take(&mut self) -> Option<Mail> {
        let taken = self.mails.next_if(|mail| self.text.is_for(mail));
        self.settlement.taken += u64::from(taken.is_some());
        taken
    }

    /// Takes the next mail, if it is one of these, to be written as the one of this number.
    fn take_as(&mut self, number: usize) -> Option<()> {
        let mail = self.take()?;
        self.text.put_head(number, &mail);
        Some(())
    }

    fn exchange(&mut self, flight: &Flight) -> Result<(), Error> {
        let spared = self.write(flight.bytes.clone())?;
        self.connection.wire.wait_for(Step::EndOfData, flight.replies - spared)
    }

    /// Writes these bytes, and tells how many of their replies do not come, because they are a
    /// connection's first and their RSET was left out.
    fn write(&mut self, bytes: Range<usize>) -> Result<usize, Error> {
        let is_first = !std::mem::replace(&mut self.connection.begun, true);
        let skipped = if is_first { self.text.reset } else { 0 };
        let bytes = self.text.bytes(bytes.start + skipped..bytes.end);
        // The step of an error is only a hint: nobody looks at what is said.
        self.connection.wire.write(Step::Content, bytes)?;
        Ok(usize::from(skipped > 0))
    }
}

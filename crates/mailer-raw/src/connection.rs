//! One connection: a session, the stream below it, and **the loop** between them.

mod offering;

use std::{
    io::{self, Read},
    sync::Arc,
    time::{Duration, Instant},
};

use mailer::{Error, Kind, MessageReader, Receipt, Security, Server, Step, Trace, What};
use mailer_protocol::{Block, Next, Session};

use crate::{
    connect::connect,
    connection_options::ConnectionOptions,
    deadline::{after, is_over},
    queue::Queue,
    stream::Stream,
    tls::{self, Prepared},
    tracer::Tracer,
    wire::Wire,
};

/// The size of the read buffer in bytes: the maximum content of a TLS record.
const READ_SIZE: usize = 16 * 1024;

pub(crate) struct Connection {
    server: Arc<Server>,
    session: Session,
    stream: Stream,
    /// The TLS handshake, until it begins. It is prepared directly after connecting, while the server prepares its
    /// greeting, so that STARTTLS does not wait for it.
    handshake: Option<Prepared>,
    tracer: Tracer,
    /// The content of the mail that was offered last.
    content: Option<MessageReader>,
    buffer: Box<[u8; READ_SIZE]>,
    /// The number of the reply whose deadline is set.
    reply_number: Option<u64>,
    /// The time of the last successful read.
    last_read: Instant,
    /// The end of the current call, or of the oldest mail that is not settled.
    end: Option<Instant>,
    /// Whether the loop has ended as idle since the last mail, for any length of time.
    was_idle: bool,
}

/// The reason why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All mails are settled, and the session can continue.
    Idle,
    /// The session is over.
    Closed,
}

impl Connection {
    /// Connects, before `end` at the latest. Nothing is sent yet.
    pub(crate) fn new(
        server: &Arc<Server>,
        options: ConnectionOptions,
        trace: Option<Arc<dyn Trace>>,
        end: Option<Instant>,
    ) -> Result<Self, Error> {
        let may_use_tls = server.security != Security::None;
        let connector = may_use_tls.then(|| tls::connector(server)).transpose()?;
        let deadline = after(server.timeouts.connect);
        let deadline = end.map_or(deadline, |end| end.min(deadline));
        let socket = connect(server, deadline)?;
        let peer = socket.peer_addr();
        let mut wire = Wire::new(socket, deadline, options.nagle)
            .map_err(|cause| Error::not_connected(server, &cause).with_cause(cause))?;
        wire.set_delayed_ack(options.delayed_ack);
        if let Some(bytes) = options.tls_batch {
            wire.set_max_batch(bytes);
        }
        let mut connection = Self {
            server: server.clone(),
            session: Session::new(server.clone(), options.pipelining),
            stream: Stream::Plain(wire),
            handshake: connector.map(|connector| connector.prepare(&server.host)),
            tracer: Tracer::default(),
            content: None,
            buffer: Box::new([0; READ_SIZE]),
            reply_number: None,
            last_read: Instant::now(),
            end: None,
            was_idle: false,
        };
        connection.trace_to(trace);
        if let Ok(peer) = peer {
            connection.tracer.emit(What::Connected { peer });
        }
        Ok(connection)
    }

    /// Starts TLS and authenticates, unless that is done already.
    pub(crate) fn open(&mut self, end: Option<Instant>) -> Result<(), Error> {
        match self.run_without_mails(end) {
            Ended::Idle => Ok(()),
            Ended::Closed => Err(self.failure()),
        }
    }

    /// Sends mails until the queue is empty or the session is over.
    pub(crate) fn send(
        &mut self,
        queue: &mut Queue<'_>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) -> Ended {
        self.session.expect_mails();
        self.run(queue, None, settled)
    }

    /// Sends QUIT and closes the connection.
    pub(crate) fn quit(mut self, end: Option<Instant>) -> Result<(), Error> {
        self.session.quit();
        self.run_without_mails(end);
        self.session.failure().cloned().map_or(Ok(()), Err)
    }

    /// Returns the reason why the session never reached MAIL; `None` if it did, or if another mechanism is to
    /// be tried on the next connection.
    pub(crate) fn opening_failure(&self) -> Option<Error> {
        let is_final = !self.session.has_reached_mail() && !self.pipelined_mechanism_unknown();
        is_final.then(|| self.failure())
    }

    /// Whether the server did not know the mechanism of an AUTH that was pipelined, and another one is left.
    pub(crate) fn pipelined_mechanism_unknown(&self) -> bool {
        self.session.pipelined_mechanism_unknown()
    }

    /// Whether this server refuses or drops commands that follow a content.
    pub(crate) fn overlap_refused(&self) -> bool {
        self.session.overlap_refused()
    }

    /// Whether the server accepts another mail on this connection.
    pub(crate) fn is_ready(&self) -> bool {
        self.session.is_ready()
    }

    pub(crate) fn trace_to(&mut self, trace: Option<Arc<dyn Trace>>) {
        self.tracer = Tracer::new(trace);
        self.session.keep_journal(self.tracer.is_on());
    }

    fn run_without_mails(&mut self, end: Option<Instant>) -> Ended {
        let server = Arc::clone(&self.server);
        let mut no_mails = std::iter::empty();
        self.run(&mut Queue::new(&mut no_mails, &server.timeouts), end, &mut |_, _| {})
    }

    /// **The loop.** It asks the session what to do next and does it, until nothing is left to do. `end` limits
    /// a call without mails; each mail has its own end.
    fn run(
        &mut self,
        queue: &mut Queue<'_>,
        end: Option<Instant>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) -> Ended {
        loop {
            self.set_end(queue.end().or(end));
            let done = match self.session.what_next() {
                Next::Write { step, limit } => self.write(step, limit),
                Next::Read { step, reply_number, limit } => self.read(step, reply_number, limit),
                Next::StartTls { limit } => self.start_tls(limit),
                Next::Mail => self.offer_next(queue),
                Next::Content { max, .. } => self.send_content(max),
                Next::Settled(mail) => {
                    queue.settle(mail, self.session.receipt(), settled);
                    Ok(())
                }
                Next::Idle => {
                    self.was_idle = true;
                    return Ended::Idle;
                }
                Next::Close => {
                    self.close();
                    return Ended::Closed;
                }
            };
            if let Err(error) = done {
                self.session.fail(self.with_reason(error));
            }
        }
    }

    fn set_end(&mut self, end: Option<Instant>) {
        if self.end != end {
            self.end = end;
            self.stream.set_end(end);
        }
    }

    /// Returns the error of a step that timed out, with the reason if it is the end of the whole call.
    fn with_reason(&self, error: Error) -> Error {
        match self.server.timeouts.total {
            Some(total) if error.kind() == Kind::TimedOut && is_over(self.end) => {
                Error::total_timed_out(error.step().unwrap_or(self.session.step()), total)
            }
            _ => error,
        }
    }

    fn write(&mut self, step: Step, limit: Duration) -> Result<(), Error> {
        self.trace_notes();
        self.stream.set_pace(limit);
        let written = self.stream.write_flight(self.session.flight(), &[]);
        self.finish_write(step, written)
    }

    fn finish_write(&mut self, step: Step, written: io::Result<()>) -> Result<(), Error> {
        self.trace_notes();
        if let Err(cause) = written {
            return Err(self.explain_failed_write(step, cause));
        }
        self.session.wrote();
        if step == Step::Content {
            // The next write or read reports a broken connection.
            let _ = self.read_early_reply();
        }
        // The time limit of a reply starts when everything is written.
        self.reply_number = None;
        Ok(())
    }

    /// Returns the error for a failed write. A server that closes the connection in the middle of a flight
    /// may have sent the reason in a reply or a TLS alert, which says more than the failed write.
    fn explain_failed_write(&mut self, step: Step, cause: io::Error) -> Error {
        let step = self.session.step_lost(step);
        self.session.write_interrupted();
        let mut read = Ok(true);
        while matches!(read, Ok(true)) && self.session.failure().is_none() {
            read = self.read_early_reply();
        }
        let alert = read.err().map(|cause| self.io_error(step, cause));
        let alert = alert.filter(|error| error.kind() == Kind::Tls);
        alert.unwrap_or_else(|| self.io_error(step, cause))
    }

    fn read(&mut self, step: Step, reply_number: u64, limit: Duration) -> Result<(), Error> {
        if self.reply_number != Some(reply_number) {
            self.reply_number = Some(reply_number);
            self.stream.set_deadline(after(limit));
        }
        match self.stream.read(self.buffer.as_mut_slice()) {
            Ok(0) => return Err(Error::lost(step)),
            Ok(count) => self.pass_on(count),
            Err(cause) if cause.kind() == io::ErrorKind::TimedOut && !is_over(self.end) => {
                self.session.reply_timed_out();
            }
            Err(cause) => return Err(self.io_error(step, cause)),
        }
        Ok(())
    }

    /// Reads what has arrived, without waiting: the server may refuse a content before it has received all
    /// of it. Returns whether anything had arrived.
    fn read_early_reply(&mut self) -> io::Result<bool> {
        let count = self.stream.read_now(self.buffer.as_mut_slice())?.unwrap_or_default();
        self.pass_on(count);
        Ok(count > 0)
    }

    /// Passes the first bytes of the buffer to the session.
    fn pass_on(&mut self, count: usize) {
        self.last_read = Instant::now();
        self.session.received(self.buffer.get(..count).unwrap_or_default());
        self.trace_notes();
    }

    fn start_tls(&mut self, limit: Duration) -> Result<(), Error> {
        self.stream.set_deadline(after(limit));
        let prepared = self.handshake.take().ok_or_else(|| Error::lost(Step::Tls))?;
        self.stream.secure(&self.server, prepared)?;
        let version = self.stream.wire().and_then(|wire| wire.tls_version());
        self.tracer.emit(What::TlsStarted { version });
        self.session.secured();
        Ok(())
    }

    /// Passes the next block of content to the session, and writes the block if the session leaves that to
    /// the caller.
    fn send_content(&mut self, max: usize) -> Result<(), Error> {
        let next =
            self.content.as_mut().map_or(Ok([].as_slice()), |content| content.next_block(max));
        let block = match next {
            Ok(block) => block,
            Err(error) => {
                self.session.content_failed(&error);
                return Ok(());
            }
        };
        if self.session.content_to_write(block) == Block::Buffered {
            return Ok(());
        }
        self.stream.set_pace(self.server.timeouts.block);
        let flight = self.session.flight();
        let (step, written) = (flight.step, self.stream.write_flight(flight, block));
        self.finish_write(step, written)
    }

    fn close(&mut self) {
        let writes = self.stream.wire().map(|wire| wire.counts().writes);
        self.stream.shut_down();
        self.tracer.emit(What::Closed { writes });
    }

    fn failure(&self) -> Error {
        self.session.failure().cloned().unwrap_or_else(|| Error::lost(self.session.step()))
    }

    fn io_error(&self, step: Step, cause: io::Error) -> Error {
        match cause.kind() {
            io::ErrorKind::TimedOut => Error::timed_out(step, self.server.timeouts.for_step(step)),
            _ => Error::broken(step, cause),
        }
    }

    fn trace_notes(&mut self) {
        if self.tracer.is_on() {
            self.tracer.pass_on(self.session.take_notes());
        }
    }
}

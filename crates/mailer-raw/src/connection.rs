//! One connection: a session and the stream it is spoken over, and **the loop** between them.

use std::{
    io::{self, Read},
    sync::Arc,
    time::{Duration, Instant},
};

use mailer::{Error, Event, Kind, MessageReader, Server, Source, Step, Trace, What};
use mailer_protocol::{Block, Next, Note, Session};
use native_tls::TlsConnector;

use crate::{
    connect::connect, connection_options::ConnectionOptions, deadline::after, queue::Queue,
    stream::Stream, tls, wire::Wire,
};

/// Octets read at once: a TLS record holds no more.
const READ: usize = 16 * 1024;
/// How long a server may be silent about what stood behind a content before it is taken to have
/// dropped it. To be wrong costs a connection, and no mail.
const DOUBT: Duration = Duration::from_secs(3);
/// A caller that took this long to give the next mail left the connection idle: what the server said
/// or did meanwhile is looked at before MAIL.
const PAUSE: Duration = Duration::from_millis(10);
/// A connection this quiet may be one that the server has given up without a word.
const QUIET: Duration = Duration::from_secs(1);

pub(crate) struct Connection {
    server: Arc<Server>,
    session: Session,
    stream: Stream,
    connector: Option<TlsConnector>,
    trace: Option<Arc<dyn Trace>>,
    /// The content of the mail that was taken last.
    content: Option<MessageReader>,
    buffer: Box<[u8; READ]>,
    /// The reply whose deadline is running.
    reply_number: Option<u64>,
    /// When the server was last heard.
    heard: Instant,
    /// The caller had the connection to itself since the last mail, for as long as it liked.
    was_left: bool,
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All that was taken is settled, and the session can go on.
    Idle,
    /// The session is over.
    Closed,
}

impl Connection {
    /// Connects; nothing is said yet.
    pub(crate) fn new(
        server: &Arc<Server>,
        options: ConnectionOptions,
        trace: Option<Arc<dyn Trace>>,
    ) -> Result<Self, Error> {
        let may_use_tls = server.security != mailer::Security::None;
        let connector = may_use_tls.then(|| tls::connector(&server.trust)).transpose()?;
        let deadline = after(server.timeouts.connect);
        let socket = connect(server, deadline)?;
        let peer = socket.peer_addr();
        let wire = Wire::new(socket, deadline, options.nagle)
            .map_err(|cause| Error::not_connected(server, &cause).with_cause(cause))?;
        let mut connection = Self {
            server: server.clone(),
            session: Session::new(server.clone(), options.pipelining),
            stream: Stream::Plain(wire),
            connector,
            trace: None,
            content: None,
            buffer: Box::new([0; READ]),
            reply_number: None,
            heard: Instant::now(),
            was_left: false,
        };
        connection.trace_to(trace);
        if let Ok(peer) = peer {
            connection.emit(What::Connected { peer }, None);
        }
        Ok(connection)
    }

    /// Secures and authenticates, unless that is done.
    pub(crate) fn open(&mut self) -> Result<(), Error> {
        match self.run_without_mails() {
            Ended::Idle => Ok(()),
            Ended::Closed => Err(self.failure()),
        }
    }

    /// Why the server never took the session as far as MAIL, if so.
    pub(crate) fn opening_failure(&self) -> Option<Error> {
        (!self.session.has_reached_mail()).then(|| self.failure())
    }

    /// **The loop**: asks the session what to do next, and does it, until nothing is left to do.
    pub(crate) fn run(
        &mut self,
        queue: &mut Queue<'_>,
        settled: &mut dyn FnMut(u64, &mailer::Receipt),
    ) -> Ended {
        loop {
            let next = self.session.what_next();
            let done = match next {
                Next::Write { step } => self.write(step),
                Next::Read { step, reply_number, in_doubt } => {
                    self.read(step, reply_number, in_doubt)
                }
                Next::StartTls => self.start_tls(),
                Next::Content { max, .. } => self.pass_content(max),
                Next::Mail => self.offer_next(queue),
                Next::Settled(mail) => {
                    queue.settle(mail, self.session.receipt(), settled);
                    Ok(())
                }
                Next::Idle => {
                    self.was_left = true;
                    return Ended::Idle;
                }
                Next::Close => {
                    self.close();
                    return Ended::Closed;
                }
            };
            if let Err(error) = done {
                self.session.fail(error);
            }
        }
    }

    /// Offers the next mail, unless the server gave up the connection while it was idle.
    fn offer_next(&mut self, queue: &mut Queue<'_>) -> Result<(), Error> {
        let was_quiet = self.session.is_quiet();
        let asked = Instant::now();
        let has_mails = queue.has_mails();
        let was_left = std::mem::take(&mut self.was_left) || asked.elapsed() >= PAUSE;
        if has_mails && was_quiet && was_left {
            self.check_idle()?;
        }
        self.content = queue.offer_next(&mut self.session);
        Ok(())
    }

    /// Looks, without waiting, at what arrived on an idle connection. Whatever it is, it answers
    /// nothing: FIN, RST, the end of TLS, or a last word such as 421. The next mail then takes a new
    /// connection; this one never heard of it.
    fn check_idle(&mut self) -> Result<(), Error> {
        self.stream.set_deadline(after(self.server.timeouts.command));
        let step = self.session.step();
        match self.stream.read_now(self.buffer.as_mut_slice()) {
            Ok(None) if self.heard.elapsed() < QUIET => Ok(()),
            Ok(None) => {
                self.session.was_quiet();
                Ok(())
            }
            Ok(Some(count)) => {
                self.take_in(count);
                Err(Error::lost(step))
            }
            Err(cause) => Err(self.broken(step, cause)),
        }
    }

    fn run_without_mails(&mut self) -> Ended {
        self.run(&mut Queue::new(&mut std::iter::empty()), &mut |_, _| {})
    }

    /// Takes mails from the queue until it has no more, or the session is over.
    pub(crate) fn send(
        &mut self,
        queue: &mut Queue<'_>,
        settled: &mut dyn FnMut(u64, &mailer::Receipt),
    ) -> Ended {
        self.session.expect_mails();
        self.run(queue, settled)
    }

    /// Says QUIT and closes.
    pub(crate) fn quit(mut self) -> Result<(), Error> {
        self.session.quit();
        self.run_without_mails();
        self.session.failure().cloned().map_or(Ok(()), Err)
    }

    /// Whether this server does not bear [`Flow::Overlapped`].
    pub(crate) fn overlap_refused(&self) -> bool {
        self.session.overlap_refused()
    }

    /// Whether the server would take MAIL.
    pub(crate) fn is_ready(&self) -> bool {
        self.session.is_ready()
    }

    pub(crate) fn trace_to(&mut self, trace: Option<Arc<dyn Trace>>) {
        self.session.keep_journal(trace.is_some());
        self.trace = trace;
    }

    fn write(&mut self, step: Step) -> Result<(), Error> {
        self.tell_journal();
        // Whoever says something else than EHLO has had an answer inside TLS.
        self.acknowledge_at_once(step == Step::EhloAgain);
        self.stream.set_pace(self.server.timeouts.for_step(step));
        let written = self.stream.write_flight(&self.session, &[]);
        self.finish_write(step, written)
    }

    fn finish_write(&mut self, step: Step, written: io::Result<()>) -> Result<(), Error> {
        self.tell_journal();
        if let Err(cause) = written {
            return Err(self.explain_failed_write(step, cause));
        }
        self.session.wrote();
        if step == Step::Content {
            // A connection that is broken is found out by the next write or read.
            let _ = self.take_early_reply();
        }
        // A reply's time begins when all that was to be said is said.
        self.reply_number = None;
        Ok(())
    }

    /// A server that closes the connection in the middle of a flight may have said why, in a reply or
    /// by an alert of TLS: that tells more than the failed write does.
    fn explain_failed_write(&mut self, step: Step, cause: io::Error) -> Error {
        let step = self.session.step_lost(step);
        self.session.write_interrupted();
        let mut said = Ok(true);
        while matches!(said, Ok(true)) && self.session.failure().is_none() {
            said = self.take_early_reply();
        }
        let alert = said.err().map(|cause| self.broken(step, cause));
        alert.filter(|error| error.kind() == Kind::Tls).unwrap_or_else(|| self.broken(step, cause))
    }

    fn read(&mut self, step: Step, reply_number: u64, in_doubt: bool) -> Result<(), Error> {
        if self.reply_number != Some(reply_number) {
            self.reply_number = Some(reply_number);
            let limit = self.server.timeouts.for_step(step);
            let limit = if in_doubt { limit.min(DOUBT) } else { limit };
            self.stream.set_deadline(after(limit));
        }
        match self.stream.read(self.buffer.as_mut_slice()) {
            Ok(0) => Err(Error::lost(step)),
            Ok(count) => {
                self.take_in(count);
                Ok(())
            }
            Err(cause) if in_doubt && cause.kind() == io::ErrorKind::TimedOut => {
                self.session.reply_timed_out();
                Ok(())
            }
            Err(cause) => Err(self.broken(step, cause)),
        }
    }

    /// Looks, without waiting, whether the server has answered already: it may refuse a content before
    /// it has all of it. Returns whether anything had arrived.
    fn take_early_reply(&mut self) -> io::Result<bool> {
        let count = self.stream.read_now(self.buffer.as_mut_slice())?.unwrap_or_default();
        self.take_in(count);
        Ok(count > 0)
    }

    /// Gives the session what was read into the buffer.
    fn take_in(&mut self, count: usize) {
        self.heard = Instant::now();
        self.session.received(self.buffer.get(..count).unwrap_or_default());
        self.tell_journal();
    }

    fn start_tls(&mut self) -> Result<(), Error> {
        self.stream.set_deadline(after(self.server.timeouts.tls));
        self.acknowledge_at_once(true);
        let connector = self.connector.as_ref().ok_or_else(|| Error::lost(Step::Tls))?;
        self.stream.secure(&self.server, connector)?;
        let version = self.stream.wire().and_then(|wire| wire.tls_version());
        self.emit(What::TlsStarted { version }, None);
        self.session.secured();
        Ok(())
    }

    fn acknowledge_at_once(&mut self, prompt: bool) {
        if let Some(wire) = self.stream.wire() {
            wire.acknowledge_at_once(prompt);
        }
    }

    /// Gives the session the next block of content, and writes it where the session spares the copy.
    fn pass_content(&mut self, max: usize) -> Result<(), Error> {
        let block = match self
            .content
            .as_mut()
            .map_or(Ok([].as_slice()), |reader| reader.next_block(max))
        {
            Ok(block) => block,
            Err(error) => {
                self.session.spoil_content(&error);
                return Ok(());
            }
        };
        if self.session.content(block) == Block::Buffered {
            return Ok(());
        }
        self.stream.set_pace(self.server.timeouts.for_step(Step::Content));
        let written = self.stream.write_flight(&self.session, block);
        self.finish_write(Step::Content, written)
    }

    fn close(&mut self) {
        let writes = self.stream.wire().map(|wire| wire.counts().writes);
        self.stream.shut_down();
        self.emit(What::Closed { writes }, None);
    }

    fn failure(&self) -> Error {
        self.session.failure().cloned().unwrap_or_else(|| Error::lost(self.session.step()))
    }

    fn broken(&self, step: Step, cause: io::Error) -> Error {
        match cause.kind() {
            io::ErrorKind::TimedOut => Error::timed_out(step, self.server.timeouts.for_step(step)),
            _ => Error::broken(step, cause),
        }
    }

    /// Passes on what the session noted, with the time that it does not know.
    fn tell_journal(&mut self) {
        for note in self.session.take_notes() {
            match &note {
                Note::Sent { step, line, source } => {
                    self.emit(What::Sent { step: *step, line }, Some((*source).into()));
                }
                Note::Content { bytes, source } => {
                    self.emit(What::Content { bytes }, Some((*source).into()));
                }
                Note::Received { step, reply } => {
                    self.emit(What::Received { step: *step, reply }, None);
                }
            }
        }
    }

    fn emit(&self, what: What<'_>, source: Option<Source>) {
        if let Some(trace) = &self.trace {
            trace.event(&Event::new(Instant::now(), what, source));
        }
    }
}

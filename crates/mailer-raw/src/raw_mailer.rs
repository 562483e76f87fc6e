//! The backend: [`RawMailer`].

use std::{fmt, sync::Arc, time::Instant};

use mailer::{Error, Mail, Mailer, Receipt, Security, Server, Trace};
use mailer_protocol::{Flow, Pipelining, plan};

use crate::{
    connection::{Connection, Ended},
    connection_options::ConnectionOptions,
    deadline::end_of_call,
    queue::{Queue, outgoing},
    tls,
};

/// A mailer that writes every byte of the SMTP dialogue itself.
///
/// ```no_run
/// use mailer::Mailer;
/// use mailer_raw::{Flow, RawMailer};
/// let server = "smtp://ann%40example.com:secret@mail.example.com".parse()?;
/// let mut mailer = RawMailer::new(&server, Flow::Auto)?;
/// mailer.open()?;
/// mailer.close()?;
/// # Ok::<(), mailer::Error>(())
/// ```
pub struct RawMailer {
    server: Arc<Server>,
    options: ConnectionOptions,
    connection: Option<Connection>,
    trace: Option<Arc<dyn Trace>>,
}

impl RawMailer {
    /// Returns a mailer to this server with a [`Flow`] or with more options for the grouping of commands.
    /// Nothing is sent yet.
    ///
    /// With [`Pipelining::pipeline_quit`], the `size_hint` of the iterator for `send_many` must show which
    /// mail is the last, because no mail is pulled from the iterator before it can be sent.
    ///
    /// # Errors
    /// [`mailer::Kind::Configuration`] if an added CA cannot be read. The TLS configuration is loaded
    /// here, so that opening a connection does not have to wait for it.
    pub fn new(server: &Server, pipelining: impl Into<Pipelining>) -> Result<Self, Error> {
        if server.security != Security::None {
            tls::connector(server)?;
        }
        let options =
            ConnectionOptions { pipelining: pipelining.into(), ..ConnectionOptions::default() };
        Ok(Self { server: Arc::new(server.clone()), options, connection: None, trace: None })
    }

    /// Returns the mailer with Nagle's algorithm on (`TCP_NODELAY` off), as lettre leaves it. A small write
    /// that follows another then waits for an ACK, which the server may delay.
    #[must_use]
    pub fn with_nagle(mut self) -> Self {
        self.options.nagle = true;
        self
    }

    /// Returns the mailer with ACKs left to the system, as lettre leaves them. A server that answers a group
    /// in several small writes with Nagle's algorithm on then waits for an ACK, which the system may delay.
    ///
    /// Without this, raw acknowledges the part of an answer that has arrived before it waits for the rest.
    /// That needs `TCP_QUICKACK`, which only Linux has.
    #[must_use]
    pub fn with_delayed_ack(mut self) -> Self {
        self.options.delayed_ack = true;
        self
    }

    /// Returns the mailer with at most this many bytes of TLS records per write, for the comparison of sizes in
    /// docs/tls.md.
    #[doc(hidden)]
    #[must_use]
    pub fn with_tls_batch(mut self, bytes: usize) -> Self {
        self.options.tls_batch = Some(bytes);
        self
    }

    /// Returns the commands for this mail, flight by flight, for a server that announces every extension.
    ///
    /// # Errors
    /// Returns an error if the mail cannot be rendered or read.
    pub fn plan(
        server: &Server,
        pipelining: impl Into<Pipelining>,
        mail: &Mail,
    ) -> Result<Vec<Vec<String>>, Error> {
        Ok(plan(server, pipelining, &[outgoing(mail)?]))
    }

    /// Returns the connection, or a new one if it cannot be used. A new connection sends nothing yet,
    /// because its first flight may include mails. Connecting stops at `end`.
    fn connection(&mut self, end: Option<Instant>) -> Result<&mut Connection, Error> {
        let connection = match self.connection.take() {
            Some(connection) if connection.is_ready() => connection,
            old => {
                // The server does not accept more mails on the old one, and the result of QUIT is not needed.
                let _ = old.map_or(Ok(()), |connection| connection.quit(end));
                Connection::new(&self.server, self.options, self.trace.clone(), end)?
            }
        };
        Ok(self.connection.insert(connection))
    }
}

impl RawMailer {
    /// Sends mails over one connection, until the queue is empty or the connection ends.
    ///
    /// # Errors
    /// Returns the reason if the connection could not be opened. It is not retried.
    fn send_over_one(
        &mut self,
        queue: &mut Queue<'_>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) -> Result<(), Error> {
        let connection = self.connection(queue.end())?;
        let ended = connection.send(queue, settled);
        let failure = connection.opening_failure();
        let overlap_refused = connection.overlap_refused();
        let mechanism_unknown = connection.pipelined_mechanism_unknown();
        let pipelining = &mut self.options.pipelining;
        if overlap_refused {
            pipelining.flow = Flow::Pipelined;
        }
        // On the next connection, AUTH waits for its reply, and the next mechanism is tried.
        pipelining.pipeline_auth &= !mechanism_unknown;
        if ended == Ended::Closed {
            self.connection = None;
        }
        failure.map_or(Ok(()), Err)
    }
}

impl fmt::Debug for RawMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawMailer")
            .field("server", &self.server)
            .field("options", &self.options)
            .field("is_connected", &self.connection.is_some())
            .finish_non_exhaustive()
    }
}

impl Mailer for RawMailer {
    fn open(&mut self) -> Result<(), Error> {
        let end = end_of_call(&self.server.timeouts);
        let opened = self.connection(end)?.open(end);
        if opened.is_err() {
            self.connection = None;
        }
        opened
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        let mut receipt = None;
        self.send_many(&mut std::iter::once(mail.clone()), &mut |_, settled| {
            receipt = Some(settled.clone());
        });
        // `send_many` settles every mail that it pulls.
        receipt.unwrap_or_else(|| Receipt::not_sent(Error::lost(mailer::Step::Prepare)))
    }

    fn send_many(
        &mut self,
        mails: &mut dyn Iterator<Item = Mail>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) {
        let server = Arc::clone(&self.server);
        let mut queue = Queue::new(mails, &server.timeouts);
        while queue.has_mails() {
            if let Err(error) = self.send_over_one(&mut queue, settled) {
                return queue.give_up(&error, settled);
            }
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        let end = end_of_call(&self.server.timeouts);
        self.connection.take().map_or(Ok(()), |connection| connection.quit(end))
    }

    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
        if let Some(connection) = &mut self.connection {
            connection.trace_to(sink.clone());
        }
        self.trace = sink;
    }
}

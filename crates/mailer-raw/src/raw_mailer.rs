//! The backend itself.

use std::sync::Arc;

use mailer::{Error, Mail, Mailer, Receipt, Security, Server, Trace};
use mailer_protocol::{Flow, Pipelining, plan};

use crate::{
    connection::{Connection, Ended},
    connection_options::ConnectionOptions,
    queue::{Queue, outgoing},
    tls,
};

/// Sends mail over a connection of its own, with every byte of the dialogue written in this project.
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
    /// A mailer to this server, by a flow or by more that can be said about the pipelining of commands;
    /// nothing is sent yet. Where QUIT is to join the last mail, the `size_hint` of the iterator that
    /// `send_many` gets has to tell which that is: none is taken before it can be begun.
    ///
    /// # Errors
    /// [`mailer::Kind::Configuration`] if an added CA cannot be read. What TLS needs is loaded now,
    /// so that it costs no time when the connection is opened.
    pub fn new(server: &Server, pipelining: impl Into<Pipelining>) -> Result<Self, Error> {
        if server.security != Security::None {
            tls::connector(&server.trust)?;
        }
        let options = ConnectionOptions { pipelining: pipelining.into(), nagle: false };
        Ok(Self { server: Arc::new(server.clone()), options, connection: None, trace: None })
    }

    /// The same mailer with TCP_NODELAY off, as sockets are by default and lettre leaves them: what is
    /// small and not the first on its way waits for an acknowledgement, which servers delay.
    #[must_use]
    pub fn with_nagle(mut self) -> Self {
        self.options.nagle = true;
        self
    }

    /// What would be said for this mail, flight by flight, to a server that announces everything.
    ///
    /// # Errors
    /// What keeps the mail from being rendered or read.
    pub fn plan(
        server: &Server,
        pipelining: impl Into<Pipelining>,
        mail: &Mail,
    ) -> Result<Vec<Vec<String>>, Error> {
        Ok(plan(server, pipelining, &[outgoing(mail)?]))
    }

    /// The connection, a new one if there is none that can be used. A new one is only connected:
    /// what is said first may belong to a flight with mails.
    fn connection(&mut self) -> Result<&mut Connection, Error> {
        let connection = match self.connection.take() {
            Some(connection) if connection.is_ready() => connection,
            old => {
                // The server has had enough of the old one, and nothing depends on it any more.
                let _ = old.map_or(Ok(()), Connection::quit);
                Connection::new(&self.server, self.options, self.trace.clone())?
            }
        };
        Ok(self.connection.insert(connection))
    }
}

impl RawMailer {
    /// Sends what one connection takes.
    ///
    /// # Errors
    /// What kept the connection from being opened: there is no second try.
    fn send_over_one(
        &mut self,
        queue: &mut Queue<'_>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) -> Result<(), Error> {
        let connection = self.connection()?;
        let ended = connection.send(queue, settled);
        let failure = connection.opening_failure();
        if connection.overlap_refused() {
            self.options.pipelining.flow = Flow::Pipelined;
        }
        if ended == Ended::Closed {
            self.connection = None;
        }
        failure.map_or(Ok(()), Err)
    }
}

impl Mailer for RawMailer {
    fn open(&mut self) -> Result<(), Error> {
        let opened = self.connection()?.open();
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
        // `send_many` settles every mail it takes.
        receipt.unwrap_or_else(|| Receipt::not_sent(Error::lost(mailer::Step::Prepare)))
    }

    fn send_many(
        &mut self,
        mails: &mut dyn Iterator<Item = Mail>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) {
        let mut queue = Queue::new(mails);
        while queue.has_mails() {
            if let Err(error) = self.send_over_one(&mut queue, settled) {
                return queue.give_up(&error, settled);
            }
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        self.connection.take().map_or(Ok(()), Connection::quit)
    }

    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
        if let Some(connection) = &mut self.connection {
            connection.trace_to(sink.clone());
        }
        self.trace = sink;
    }
}

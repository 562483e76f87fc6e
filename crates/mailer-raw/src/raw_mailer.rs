//! The backend itself.

use std::sync::Arc;

use mailer::{Error, Mail, Mailer, Receipt, Security, Server, Trace};
use mailer_protocol::{Flow, Window, plan};

use crate::{
    connection::{Connection, Ended},
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
    flow: Flow,
    window: Window,
    connection: Option<Connection>,
    trace: Option<Arc<dyn Trace>>,
}

impl RawMailer {
    /// A mailer to this server; nothing is sent yet.
    ///
    /// # Errors
    /// [`mailer::Kind::Configuration`] if an added CA cannot be read. What TLS needs is loaded now,
    /// so that it costs no time when the connection is opened.
    pub fn new(server: &Server, flow: Flow) -> Result<Self, Error> {
        if server.security != Security::None {
            tls::connector(&server.trust)?;
        }
        let (server, window) = (Arc::new(server.clone()), Window::default());
        Ok(Self { server, flow, window, connection: None, trace: None })
    }

    /// The same mailer with another window for [`Flow::Streamed`].
    #[must_use]
    pub fn with_window(self, window: Window) -> Self {
        Self { window, ..self }
    }

    /// What would be said for this mail, flight by flight, to a server that announces everything.
    ///
    /// # Errors
    /// What keeps the mail from being rendered or read.
    pub fn plan(server: &Server, flow: Flow, mail: &Mail) -> Result<Vec<Vec<String>>, Error> {
        Ok(plan(server, flow, Window::default(), &[outgoing(mail)?]))
    }

    /// The open connection, a new one if there is none that can be used.
    fn connection(&mut self) -> Result<&mut Connection, Error> {
        let connection = match self.connection.take() {
            Some(connection) if connection.is_ready() => connection,
            old => {
                // The server has had enough of the old one, and nothing depends on it any more.
                let _ = old.map_or(Ok(()), Connection::quit);
                Connection::open(&self.server, self.flow, self.window, self.trace.clone())?
            }
        };
        Ok(self.connection.insert(connection))
    }
}

impl Mailer for RawMailer {
    fn open(&mut self) -> Result<(), Error> {
        self.connection().map(|_| ())
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
            match self.connection() {
                Ok(connection) => {
                    let ended = connection.send(&mut queue, settled);
                    if connection.overlap_refused() {
                        self.flow = Flow::Pipelined;
                    }
                    if ended == Ended::Closed {
                        self.connection = None;
                    }
                }
                Err(error) => return queue.give_up(&error, settled),
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

//! lettre as its users use it.

use std::sync::Arc;

use lettre::{
    SmtpTransport, Transport,
    address::Envelope,
    transport::smtp::{Error as LettreError, PoolConfig, SmtpTransportBuilder, response::Response},
};
use mailer::{Error, Mail, Mailer, Receipt, Server, Trace};

use crate::{dialogue::Dialogue, runner::Runner, session::Way, settings::Settings};

/// Sends by lettre's `SmtpTransport`: a pool, of one connection here.
///
/// Each call runs on a thread of its own and is given up when the deadlines of all its steps
/// together have passed; [`LettreMailer::on_callers_thread`] does without. Dropped without
/// [`close`](Mailer::close), it says QUIT in the background. What lettre does not keep of the
/// promises of [`Mailer`] is listed in [`DIFFERENCES`](crate::DIFFERENCES).
///
/// ```
/// use mailer::{Mailer, Server};
/// use mailer_lettre::LettreMailer;
///
/// let server: Server = "smtp://mail.example.com".parse()?;
/// let mailer: Box<dyn Mailer> = Box::new(LettreMailer::new(&server)?);
/// # Ok::<(), mailer::Error>(())
/// ```
pub struct LettreMailer {
    runner: Runner<Pooled>,
}

impl LettreMailer {
    /// A mailer for this server. Nothing is connected yet; TLS is set up, which takes some
    /// milliseconds.
    ///
    /// # Errors
    /// [`Kind::Configuration`](mailer::Kind::Configuration) if a certificate of an added CA cannot be
    /// read, or the program was built without lettre's debug events, which say what was sent.
    pub fn new(server: &Server) -> Result<Self, Error> {
        Ok(Self { runner: Runner::new(server)? })
    }

    /// The same mailer without the guard: lettre runs on the thread that calls, as its users run it,
    /// and nothing ends a call but lettre's own time-outs.
    #[must_use]
    pub fn on_callers_thread(self) -> Self {
        Self { runner: self.runner.on_callers_thread() }
    }
}

impl Mailer for LettreMailer {
    /// Makes lettre connect, and keep the connection in its pool. That costs a round trip more than
    /// a handshake: the only way to it is `test_connection`, which says NOOP.
    fn open(&mut self) -> Result<(), Error> {
        self.runner.open()
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        self.runner.send(mail)
    }

    fn close(&mut self) -> Result<(), Error> {
        self.runner.close()
    }

    /// Nothing in lettre marks that TCP is connected, or that TLS from the first byte is on, so no
    /// event says so.
    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
        self.runner.trace_to(sink);
    }
}

/// The whole of it: what lettre's users write.
struct Pooled {
    builder: SmtpTransportBuilder,
    transport: Option<SmtpTransport>,
}

impl Pooled {
    fn transport(&mut self) -> &SmtpTransport {
        self.transport.get_or_insert_with(|| self.builder.clone().build())
    }
}

impl Way for Pooled {
    fn new(settings: &Arc<Settings>, _: &Arc<Dialogue>) -> Self {
        let mut builder = SmtpTransport::builder_dangerous(&*settings.host)
            .port(settings.port)
            .tls(settings.tls.clone())
            .hello_name(settings.hello.clone())
            .timeout(Some(settings.timeout))
            .authentication(settings.mechanisms.clone())
            .pool_config(PoolConfig::new().max_size(1));
        if let Some(credentials) = &settings.credentials {
            builder = builder.credentials(credentials.clone());
        }
        Self { builder, transport: None }
    }

    fn open(&mut self) -> Result<(), LettreError> {
        self.transport().test_connection().map(drop)
    }

    fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Response, LettreError> {
        self.transport().send_raw(envelope, message)
    }

    /// `shutdown` says QUIT on this thread and waits for 221; dropping the transport would say it
    /// too, but on whichever thread holds the pool last.
    fn close(&mut self) -> Result<(), LettreError> {
        if let Some(transport) = self.transport.take() {
            transport.shutdown();
        }
        Ok(())
    }
}

//! The two mailers of this crate: two ways to call lettre, both with the guard.

use std::{fmt, sync::Arc};

use mailer::{Error, Mail, Mailer, Receipt, Server, Trace};

use crate::{connection::Connection, guard::Runner, transport::Transport};

/// A mailer that uses lettre's `SmtpTransport`, with a pool of one connection.
///
/// Each call runs on a worker thread and is abandoned when the deadlines of all its steps together, or
/// [`Timeouts::total`](mailer::Timeouts::total), have passed. [`LettreMailer::on_callers_thread`] turns this
/// off. A mailer that is dropped without
/// [`close`](Mailer::close) sends QUIT in the background. [`DIFFERENCES`](crate::DIFFERENCES) lists
/// the promises of [`Mailer`] that lettre does not keep.
///
/// A program built with `panic = "abort"` can use it. There, an abandoned call leaves a sleeping thread
/// and its connection until the process ends, and a panic inside lettre ends the process instead of
/// becoming an error.
///
/// A [`Trace`] receives its events on the calling thread: with the guard as they happen, without it when
/// the call ends.
///
/// [`open`](Mailer::open) makes lettre connect and keep the connection in its pool. lettre's only call
/// for this is `test_connection`, which sends NOOP: one round trip more than a handshake needs.
///
/// ```
/// use mailer::{Mailer, Server};
/// use mailer_lettre::LettreMailer;
///
/// let server: Server = "smtp://mail.example.com".parse()?;
/// let mailer: Box<dyn Mailer> = Box::new(LettreMailer::new(&server)?);
/// # Ok::<(), mailer::Error>(())
/// ```
pub struct LettreMailer(Runner<Transport>);

/// A mailer that uses lettre's `SmtpConnection` without the pool, so without NOOP and without silent
/// reconnects.
///
/// Its handshake ends where [`Mailer::open`] defines the end, so a comparison of handshakes is fair. Few
/// of lettre's users use it, so it appears in measurements only.
pub struct LettreConnection(Runner<Connection>);

/// Implements a mailer whose calls all go to its [`Runner`].
macro_rules! run_by_runner {
    ($mailer:ident) => {
        impl $mailer {
            /// Returns a mailer for this server, without a connection. TLS is set up now, which takes some
            /// milliseconds for the first mailer of a process to a server.
            ///
            /// # Errors
            /// [`Kind::Configuration`](mailer::Kind::Configuration) if a certificate of an added CA
            /// cannot be read, or if the program was built without lettre's debug events, which
            /// report what was sent.
            pub fn new(server: &Server) -> Result<Self, Error> {
                Runner::new(server).map(Self)
            }

            /// Returns the mailer without the guard: lettre runs on the calling thread, as its users run
            /// it, and only lettre's own time-out ends a call.
            #[must_use]
            pub fn on_callers_thread(self) -> Self {
                Self(self.0.on_callers_thread())
            }
        }

        impl fmt::Debug for $mailer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt_as(stringify!($mailer), f)
            }
        }

        /// lettre does not report that TCP is connected or that implicit TLS has started, so a trace has
        /// no event for either.
        impl Mailer for $mailer {
            fn open(&mut self) -> Result<(), Error> {
                self.0.open()
            }

            fn send(&mut self, mail: &Mail) -> Receipt {
                self.0.send(mail)
            }

            fn close(&mut self) -> Result<(), Error> {
                self.0.close()
            }

            fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
                self.0.trace_to(sink);
            }
        }
    };
}

run_by_runner!(LettreMailer);
run_by_runner!(LettreConnection);

//! The two mailers of this crate: each a way to call lettre, under the guard.

use std::sync::Arc;

use mailer::{Error, Mail, Mailer, Receipt, Server, Trace};

use crate::{connection::Connection, guard::Runner, transport::Transport};

/// Sends by lettre's `SmtpTransport`: a pool, of one connection here.
///
/// Each call runs on a thread of its own and is given up when the deadlines of all its steps
/// together have passed; [`LettreMailer::on_callers_thread`] does without. Dropped without
/// [`close`](Mailer::close), it sends QUIT in the background. [`DIFFERENCES`](crate::DIFFERENCES) lists
/// the promises of [`Mailer`] that lettre does not keep.
///
/// A program built with `panic = "abort"` may use it. There, a call that was given up leaves a
/// sleeping thread and its connection behind until the process ends, and a panic inside lettre ends
/// the process instead of becoming an error.
///
/// A [`Trace`] gets its events on the calling thread: under the guard as they happen, without it when
/// the call ends.
///
/// [`open`](Mailer::open) makes lettre connect and keep the connection in its pool. The only way to it
/// is `test_connection`, which sends NOOP: a round trip more than a handshake needs.
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

/// Sends by lettre's `SmtpConnection`, driven step by step: no pool, and so no NOOP and no silent
/// reconnect.
///
/// Its handshake ends where [`Mailer::open`] says, which makes it the fair one to measure. Few of
/// lettre's users use it, so it is measured only.
pub struct LettreConnection(Runner<Connection>);

/// What both have in common: everything is done by the [`Runner`].
macro_rules! run_by_runner {
    ($mailer:ident) => {
        impl $mailer {
            /// A mailer for this server. Nothing is connected yet; TLS is set up, which takes some
            /// milliseconds for the first mailer of a process to a server.
            ///
            /// # Errors
            /// [`Kind::Configuration`](mailer::Kind::Configuration) if a certificate of an added CA
            /// cannot be read, or the program was built without lettre's debug events, which report
            /// what was sent.
            pub fn new(server: &Server) -> Result<Self, Error> {
                Runner::new(server).map(Self)
            }

            /// The same mailer without the guard: lettre runs on the calling thread, as its users run
            /// it, and nothing but lettre's own time-out ends a call.
            #[must_use]
            pub fn on_callers_thread(self) -> Self {
                Self(self.0.on_callers_thread())
            }
        }

        /// Nothing in lettre reports that TCP is connected, or that TLS from the first byte is on, so
        /// a trace has no event for either.
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

//! The runner of sessions: on a worker thread that it can abandon, or on the calling thread.

use std::{
    fmt,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

use mailer::{Error, Kind, Mail, Mailer, Receipt, Security, Server, Step, Trace};

use super::{
    limits,
    worker::{Signal, Worker},
};
use crate::{
    errors,
    observe::{self, Dialogue, Progress, Report, Reporter},
    session::{Driver, Session},
    settings::Settings,
};

/// Runs a [`Session`] on a worker thread, or on the calling one.
///
/// lettre's only time-out applies to each read, so a server that sends a byte now and then can hold it
/// forever. So calls run on a worker thread. The runner abandons it when a reply takes longer than any
/// step may, or when the deadlines of all steps together, or the total of the call, have passed. An abandoned worker stops at the
/// next line that it writes or reads, and the next call gets a new worker with a new connection.
///
/// The caller's trace receives its events on the calling thread: from a worker as they happen, and
/// without a worker as soon as lettre has returned.
pub(crate) struct Runner<D> {
    settings: Arc<Settings>,
    dialogue: Arc<Dialogue>,
    sink: Option<Arc<dyn Trace>>,
    place: Place<D>,
}

enum Place<D> {
    /// `None` before the first call, and after a worker was abandoned.
    Worker(Option<Worker<D>>),
    Caller(Session<D>),
}

/// A call that was abandoned.
struct Abandoned {
    error: Error,
    /// The progress until then.
    progress: Box<Progress>,
}

impl<D: Driver> Runner<D> {
    pub(crate) fn new(server: &Server) -> Result<Self, Error> {
        let settings = Arc::new(Settings::new(server)?);
        let dialogue = Arc::new(settings.dialogue());
        Ok(Self { settings, dialogue, sink: None, place: Place::Worker(None) })
    }

    /// Returns the runner with lettre on the calling thread.
    pub(crate) fn on_callers_thread(mut self) -> Self {
        self.place = Place::Caller(Session::new(&self.settings, &self.dialogue));
        self
    }

    /// Writes the settings for `Debug`, under the name of the mailer that has this runner.
    pub(crate) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("server", &self.settings.server)
            .field("is_guarded", &matches!(self.place, Place::Worker(_)))
            .finish_non_exhaustive()
    }

    /// Runs the job, and abandons it after `limit`.
    fn run<T: Send + 'static>(
        &mut self,
        limit: Duration,
        job: impl FnOnce(&mut Session<D>) -> T + Send + 'static,
    ) -> Result<T, Abandoned> {
        let sink = self.sink.clone();
        let worker = match &mut self.place {
            Place::Caller(session) => return Ok(run_here(session, &self.dialogue, sink, job)),
            Place::Worker(Some(worker)) => worker,
            Place::Worker(none) => {
                let session = Session::new(&self.settings, &self.dialogue);
                let worker = Worker::start(session).map_err(|error| Abandoned {
                    error,
                    progress: Box::new(self.dialogue.progress()),
                })?;
                none.insert(worker)
            }
        };
        let inbox = worker.begin(&self.dialogue, sink.as_ref(), job);
        let limits = Limits { call: limit, reply: self.settings.timeout };
        let ended = wait(&inbox, limits, &self.dialogue, sink.as_deref())
            .map_err(|(reason, limit)| self.abandon(reason, limit));
        // If the call was abandoned, the end of the connection is reported last.
        inbox.try_iter().for_each(|signal| deliver(&signal, sink.as_deref()));
        ended
    }

    fn abandon(&mut self, reason: RecvTimeoutError, limit: Duration) -> Abandoned {
        let progress = self.dialogue.abandon();
        self.dialogue = Arc::new(self.settings.dialogue());
        self.place = Place::Worker(None);
        let step = match errors::failed_step(&progress, &self.settings) {
            // lettre waits for a greeting with its time-out, but for a TLS handshake without one.
            Step::Greeting if self.settings.server.security == Security::Implicit => Step::Tls,
            step => step,
        };
        let error = match reason {
            RecvTimeoutError::Timeout if Some(limit) == self.settings.server.timeouts.total => {
                Error::total_timed_out(step, limit)
            }
            RecvTimeoutError::Timeout => Error::timed_out(step, limit),
            RecvTimeoutError::Disconnected => {
                Error::new(Kind::Internal, "the thread that lettre runs on has ended")
                    .with_step(step)
            }
        };
        Abandoned { error, progress: Box::new(progress) }
    }
}

impl<D: Driver> Mailer for Runner<D> {
    fn open(&mut self) -> Result<(), Error> {
        let limit = limits::to_open(&self.settings.server.timeouts);
        self.run(limit, Session::open).unwrap_or_else(|abandoned| Err(abandoned.error))
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        let limit = limits::to_send(&self.settings.server.timeouts, mail);
        let count = mail.envelope().recipients().len();
        let mail = mail.clone();
        self.run(limit, move |session| session.send(&mail)).unwrap_or_else(|abandoned| {
            let Abandoned { error, progress } = abandoned;
            // Unless all content was sent, the worker stops before it sends the end of data.
            let receipt = if progress.content_sent { Receipt::unknown } else { Receipt::not_sent };
            receipt(error).with_recipients(progress.recipients(count))
        })
    }

    fn close(&mut self) -> Result<(), Error> {
        if let Place::Worker(None) = self.place {
            return Ok(());
        }
        let limit = limits::to_close(&self.settings.server.timeouts);
        self.run(limit, Session::close)
            .unwrap_or_else(|abandoned| Err(abandoned.error.with_step(Step::Quit)))
    }

    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
        if sink.as_ref().is_some_and(|sink| sink.wants_sources()) {
            observe::warm_up();
        }
        self.sink = sink;
    }
}

/// The limits of a call and of each reply in it.
#[derive(Clone, Copy)]
struct Limits {
    call: Duration,
    reply: Duration,
}

/// Time for lettre's own time-out to come first if the server sends nothing: its error has more detail.
const GRACE: Duration = Duration::from_millis(500);

/// Waits for the result of a job, and delivers its reports meanwhile. If the job has to be abandoned,
/// returns the reason and the limit that was exceeded.
fn wait<T>(
    inbox: &Receiver<Signal<T>>,
    limits: Limits,
    dialogue: &Dialogue,
    sink: Option<&dyn Trace>,
) -> Result<T, (RecvTimeoutError, Duration)> {
    let started = Instant::now();
    let reply = limits.reply.saturating_add(GRACE);
    let mut next_look = reply;
    loop {
        let left = limits.call.saturating_sub(started.elapsed());
        match inbox.recv_timeout(left.min(next_look)) {
            Ok(Signal::Ended(result)) => return Ok(result),
            Ok(report @ Signal::Report(_)) => deliver(&report, sink),
            Err(RecvTimeoutError::Timeout) if started.elapsed() < limits.call => {
                let waited = dialogue.reply_awaited_for().unwrap_or_default();
                if waited >= reply {
                    return Err((RecvTimeoutError::Timeout, limits.reply));
                }
                next_look = reply - waited;
            }
            Err(reason) => return Err((reason, limits.call)),
        }
    }
}

fn deliver<T>(signal: &Signal<T>, sink: Option<&dyn Trace>) {
    if let (Signal::Report(report), Some(sink)) = (signal, sink) {
        report.deliver(sink);
    }
}

/// Runs the job on this thread, and then delivers its reports.
fn run_here<D, T>(
    session: &mut Session<D>,
    dialogue: &Dialogue,
    sink: Option<Arc<dyn Trace>>,
    job: impl FnOnce(&mut Session<D>) -> T,
) -> T {
    let Some(sink) = sink else { return job(session) };
    let (reports, inbox) = channel();
    let reporter = Reporter::new(&sink, move |report| drop(reports.send(report)));
    dialogue.report_to(Some(reporter));
    let ended = job(session);
    dialogue.report_to(None);
    inbox.iter().for_each(|report: Report| report.deliver(sink.as_ref()));
    ended
}

#[cfg(test)]
mod tests {
    use lettre::{
        address::Envelope,
        transport::smtp::{Error as LettreError, response::Response},
    };
    use mailer::{Message, Outcome};

    use super::*;

    /// A driver whose library panics when it sends.
    struct Defective {
        dialogue: Arc<Dialogue>,
    }

    impl Driver for Defective {
        fn new(_: &Arc<Settings>, dialogue: &Arc<Dialogue>) -> Self {
            Self { dialogue: Arc::clone(dialogue) }
        }

        fn open(&mut self) -> Result<(), LettreError> {
            Ok(())
        }

        fn send(&mut self, envelope: &Envelope, _: &[u8]) -> Result<Response, LettreError> {
            self.dialogue.wrote("MAIL FROM:<>");
            if envelope.to().len() > 1 {
                self.dialogue.wrote("<CRLF>.");
            }
            panic!("a defect, and in it sesame");
        }

        fn close(&mut self) -> Result<(), LettreError> {
            Ok(())
        }
    }

    fn mail(recipients: &[&str]) -> Mail {
        let recipients = recipients.iter().map(|address| address.parse().unwrap()).collect();
        let envelope = mailer::Envelope::new(None, recipients).unwrap();
        Mail::new(envelope, Message::from_bytes("A: b\r\n\r\nc\r\n").unwrap())
    }

    #[test]
    fn a_panic_becomes_an_error_and_the_next_call_works() {
        let mut server: Server = "smtp://localhost?tls=none".parse().unwrap();
        server.credentials = Some(mailer::Credentials::new("ann", "sesame").unwrap());
        let runner = || Runner::<Defective>::new(&server).unwrap();
        for mut runner in [runner(), runner().on_callers_thread()] {
            let receipt = runner.send(&mail(&["a@example.com"]));
            let error = receipt.error.unwrap();
            assert_eq!((receipt.outcome, error.kind()), (Outcome::NotSent, Kind::Internal));
            assert_eq!(error.step(), Some(Step::Mail));
            assert!(error.to_string().contains("a defect, and in it ****"), "{error}");
            // The driver wrote the end of data before it panicked.
            let receipt = runner.send(&mail(&["a@example.com", "b@example.com"]));
            assert_eq!(receipt.outcome, Outcome::Unknown);
            runner.close().unwrap();
        }
    }
}

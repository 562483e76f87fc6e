//! The worker thread that lettre runs on.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use mailer::{Error, Trace};

use crate::{
    observe::{Dialogue, Report, Reporter},
    session::{Driver, Session},
};

/// A thread that runs jobs on its session until it is dropped.
pub(super) struct Worker<D>(Sender<Job<D>>);

type Job<D> = Box<dyn FnOnce(&mut Session<D>) + Send>;

/// What a worker sends to the thread that waits for it.
pub(super) enum Signal<T> {
    Report(Report),
    Ended(T),
}

impl<D: Driver> Worker<D> {
    pub(super) fn start(mut session: Session<D>) -> Result<Self, Error> {
        let (jobs, work) = channel::<Job<D>>();
        thread::Builder::new()
            .name("mailer-lettre".to_owned())
            .spawn(move || work.into_iter().for_each(|job| job(&mut session)))
            .map_err(|cause| Error::no_thread("for lettre", cause))?;
        Ok(Self(jobs))
    }

    /// Starts a job. The receiver yields its reports, if there is a trace, and then its result. It is
    /// disconnected if the thread has ended.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        dialogue: &Arc<Dialogue>,
        sink: Option<&Arc<dyn Trace>>,
        job: impl FnOnce(&mut Session<D>) -> T + Send + 'static,
    ) -> Receiver<Signal<T>> {
        let (signals, inbox) = channel();
        let dialogue = Arc::clone(dialogue);
        let reporter = sink.map(|sink| {
            let signals = signals.clone();
            Reporter::new(sink, move |report| drop(signals.send(Signal::Report(report))))
        });
        let job = move |session: &mut Session<D>| {
            dialogue.report_to(reporter);
            let ended = job(session);
            dialogue.report_to(None);
            // If the call was abandoned, the receiver is gone.
            let _ = signals.send(Signal::Ended(ended));
        };
        let _ = self.0.send(Box::new(job));
        inbox
    }
}

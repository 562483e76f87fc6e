//! A connection that works in the background until it is stopped: one user of a load that another program
//! plans.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};

use mailer::{Envelope, Error, Mailer};
use mailer_link::timer;

use super::{
    Limit, Openings, SliceResult, connection_loop::ConnectionLoop,
    connection_record::ConnectionRecord, message_maker::MessageMaker,
    message_source::MessageSource, messages::Slice, openings::OpeningRecord, schedule::Schedule,
    signals::Signals,
};
use crate::workload::Workload;

/// A connection at work on a thread of its own, as fast as it can or at a fixed rate.
///
/// It opens the connection, sends message after message, and opens it again after a failure, with pauses that
/// grow up to some seconds. It gives up only if no further message can do better, such as after a refused
/// login. What it has done is read with [`drain_into`](Self::drain_into), at any time.
#[derive(Debug)]
pub struct BackgroundConnection {
    signals: Arc<Signals>,
    record: ConnectionRecord,
    openings: OpeningRecord,
    thread: JoinHandle<()>,
}

/// What connections have done since the last time.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The messages.
    pub messages: SliceResult,
    /// The openings of connections.
    pub openings: Openings,
}

impl Batch {
    /// Adds what other connections have done.
    pub fn add(&mut self, other: &Self) {
        self.messages.add(&other.messages);
        self.openings.add(&other.openings);
    }
}

impl BackgroundConnection {
    /// Starts to send messages of `size` bytes with this envelope, `rate` per second.
    ///
    /// `process` and `number` are parts of every Message-ID: no two connections may have both in common.
    ///
    /// # Errors
    /// If the message cannot be made, or the system provides no thread.
    pub fn start(
        mailer: Box<dyn Mailer>,
        envelope: &Arc<Envelope>,
        size: usize,
        rate: Option<f64>,
        (process, number): (u64, u32),
    ) -> Result<Self, Error> {
        let envelopes = vec![Arc::clone(envelope)];
        let source = Arc::new(MessageSource::new(size, Vec::new(), envelopes, process)?);
        let messages = MessageMaker::new(&source, number)?;
        let openings = OpeningRecord::default();
        let mut connection = ConnectionLoop::new(mailer, messages).persistent(openings.clone());
        let record = connection.start_record();
        let signals = Arc::<Signals>::default();
        let limit = Limit::Count(u64::MAX);
        let slice = Slice { route: 0, connections: 1, limit, cutoff: None, rate, progress: None };
        let stopped = Arc::clone(&signals);
        let run = move || {
            timer::wake_on_time();
            connection.run(Workload::Throughput, &Schedule::start(&slice, &stopped));
            connection.close();
        };
        let thread = thread::Builder::new().name("connection".into()).spawn(run);
        let thread = thread.map_err(|cause| Error::no_thread("for a connection", cause))?;
        Ok(Self { signals, record, openings, thread })
    }

    /// Lets no further message start. The messages in flight are completed.
    pub fn stop(&self) {
        self.signals.stop();
    }

    /// Returns whether everything that was started has its outcome, and nothing more starts.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.record.has_ended()
    }

    /// Returns whether it has ended, and the connection is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.thread.is_finished()
    }

    /// Moves what was done since the last time to `sum`.
    pub fn drain_into(&self, sum: &mut Batch) {
        self.record.drain_into(&mut sum.messages);
        self.openings.drain_into(&mut sum.openings);
    }

    /// Ends the record. Messages that are still in flight count as unknown, a connection that is not open yet as failed,
    /// and nothing that happens later is recorded.
    pub fn finish_into(&self, sum: &mut Batch) {
        self.stop();
        sum.messages.add(&self.record.finish(Workload::Throughput).result);
        self.openings.finish_into(&mut sum.openings);
    }
}

impl Drop for BackgroundConnection {
    fn drop(&mut self) {
        self.stop();
    }
}

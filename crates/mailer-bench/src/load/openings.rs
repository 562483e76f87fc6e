//! The parts of opening a connection: how long each took, and which failed.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mailer::{Error, Event, Kind, Mailer, Phase, Step, Trace, What};
use serde::{Deserialize, Serialize};

use super::Latencies;
use crate::Problem;

/// A part of opening a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The host name, TCP, the greeting and EHLO.
    Connect,
    /// STARTTLS, the TLS handshake and the EHLO inside TLS.
    Tls,
    /// AUTH.
    Auth,
}

impl Opening {
    /// All parts, in the order of a session with STARTTLS.
    pub const ALL: [Self; 3] = [Self::Connect, Self::Tls, Self::Auth];

    /// Returns the name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Auth => "auth",
        }
    }

    fn first_step(self) -> Step {
        match self {
            Self::Connect => Step::Connect,
            Self::Tls => Step::Tls,
            Self::Auth => Step::Auth,
        }
    }

    fn from_step(step: Step) -> Self {
        match step.phase() {
            Phase::StartTls | Phase::Tls | Phase::EhloAgain => Self::Tls,
            Phase::Auth => Self::Auth,
            _ => Self::Connect,
        }
    }
}

/// What became of one part, over all openings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PartResult {
    /// The time of each part that succeeded.
    pub latencies: Latencies,
    /// The number of openings that failed in this part.
    pub failed: u64,
    /// Errors by kind, step and code.
    pub problems: Vec<Problem>,
}

impl PartResult {
    /// Adds the results of other openings.
    pub fn add(&mut self, other: &Self) {
        self.latencies.merge(&other.latencies);
        self.failed += other.failed;
        other.problems.iter().cloned().for_each(|problem| problem.count_in(&mut self.problems));
    }
}

/// The results of all parts.
#[derive(Clone, Debug, Default)]
pub struct Openings([PartResult; 3]);

impl Openings {
    /// Returns the result of a part.
    #[must_use]
    pub fn part(&self, part: Opening) -> &PartResult {
        let [connect, tls, auth] = &self.0;
        match part {
            Opening::Connect => connect,
            Opening::Tls => tls,
            Opening::Auth => auth,
        }
    }

    /// Adds the results of other openings.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(part, other)| part.add(other));
    }

    fn record(&mut self, times: &[(Opening, Duration)], error: Option<&Error>) {
        let failed = error.map(|it| it.step().map_or(Opening::Connect, Opening::from_step));
        let succeeded = times.iter().filter(|(part, _)| failed != Some(*part));
        succeeded.for_each(|(part, time)| self.part_mut(*part).latencies.record(*time));
        if let (Some(error), Some(part)) = (error, failed) {
            let part = self.part_mut(part);
            part.failed += 1;
            Problem::from(error).count_in(&mut part.problems);
        }
    }

    fn part_mut(&mut self, part: Opening) -> &mut PartResult {
        let [connect, tls, auth] = &mut self.0;
        match part {
            Opening::Connect => connect,
            Opening::Tls => tls,
            Opening::Auth => auth,
        }
    }
}

/// The openings of one connection, readable while it works.
#[derive(Clone, Debug, Default)]
pub(super) struct OpeningRecord(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    openings: Openings,
    /// The clock of the opening that is in progress.
    in_progress: Option<Arc<PartClock>>,
    is_finished: bool,
}

impl OpeningRecord {
    /// Opens a connection, and records the time of each part. Only opening is traced: a trace of messages
    /// would cost time.
    pub(super) fn open(&self, mailer: &mut dyn Mailer) -> Result<(), Error> {
        let clock = Arc::new(PartClock::start());
        self.lock().in_progress = Some(Arc::clone(&clock));
        mailer.trace_to(Some(Arc::clone(&clock) as Arc<dyn Trace>));
        let opened = mailer.open();
        mailer.trace_to(None);
        let mut recorded = self.lock();
        if recorded.in_progress.take().is_some() && !recorded.is_finished {
            recorded.openings.record(&clock.stop(), opened.as_ref().err());
        }
        drop(recorded);
        opened
    }

    /// Moves what was recorded since the last time to `sum`.
    pub(super) fn drain_into(&self, sum: &mut Openings) {
        sum.add(&std::mem::take(&mut self.lock().openings));
    }

    /// Ends the record: an opening in progress counts as failed, and nothing that happens later is recorded.
    pub(super) fn finish_into(&self, sum: &mut Openings) {
        let mut recorded = self.lock();
        recorded.is_finished = true;
        if let Some(clock) = recorded.in_progress.take() {
            let times = clock.stop();
            let part = times.last().map_or(Opening::Connect, |(part, _)| *part);
            let error = Error::new(Kind::TimedOut, "the run ended before the connection was open");
            recorded.openings.record(&times, Some(&error.with_step(part.first_step())));
        }
        drop(recorded);
        self.drain_into(sum);
    }

    /// Every change is complete under one lock, so a panicked thread leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the time before each event to the part that the event belongs to.
#[derive(Debug)]
struct PartClock(Mutex<PartTimes>);

#[derive(Debug)]
struct PartTimes {
    last: Instant,
    times: [Option<Duration>; 3],
}

impl PartClock {
    fn start() -> Self {
        Self(Mutex::new(PartTimes { last: Instant::now(), times: [None; 3] }))
    }

    /// Returns the time of each part that was reached.
    fn stop(&self) -> Vec<(Opening, Duration)> {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner).times;
        Opening::ALL.into_iter().zip(times).filter_map(|(part, time)| Some((part, time?))).collect()
    }
}

impl Trace for PartClock {
    fn event(&self, event: &Event<'_>) {
        let part = match &event.what {
            What::Connected { .. } => Opening::Connect,
            What::TlsStarted { .. } => Opening::Tls,
            What::Sent { step, .. } | What::Received { step, .. } => Opening::from_step(*step),
            What::Content { .. } | What::Closed { .. } => return,
        };
        let mut clock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = event.at.saturating_duration_since(clock.last);
        clock.last = clock.last.max(event.at);
        let index = part as usize;
        if let Some(time) = clock.times.get_mut(index) {
            *time = Some(time.unwrap_or_default() + passed);
        }
    }

    fn wants_sources(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use mailer::{Mail, Receipt, Reply};

    use super::*;

    fn event(at: Instant, what: What<'_>) -> Event<'_> {
        Event::new(at, what, None)
    }

    #[test]
    fn the_parts_add_up_to_the_whole() {
        let clock = PartClock::start();
        let start = clock.0.lock().unwrap().last;
        let after = |ms| start + Duration::from_millis(ms);
        let reply = Reply::new(220, "ready");
        for (ms, what) in [
            (3, What::Connected { peer: ([127, 0, 0, 1], 25).into() }),
            (5, What::Received { step: Step::Greeting, reply: &reply }),
            (6, What::Received { step: Step::Ehlo, reply: &reply }),
            (8, What::Received { step: Step::StartTls, reply: &reply }),
            (20, What::TlsStarted { version: None }),
            (25, What::Received { step: Step::EhloAgain, reply: &reply }),
            (32, What::Received { step: Step::Auth, reply: &reply }),
        ] {
            clock.event(&event(after(ms), what));
        }
        let times = [(Opening::Connect, 6), (Opening::Tls, 19), (Opening::Auth, 7)];
        assert_eq!(clock.stop(), times.map(|(part, ms)| (part, Duration::from_millis(ms))));
    }

    /// Returns how often each part succeeded and failed.
    fn counts(sum: &Openings) -> [(u64, u64); 3] {
        Opening::ALL.map(|part| (sum.part(part).latencies.count(), sum.part(part).failed))
    }

    /// A mailer whose server is silent after its reply to STARTTLS. In `open`, the run ends.
    struct Silent {
        record: OpeningRecord,
        sum: Openings,
        trace: Option<Arc<dyn Trace>>,
    }

    impl Mailer for Silent {
        fn open(&mut self) -> Result<(), Error> {
            if let Some(trace) = &self.trace {
                let reply = Reply::new(220, "ready");
                for step in [Step::Greeting, Step::Ehlo, Step::StartTls] {
                    trace.event(&event(Instant::now(), What::Received { step, reply: &reply }));
                }
            }
            self.record.finish_into(&mut self.sum);
            Err(Error::lost(Step::Tls))
        }

        fn send(&mut self, _: &Mail) -> Receipt {
            Receipt::not_sent(Error::lost(Step::Mail))
        }

        fn close(&mut self) -> Result<(), Error> {
            Ok(())
        }

        fn trace_to(&mut self, trace: Option<Arc<dyn Trace>>) {
            self.trace = trace;
        }
    }

    #[test]
    fn an_opening_that_the_run_does_not_wait_for_fails_once() {
        let record = OpeningRecord::default();
        let mut silent = Silent { record: record.clone(), sum: Openings::default(), trace: None };
        assert!(record.open(&mut silent).is_err());
        record.drain_into(&mut silent.sum);
        assert_eq!(counts(&silent.sum), [(1, 0), (0, 1), (0, 0)]);
    }

    #[test]
    fn the_part_with_the_error_has_no_time() {
        let record = OpeningRecord::default();
        let second = Duration::from_secs(1);
        let times = [(Opening::Connect, second), (Opening::Tls, second)];
        record.lock().openings.record(&times, Some(&Error::lost(Step::Tls)));
        let mut sum = Openings::default();
        record.drain_into(&mut sum);
        record.drain_into(&mut sum);
        assert_eq!(counts(&sum), [(1, 0), (0, 1), (0, 0)]);
        assert_eq!(sum.part(Opening::Tls).problems.len(), 1);
    }
}

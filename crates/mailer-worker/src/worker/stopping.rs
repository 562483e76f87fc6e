//! The end of a run: users complete what they have started, and the last statistics leave before the answer.

use std::{
    thread,
    time::{Duration, Instant},
};

use mailer::Error;

use super::{
    End, Session, TICK,
    stop_state::{Reason, Stopping},
};
use crate::{message::ToMaster, result::RunState};

impl Session<'_> {
    /// Lets all users complete what they have started. Of several reasons the strongest counts, and of several
    /// deadlines the first: after an interruption by the operator, the worker ends sooner than for its master.
    pub(super) fn stop_users(&mut self, reason: Reason) {
        self.pool.stop_all();
        let since = Instant::now();
        let deadline = since.checked_add(self.time_to_stop(reason)).unwrap_or(since);
        if let Some(stopping) = &mut self.stopping {
            stopping.reason = stopping.reason.max(reason);
            stopping.deadline = stopping.deadline.min(deadline);
            return;
        }
        self.stopping = Some(Stopping { reason, since, deadline, has_reported: false });
    }

    /// Returns how long messages in flight may take.
    fn time_to_stop(&self, reason: Reason) -> Duration {
        let timing = self.worker.timing;
        let stop_timeout = self.run.as_ref().map_or(Duration::ZERO, |run| run.stop_timeout);
        let time = stop_timeout.max(timing.grace);
        if reason == Reason::Interrupted { time.min(timing.interruption) } else { time }
    }

    /// Goes on with stopping. Returns how the worker ends, if it does.
    pub(super) fn finish_stopping(&mut self) -> Result<Option<End>, Error> {
        let Some(stopping) = self.stopping else { return Ok(None) };
        self.collect();
        if self.pool.is_empty() || Instant::now() >= stopping.deadline {
            self.abandon();
            return self.answer(stopping.reason);
        }
        let is_late = stopping.since.elapsed() >= self.worker.timing.grace;
        if stopping.reason == Reason::Quit && is_late && !stopping.has_reported {
            // The master may be gone before the rest is done.
            self.report();
            self.stopping = Some(Stopping { has_reported: true, ..stopping });
        }
        Ok(None)
    }

    /// Sends the last statistics of the run, and the answer to this reason.
    fn answer(&mut self, reason: Reason) -> Result<Option<End>, Error> {
        self.report();
        self.stopping = None;
        if reason == Reason::Lost {
            // With its next connection the worker joins the run again.
            self.save()?;
            return Ok(None);
        }
        if self.run.take().is_some() {
            if reason != Reason::Interrupted {
                self.result.state = RunState::Complete;
            }
            self.save()?;
        }
        let end = match reason {
            Reason::Interrupted => End::Interrupted,
            Reason::Quit => End::Quit,
            Reason::Lost | Reason::Stop => {
                self.send(&ToMaster::ClientStopped);
                self.send(&ToMaster::ClientReady);
                return Ok(None);
            }
        };
        self.send(&ToMaster::Quit);
        self.close();
        Ok(Some(end))
    }

    /// Ends with the users that are left, after a short time for their messages.
    pub(super) fn abandon_after_grace(&mut self) {
        self.stop_users(Reason::Interrupted);
        let deadline = Instant::now() + self.worker.timing.grace;
        while !self.pool.is_empty() && Instant::now() < deadline {
            thread::sleep(TICK);
            self.collect();
        }
        self.abandon();
    }

    /// Counts what is in flight as failures with unknown outcome.
    fn abandon(&mut self) {
        let batches = self.pool.abandon();
        self.add(&batches);
    }

    /// Waits until connections are closed, so that the server sees QUIT.
    fn close(&self) {
        let deadline = Instant::now() + self.worker.timing.close;
        while !self.pool.is_closed() && Instant::now() < deadline {
            thread::sleep(TICK);
        }
    }
}

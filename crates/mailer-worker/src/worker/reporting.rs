//! What the master and the result file learn about the users.

use std::{thread, time::Instant};

use mailer::{Error, escape_lines};
use mailer_bench::{
    cpu_of_process,
    load::{Batch, Opening},
    resident_memory,
};

use super::Session;
use crate::{
    UserClass,
    message::{Heartbeat, State, ToMaster, UserCount},
};

impl Session<'_> {
    /// Collects what users have done.
    pub(super) fn collect(&mut self) {
        let batches = self.pool.harvest();
        self.add(&batches);
    }

    pub(super) fn add(&mut self, batches: &[Batch]) {
        for (class, batch) in self.worker.classes.iter().zip(batches) {
            if batch.messages.gave_up > 0 && self.stopping.is_none() {
                self.report_given_up(class, batch);
            }
        }
        self.tally.add(batches);
    }

    /// Reports users that stopped because no message can succeed.
    pub(super) fn report_given_up(&mut self, class: &UserClass, batch: &Batch) {
        let openings = Opening::ALL.map(|part| batch.openings.part(part));
        let opening = openings.into_iter().flat_map(|it| &it.problems);
        let problem = opening.chain(&batch.messages.problems).last();
        let cause = problem.map_or_else(String::new, |it| format!(": {}", it.example));
        let text = format!("a user of {} gave up{cause}", class.label);
        self.note(&text);
        self.report_error(&text);
    }

    /// Shows an error at the master.
    fn report_error(&mut self, text: &str) {
        let text = escape_lines(text).into_owned();
        self.send(&ToMaster::Exception(&text));
        self.send(&ToMaster::Logs(vec![&text]));
    }

    pub(super) fn send_heartbeat(&mut self, now: Instant) {
        if self.index().is_none() {
            return;
        }
        let state = match &self.run {
            Some(run) if run.is_converging && self.stopping.is_none() => State::Spawning,
            Some(_) => State::Running,
            None => State::Ready,
        };
        let current_cpu_usage = self.cpu_usage(now);
        let current_memory_usage = resident_memory().unwrap_or_default();
        self.send(&ToMaster::Heartbeat(Heartbeat {
            state,
            current_cpu_usage,
            current_memory_usage,
        }));
    }

    /// Returns the CPU time since the last heartbeat, in per cent of all cores. A process of Locust's own has one
    /// core at most; this one has a thread for each user.
    pub(super) fn cpu_usage(&mut self, now: Instant) -> f64 {
        let (Some((then, before)), Some(cpu)) = (self.cpu, cpu_of_process()) else { return 0.0 };
        self.cpu = Some((now, cpu));
        let cores = thread::available_parallelism().map_or(1, usize::from);
        #[expect(clippy::cast_precision_loss, reason = "there are few cores")]
        let whole = now.duration_since(then).as_secs_f64() * cores as f64;
        let used = cpu.since(before).total().as_secs_f64();
        if whole > 0.0 { used / whole * 100.0 } else { 0.0 }
    }

    pub(super) fn complete_spawning(&mut self) -> Result<(), Error> {
        let is_converging = self.run.as_ref().is_some_and(|run| run.is_converging);
        if !is_converging || self.stopping.is_some() {
            return Ok(());
        }
        self.collect();
        let Some(run) = &self.run else { return Ok(()) };
        self.pool.converge(&run.wanted, &run.job)?;
        let user_classes_count = self.pool.count();
        let is_wanted =
            |(name, count): (&String, &u64)| run.wanted.get(name).copied().unwrap_or(0) == *count;
        if !user_classes_count.iter().all(is_wanted) {
            return Ok(());
        }
        let user_count = user_classes_count.values().sum();
        let count = UserCount { user_classes_count, user_count };
        if self.send(&ToMaster::SpawningComplete(count))
            && let Some(run) = &mut self.run
        {
            run.is_converging = false;
        }
        Ok(())
    }

    /// Sends what the master does not know yet. It is kept if it could not be sent.
    pub(super) fn report(&mut self) {
        if self.index().is_none() {
            return;
        }
        let users = self.pool.count();
        let mut statistics = std::mem::take(self.tally.report());
        statistics.set_users(&users);
        if self.send(&ToMaster::Stats(&statistics)) {
            self.tally.drop_report();
        } else {
            *self.tally.report() = statistics;
        }
    }

    pub(super) fn save(&mut self) -> Result<(), Error> {
        (self.result.series, self.result.elapsed) = self.tally.result();
        self.file.write(&self.result)
    }

    /// Reports to the master why the worker ends, after the users have ended.
    pub(super) fn report_failure(&mut self, text: &str) {
        self.report_error(text);
        self.abandon_after_grace();
        self.report();
        self.send(&ToMaster::Quit);
    }
}

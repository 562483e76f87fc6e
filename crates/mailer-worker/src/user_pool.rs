//! The users of a worker: started and stopped until there are as many as the master wants.

use std::sync::Arc;

use mailer::{Error, Kind, Server};
use mailer_bench::load::{BackgroundConnection, Batch};

use crate::{Scenario, UserClass, message::Users};

/// What users are made from.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) server: Server,
    pub(crate) scenario: Scenario,
    /// The index that the master gave this worker.
    pub(crate) worker: u64,
}

/// The users of a worker.
#[derive(Debug)]
pub(crate) struct UserPool<'a> {
    classes: &'a [UserClass],
    max_users: u64,
    /// A part of every Message-ID that no other worker and no other run has.
    origin: u32,
    users: Vec<User>,
    /// Connections that are about to close.
    closing: Vec<BackgroundConnection>,
    /// Connections that were given up while a message was in flight. Their threads end when the server answers, or
    /// when a step takes too long.
    abandoned: Vec<BackgroundConnection>,
    /// The number of users that were started so far.
    started: u32,
}

#[derive(Debug)]
struct User {
    /// The index of its class.
    class: usize,
    is_stopped: bool,
    connection: BackgroundConnection,
}

impl<'a> UserPool<'a> {
    pub(crate) fn new(classes: &'a [UserClass], max_users: u64) -> Result<Self, Error> {
        let origin = getrandom::u32().map_err(|cause| {
            Error::new(Kind::Internal, "the system provides no random numbers").with_cause(cause)
        })?;
        let [closing, abandoned] = [Vec::new(), Vec::new()];
        Ok(Self { classes, max_users, origin, users: Vec::new(), closing, abandoned, started: 0 })
    }

    /// Checks that this worker can have these users.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if a class is unknown, or there are too many users.
    pub(crate) fn check(&self, wanted: &Users) -> Result<(), Error> {
        let is_known = |name: &str| self.classes.iter().any(|class| class.name == name);
        if let Some((name, _)) = wanted.iter().find(|(name, count)| **count > 0 && !is_known(name))
        {
            let known: Vec<&str> = self.classes.iter().map(UserClass::name).collect();
            let what = format!("this worker has no class of users named {name:?}");
            return Err(Error::new(Kind::Configuration, what)
                .with_hint(format!("the classes are {}", known.join(", "))));
        }
        let total = wanted.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
        if total > self.max_users {
            let what = format!(
                "the master wants {total} users of this worker, above its limit of {}",
                self.max_users
            );
            return Err(Error::new(Kind::Configuration, what)
                .with_hint("start more workers, or raise --max-users"));
        }
        Ok(())
    }

    /// Starts and stops users until there are as many as `wanted`. Those to stop complete their messages first.
    ///
    /// A stopped user and a closing connection still have a thread. There are at most twice as many threads as the pool
    /// may have users; the rest of `wanted` starts in a later call, after other threads have ended.
    ///
    /// # Errors
    /// If a user cannot be started.
    pub(crate) fn converge(&mut self, wanted: &Users, job: &Job) -> Result<(), Error> {
        for (index, class) in self.classes.iter().enumerate() {
            let wanted = wanted.get(&class.name).copied().unwrap_or(0);
            let mut count = 0;
            for user in self.users.iter_mut().filter(|it| it.class == index && !it.is_stopped) {
                count += 1;
                if count > wanted {
                    user.stop();
                }
            }
            for _ in count..wanted {
                if self.threads() >= self.max_users.saturating_mul(2) {
                    return Ok(());
                }
                self.start(index, class, job)?;
            }
        }
        Ok(())
    }

    fn start(&mut self, index: usize, class: &UserClass, job: &Job) -> Result<(), Error> {
        let mailer = (class.contender.make)(&job.server)?;
        let envelope = Arc::new(job.scenario.envelope(job.worker, self.started)?);
        let worker = u64::from(u32::try_from(job.worker).unwrap_or(u32::MAX));
        let process = u64::from(self.origin) << 32 | worker;
        let Scenario { size, rate, .. } = job.scenario;
        let identity = (process, self.started);
        let connection = BackgroundConnection::start(mailer, &envelope, size, rate, identity)?;
        self.started += 1;
        self.users.push(User { class: index, is_stopped: false, connection });
        Ok(())
    }

    fn threads(&self) -> u64 {
        (self.users.len() + self.closing.len() + self.abandoned.len()) as u64
    }

    pub(crate) fn stop_all(&mut self) {
        self.users.iter_mut().for_each(User::stop);
    }

    /// Returns whether no user has anything in progress.
    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Returns the number of users of each class. One that was stopped counts until its messages are completed.
    pub(crate) fn count(&self) -> Users {
        let mut count: Users = self.classes.iter().map(|it| (it.name.clone(), 0)).collect();
        for user in &self.users {
            if let Some(class) = self.classes.get(user.class) {
                *count.entry(class.name.clone()).or_default() += 1;
            }
        }
        count
    }

    /// Returns what users of each class have done since the last time, and forgets users that have ended after
    /// being stopped.
    pub(crate) fn harvest(&mut self) -> Vec<Batch> {
        let mut batches = self.batches();
        let mut left = Vec::new();
        for user in self.users.drain(..) {
            // In this order: what is done in between is in the batch.
            let has_ended = user.is_stopped && user.connection.has_ended();
            if let Some(batch) = batches.get_mut(user.class) {
                user.connection.drain_into(batch);
            }
            if has_ended {
                self.closing.push(user.connection);
            } else {
                left.push(user);
            }
        }
        self.users = left;
        for ended in [&mut self.closing, &mut self.abandoned] {
            ended.retain(|connection| !connection.is_closed());
        }
        batches
    }

    /// Returns the batch of each class with nothing in it.
    fn batches(&self) -> Vec<Batch> {
        self.classes.iter().map(|_| Batch::default()).collect()
    }

    /// Gives up the users that are left. Their messages in flight count as failures with unknown outcome.
    pub(crate) fn abandon(&mut self) -> Vec<Batch> {
        let mut batches = self.batches();
        for user in self.users.drain(..) {
            if let Some(batch) = batches.get_mut(user.class) {
                user.connection.finish_into(batch);
            }
            self.abandoned.push(user.connection);
        }
        batches
    }

    /// Returns whether every connection whose user has ended is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closing.iter().all(BackgroundConnection::is_closed)
    }
}

impl User {
    fn stop(&mut self) {
        self.is_stopped = true;
        self.connection.stop();
    }
}

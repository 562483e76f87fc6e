//! A worker: from the first connection to the master to the last statistics.

mod link;
mod reporting;
mod stop_state;
mod stopping;

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use mailer::{Error, Server};
use mailer_bench::{Cpu, cpu_of_process};

use self::stop_state::{Reason, Stopping};
use crate::{
    Scenario, UserClass,
    dealer::{Dealer, Delivery, not_locust},
    message::{FromMaster, Spawn, ToMaster, Users},
    result::{ResultFile, RunState, WorkerResult},
    tally::Tally,
    user_pool::{Job, UserPool},
};

/// How often the worker looks at what has changed.
const TICK: Duration = Duration::from_millis(50);

/// Returns the server of a run, or an error if the worker must not send to it. The argument is the URL of
/// Locust's option `--host`.
pub type Admit<'a> = &'a dyn Fn(Option<&str>) -> Result<Server, Error>;

/// The times of the protocol. The defaults are those of Locust.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How often the worker sends a heartbeat. Without one for 3 s, the master counts the worker as missing.
    pub heartbeat: Duration,
    /// How often the worker sends statistics.
    pub report: Duration,
    /// How often the worker introduces itself until the master answers.
    pub introduction: Duration,
    /// How long TCP and ZeroMQ's handshake may take each.
    pub connect: Duration,
    /// The pause before the worker connects again.
    pub reconnect: Duration,
    /// After this time without a message of the master, the worker ends.
    pub master_gone: Duration,
    /// How long messages in flight may take at the end of a run, at least. The master waits half a second for
    /// the last statistics when it quits.
    pub grace: Duration,
    /// How long messages in flight may take at most when the worker is interrupted.
    pub interruption: Duration,
    /// How long closing connections may take before the process ends.
    pub close: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(1),
            report: Duration::from_secs(3),
            introduction: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            reconnect: Duration::from_secs(1),
            master_gone: Duration::from_secs(60),
            grace: Duration::from_millis(250),
            interruption: Duration::from_secs(5),
            close: Duration::from_secs(2),
        }
    }
}

/// How a worker ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The master sent `quit`.
    Quit,
    /// The user of this machine interrupted it.
    Interrupted,
}

/// What a worker needs to know.
#[expect(missing_debug_implementations, reason = "it holds closures")]
pub struct Worker<'a> {
    /// The master's `host:port`.
    pub master: String,
    /// The name of this machine, for the worker's name at the master.
    pub host: String,
    /// The classes of users that there are.
    pub classes: &'a [UserClass],
    /// The greatest number of users: each has a thread and a connection.
    pub max_users: u64,
    /// Where the result goes.
    pub result: &'a Path,
    /// The times of the protocol.
    pub timing: Timing,
    /// Decides about the server of a run.
    pub admit: Admit<'a>,
    /// Ends the worker when it is set.
    pub interrupted: &'a AtomicBool,
    /// Receives a line about what happens.
    pub note: &'a dyn Fn(&str),
}

impl Worker<'_> {
    /// Runs until the master sends `quit`.
    ///
    /// # Errors
    /// [`mailer::Kind::Unreachable`] if the master is not there or has been gone too long, [`mailer::Kind::Protocol`] if it speaks
    /// something else, [`mailer::Kind::Configuration`] if it wants what this worker cannot do, and every error of
    /// `admit`.
    pub fn run(&self) -> Result<End, Error> {
        let mut session = Session::new(self)?;
        let ended = session.run();
        session.end(&ended);
        ended
    }
}

/// A worker at work.
struct Session<'a> {
    worker: &'a Worker<'a>,
    link: Option<Link>,
    /// When the master was heard last, or the worker started.
    heard: Instant,
    /// The worker does not connect before this time.
    next_connect: Instant,
    /// Why there is no connection.
    unreachable: Option<String>,
    pool: UserPool<'a>,
    tally: Tally<'a>,
    result: WorkerResult,
    file: ResultFile,
    run: Option<Run>,
    stopping: Option<Stopping>,
    next_heartbeat: Instant,
    next_report: Instant,
    cpu: Option<(Instant, Cpu)>,
}

/// A connection to the master. The master knows the worker by its identity, so each connection has its own.
struct Link {
    dealer: Dealer,
    node: String,
    index: Option<u64>,
    introduced: Instant,
    /// The time of the latest `spawn`.
    spawned: f64,
}

/// A run of the master: from the first `spawn` to `stop`.
struct Run {
    /// Locust's option `--host`.
    host: Option<String>,
    job: Job,
    wanted: Users,
    stop_timeout: Duration,
    /// Whether the master does not know yet that there are as many users as it wants.
    is_converging: bool,
}

impl<'a> Session<'a> {
    fn new(worker: &'a Worker<'a>) -> Result<Self, Error> {
        let now = Instant::now();
        let session = Self {
            worker,
            link: None,
            heard: now,
            next_connect: now,
            unreachable: None,
            pool: UserPool::new(worker.classes, worker.max_users)?,
            tally: Tally::new(worker.classes),
            result: WorkerResult::new(&worker.host),
            file: ResultFile::new(worker.result),
            run: None,
            stopping: None,
            next_heartbeat: now,
            next_report: now,
            cpu: cpu_of_process().map(|cpu| (now, cpu)),
        };
        // If the file cannot be written, it is better to know that before the run.
        session.file.write(&session.result)?;
        Ok(session)
    }

    fn run(&mut self) -> Result<End, Error> {
        loop {
            if self.worker.interrupted.load(Ordering::Relaxed) {
                self.stop_users(Reason::Interrupted);
            }
            let delivery = match &self.link {
                Some(link) => link.dealer.receive(TICK),
                None => {
                    self.connect()?;
                    None
                }
            };
            match delivery {
                Some(Delivery::Message(body)) => self.handle(&body)?,
                Some(Delivery::Lost(cause)) => self.lose(&cause),
                Some(Delivery::NotLocust(cause)) => {
                    return Err(not_locust(&self.worker.master, cause));
                }
                None => {}
            }
            if let Some(end) = self.tick()? {
                return Ok(end);
            }
        }
    }

    fn note(&self, text: &str) {
        (self.worker.note)(text);
    }

    fn handle(&mut self, body: &[u8]) -> Result<(), Error> {
        let message =
            FromMaster::decode(body).map_err(|cause| not_locust(&self.worker.master, cause))?;
        self.heard = Instant::now();
        match message {
            FromMaster::Ack { index } => self.acknowledge(index),
            FromMaster::Spawn(_) if self.index().is_none() => {
                let cause = "it wants users before it has given the worker an index".to_owned();
                return Err(not_locust(&self.worker.master, cause));
            }
            FromMaster::Spawn(spawn) => self.spawn(*spawn)?,
            FromMaster::Stop => self.stop_users(Reason::Stop),
            FromMaster::Quit => self.stop_users(Reason::Quit),
            FromMaster::Reconnect => self.lose("it could not read a message"),
            FromMaster::Heartbeat | FromMaster::Other => {}
        }
        Ok(())
    }

    /// Returns the index that the master has given this worker over this connection.
    fn index(&self) -> Option<u64> {
        self.link.as_ref().and_then(|link| link.index)
    }

    fn acknowledge(&mut self, index: u64) {
        let Some(link) = &mut self.link else { return };
        if link.index.replace(index).is_some() {
            return;
        }
        let (node, master) = (link.node.clone(), &self.worker.master);
        self.note(&format!("{node} is worker {index} of {master}"));
        self.result.node = node;
        self.result.index = Some(index);
    }

    fn spawn(&mut self, spawn: Spawn) -> Result<(), Error> {
        self.send(&ToMaster::Spawning);
        // While users end, the master does not count on this worker: it says `spawn` again afterwards.
        let (Some(link), None) = (&mut self.link, &self.stopping) else { return Ok(()) };
        if spawn.timestamp <= link.spawned {
            return Ok(());
        }
        link.spawned = spawn.timestamp;
        let worker = link.index.unwrap_or_default();
        self.pool.check(&spawn.user_classes_count)?;
        let stop_timeout = spawn.stop_timeout.unwrap_or_default();
        let stop_timeout = Duration::try_from_secs_f64(stop_timeout).unwrap_or_default();
        let scenario = Scenario::from_options(&spawn.parsed_options)?;
        let mut run = match self.run.take() {
            Some(run) if run.job.scenario == scenario && run.host == spawn.host => run,
            earlier => {
                if earlier.is_some() {
                    self.replace_users();
                }
                self.start_run(spawn.host, scenario)?
            }
        };
        run.job.worker = worker;
        run.wanted = spawn.user_classes_count;
        run.stop_timeout = stop_timeout;
        run.is_converging = true;
        self.pool.converge(&run.wanted, &run.job)?;
        self.run = Some(run);
        Ok(())
    }

    /// Stops the users of a run that goes on with another server or other messages. The master keeps its
    /// statistics, so it gets what it does not know of them yet.
    fn replace_users(&mut self) {
        self.pool.stop_all();
        self.collect();
        self.report();
    }

    fn start_run(&mut self, host: Option<String>, scenario: Scenario) -> Result<Run, Error> {
        let server = (self.worker.admit)(host.as_deref())?;
        self.tally.start_run(scenario.size);
        self.result.server = Some(server.to_string());
        self.result.message_size = Some(scenario.size);
        self.result.rate = scenario.rate;
        self.result.state = RunState::Running;
        self.save()?;
        self.note(&format!("a run against {server} starts"));
        let worker = self.result.index.unwrap_or_default();
        let job = Job { server, scenario, worker };
        let (wanted, stop_timeout) = (Users::new(), Duration::ZERO);
        Ok(Run { host, job, wanted, stop_timeout, is_converging: true })
    }

    /// Does what is due. Returns how the worker ends, if it does.
    fn tick(&mut self) -> Result<Option<End>, Error> {
        let now = Instant::now();
        self.check_master()?;
        if let Some(end) = self.finish_stopping()? {
            return Ok(Some(end));
        }
        let timing = self.worker.timing;
        if let Some(link) = &mut self.link
            && link.index.is_none()
            && link.introduced.elapsed() >= timing.introduction
        {
            link.introduced = now;
            self.send(&ToMaster::ClientReady);
        }
        if now >= self.next_heartbeat {
            self.next_heartbeat = now + timing.heartbeat;
            self.collect();
            self.send_heartbeat(now);
        }
        self.complete_spawning()?;
        if now >= self.next_report {
            self.next_report = now + timing.report;
            self.report();
            if self.run.is_some() {
                self.save()?;
            }
        }
        Ok(None)
    }

    /// Leaves the master and the file as they should be.
    fn end(&mut self, ended: &Result<End, Error>) {
        let reason = match ended {
            Ok(End::Quit) => None,
            Ok(End::Interrupted) => Some("it was interrupted".to_owned()),
            Err(error) => {
                let cause = error.cause().map_or_else(String::new, |it| format!(": {it}"));
                let text = format!("{error}{cause}");
                self.report_failure(&text);
                Some(text)
            }
        };
        if let Some(reason) = reason.filter(|_| self.result.state == RunState::Running) {
            self.result.state = RunState::EndedEarly(reason);
        }
        if let Err(error) = self.save() {
            self.note(&error.to_string());
        }
    }
}

#[cfg(test)]
mod tests;

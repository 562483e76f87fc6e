//! Runs the contenders in turns, each in a process of its own.

use std::{
    env,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
};

use mailer::{Error, Kind};
use mailer_lab::Contender;
use mailer_link::Path;

use super::{
    Against, ContenderResult, Experiment, Limit, Role, Round, Run, child,
    participant::{MeasuredSlice, Participant},
    run_context::RunContext,
    server_handle::ServerHandle,
    verify::ExpectedTotals,
    worker_handle::{Client, MEASURED, WorkerHandle},
};
use crate::{Problem, cores::Cores, counting_server::StoredTotals, rotation::rotation};

/// The progress of a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The contender that is at work.
    pub contender: &'a str,
    /// The number of the round, from 1; 0 is the warm-up.
    pub round: u32,
    /// The part of the whole run that is done, from 0 to 1.
    pub done: f64,
}

impl Experiment<'_> {
    /// Runs all contenders.
    ///
    /// # Errors
    /// If the server's name cannot be resolved, the first contender cannot connect to it, a setting cannot be
    /// used, or a process cannot be started. Errors during the work are in the [`Run`].
    pub fn run(&self) -> Result<Run, Error> {
        self.run_with_progress(&mut |_| {})
    }

    /// Like [`Experiment::run`], and calls `progress` several times per second.
    ///
    /// # Errors
    /// As [`Experiment::run`].
    pub fn run_with_progress(&self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Run, Error> {
        child::check_not_a_child()?;
        let program = env::current_exe().map_err(|cause| {
            Error::new(Kind::Internal, "cannot find this program").with_cause(cause)
        })?;
        let same_program = |role: Role| role.command(&program);
        run(self, self.command.unwrap_or(&same_program), progress)
    }
}

fn run<'a>(
    experiment: &'a Experiment<'_>,
    command: &'a dyn Fn(Role) -> Command,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Run, Error> {
    let Experiment { plan, against, interrupted, .. } = experiment;
    let cores = match against {
        Against::Embedded(..) => Cores::divide(plan.pinning),
        Against::Server(_) => Cores::default(),
    };
    let server = ServerHandle::start(*against, || command(Role::Server), &cores.server)?;
    let expected = ExpectedTotals { recipients: plan.recipients_per_message() as u64 };
    let after_probe = Some(StoredTotals::default());
    let context = RunContext { plan, server, expected, after_probe, was_reached: false };
    let mut runner = Runner { interrupted, context, participants: Vec::new(), progress };
    for (index, contender) in experiment.contenders.iter().enumerate() {
        let command = move || command(Role::Contender(index));
        runner.add(Box::new(command), contender, &cores)?;
    }
    runner.run_rounds()?;
    Ok(runner.finish(cores))
}

struct Runner<'a, 'p> {
    interrupted: &'a AtomicBool,
    context: RunContext<'a>,
    participants: Vec<Participant<'a>>,
    progress: &'p mut dyn FnMut(Progress<'_>),
}

/// One contender's slice in one round.
#[derive(Clone, Copy)]
struct Turn {
    /// The number of the round, from 1; 0 is the warm-up.
    round: u32,
    /// The part of the run that comes before this turn, and the part that it is.
    before: f64,
    share: f64,
}

impl<'a> Runner<'a, '_> {
    fn add(
        &mut self,
        command: Box<dyn Fn() -> Command + 'a>,
        contender: &Contender,
        cores: &Cores,
    ) -> Result<(), Error> {
        let RunContext { plan, server, .. } = &self.context;
        let client = Client { cores: &cores.client, delays_acks: contender.delays_acks };
        let worker = WorkerHandle::start(command, plan, server, client, self.interrupted)?;
        let result = ContenderResult {
            name: contender.label(),
            backend: contender.name.clone(),
            flow: contender.flow.clone(),
            tls_library: contender.tls_library,
            measured_only: contender.measured_only,
            ..ContenderResult::default()
        };
        self.participants.push(Participant { worker, result });
        Ok(())
    }

    /// Lets each contender work once to warm up, and then once in every round.
    fn run_rounds(&mut self) -> Result<(), Error> {
        let (rounds, count) = (self.context.plan.rounds, self.participants.len());
        let turns = (rounds as usize + 1) * count;
        #[expect(clippy::cast_precision_loss, reason = "there are few turns")]
        let share = 1.0 / turns as f64;
        let mut before = 0.0;
        for round in 0..=rounds {
            for index in rotation(count, round as usize) {
                self.take_turn(index, Turn { round, before, share })?;
                before += share;
            }
        }
        Ok(())
    }

    fn take_turn(&mut self, index: usize, turn: Turn) -> Result<(), Error> {
        let Some(participant) = self.participants.get_mut(index) else { return Ok(()) };
        if self.interrupted.load(Ordering::Relaxed) || participant.result.is_out() {
            return Ok(());
        }
        let name = participant.result.name.clone();
        let mut report = |part: f64| {
            let done = turn.before + part * turn.share;
            (self.progress)(Progress { contender: &name, round: turn.round, done });
        };
        report(0.0);
        let (context, interrupted) = (&mut self.context, self.interrupted);
        let done = match turn.round {
            0 => warm_up(participant, context, &mut report),
            round => run_round(participant, context, round - 1, interrupted, &mut report),
        };
        match done {
            Err(error) if error.kind() == Kind::Unreachable => return Err(error),
            // The process was asked to stop and did not. Its earlier rounds are still valid.
            Err(error) if error.kind() == Kind::TimedOut => {}
            Err(error) => participant.result.invalid = Some(Problem::from(&error).example),
            Ok(()) => {}
        }
        Ok(())
    }

    fn finish(self, cores: Cores) -> Run {
        let Self { mut context, participants, .. } = self;
        let mut results = Vec::new();
        for Participant { mut worker, mut result } in participants {
            // If the process has ended, its result already has the error.
            result.peak_memory = worker.peak_memory().unwrap_or_default();
            results.push(result);
        }
        let totals = context.server.totals().unwrap_or_default();
        Run {
            plan: context.plan.clone(),
            server: context.server.server.to_string(),
            security: context.server.server.security,
            embedded: context.server.is_embedded(),
            server_cores: cores.server_count(),
            cores,
            results,
            server_memory: totals.and_then(|totals| totals.peak_memory),
            interrupted: self.interrupted.load(Ordering::Relaxed),
            baseline: None,
            violations: Vec::new(),
        }
    }
}

fn warm_up(
    participant: &mut Participant<'_>,
    context: &mut RunContext<'_>,
    progress: &mut dyn FnMut(f64),
) -> Result<(), Error> {
    let plan = context.plan;
    if !plan.warm_up.is_zero() {
        let slice = context.slice(MEASURED, Limit::Time(plan.warm_up));
        let MeasuredSlice { result, server_cpu, resumed, .. } =
            participant.work(context, slice, progress)?;
        if result.gave_up > 0 && result.outcomes.accepted == 0 {
            // Later rounds would fail as well, so this is the contender's only round.
            let round = Round { number: 0, result, server_cpu, resumed, link_sample: None };
            participant.result.rounds.push(round);
            return Ok(());
        }
    }
    if context.server.is_embedded() && plan.path == Path::default() {
        participant.result.usage = participant.count_usage(context)?;
    }
    Ok(())
}

fn run_round(
    participant: &mut Participant<'_>,
    context: &mut RunContext<'_>,
    number: u32,
    interrupted: &AtomicBool,
    progress: &mut dyn FnMut(f64),
) -> Result<(), Error> {
    let plan = context.plan;
    let Some(limit) = plan.limit.share_of_round(number, plan.rounds) else { return Ok(()) };
    let slice = context.slice(MEASURED, limit);
    let MeasuredSlice { result, server_cpu, resumed, usage } =
        participant.work(context, slice, progress)?;
    let is_predictable = context.server.is_embedded() && plan.rate.is_none();
    let link_sample = match usage {
        Some(usage) if is_predictable && !interrupted.load(Ordering::Relaxed) => {
            participant.sample_link(context, usage)?
        }
        _ => None,
    };
    participant.result.usage = participant.result.usage.or(usage);
    if result.outcomes.total() > 0 || result.gave_up > 0 {
        participant.result.rounds.push(Round { number, result, server_cpu, resumed, link_sample });
    }
    Ok(())
}

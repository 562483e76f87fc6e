//! Runs the contenders in turns, each in a process of its own.

use std::{
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
};

use mailer::{Error, Kind};

use super::{
    Against, Entry, Limit, Plan, Problem, Round, Run,
    cores::Cores,
    messages::Stored,
    numbered::Template,
    plan::envelope,
    player::{MEASURED, Player},
    seat::{Ground, Seat, Sliced},
    serving::Serving,
    verify::Wanted,
};
use mailer_lab::Contender;
use mailer_link::Path;

/// A run that is to be.
pub struct Bench<'a> {
    /// What is to be done.
    pub plan: &'a Plan,
    /// The server.
    pub against: Against<'a>,
    /// Who takes part. They are made in their own processes: of these only the names are used.
    pub contenders: &'a [Contender],
    /// The command whose process works in this role: it calls [`contend`](super::contend) or
    /// [`host`](super::host) with its standard input and output.
    pub command: &'a dyn Fn(Role) -> Command,
    /// Ends the run early, with what there is by then.
    pub interrupted: &'a AtomicBool,
}

/// What a process of a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The embedded server.
    Server,
    /// The contender of this number.
    Contender(usize),
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Who is at work.
    pub contender: &'a str,
    /// In which round, from 1; 0 is the warm-up.
    pub round: u32,
    /// How much of all work is done, from 0 to 1.
    pub done: f64,
}

/// Runs it. `progress` is called now and then.
///
/// # Errors
/// If the server's name cannot be resolved or the first contender cannot connect to it, a setting cannot
/// be used, or a process cannot be started.
/// What goes wrong at work is in the [`Run`].
pub fn run(bench: &Bench<'_>, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Run, Error> {
    let plan = bench.plan;
    let cores = match bench.against {
        Against::Embedded(..) => Cores::divide(plan.pinning),
        Against::Server(_) => Cores::default(),
    };
    let serving = Serving::start(bench.against, || (bench.command)(Role::Server), &cores.server)?;
    let envelope = envelope(plan.sender.as_deref(), &plan.recipients)?;
    let octets = Template::new(plan.octets, &envelope, 0).size();
    let wanted = Wanted { octets, recipients: plan.recipients.len() as u64 };
    let baseline = Some(Stored::default());
    let ground = Ground { plan, serving, wanted, baseline, was_reached: false };
    let mut table = Table { interrupted: bench.interrupted, ground, seats: Vec::new(), progress };
    for (index, contender) in bench.contenders.iter().enumerate() {
        let command = move || (bench.command)(Role::Contender(index));
        table.seat(Box::new(command), contender, &cores)?;
    }
    table.play()?;
    Ok(table.finish(cores))
}

/// All that a run has to do with.
struct Table<'a, 'p> {
    interrupted: &'a AtomicBool,
    ground: Ground<'a>,
    seats: Vec<Seat<'a>>,
    progress: &'p mut dyn FnMut(Progress<'_>),
}

/// One slice of the whole.
#[derive(Clone, Copy)]
struct Turn {
    /// From 1; 0 is the warm-up.
    round: u32,
    /// How much of all work comes before it, and how much it is.
    before: f64,
    share: f64,
}

impl<'a> Table<'a, '_> {
    fn seat(
        &mut self,
        command: Box<dyn Fn() -> Command + 'a>,
        contender: &Contender,
        cores: &Cores,
    ) -> Result<(), Error> {
        let Ground { plan, serving, .. } = &self.ground;
        let player = Player::start(command, plan, serving, &cores.client, self.interrupted)?;
        let entry = Entry {
            name: contender.label(),
            backend: contender.name.clone(),
            flow: contender.flow.clone(),
            measured_only: contender.measured_only,
            ..Entry::default()
        };
        self.seats.push(Seat { player, entry });
        Ok(())
    }

    /// Each contender once to warm up, and then once in every round, in an order that changes from
    /// round to round: whoever comes first, or after a slow one, does so as often as the others.
    fn play(&mut self) -> Result<(), Error> {
        let (rounds, seats) = (self.ground.plan.rounds, self.seats.len());
        let turns = (rounds as usize + 1) * seats;
        #[expect(clippy::cast_precision_loss, reason = "there are few turns")]
        let share = 1.0 / turns as f64;
        let mut before = 0.0;
        for round in 0..=rounds {
            for place in 0..seats {
                self.take_turn((place + round as usize) % seats, Turn { round, before, share })?;
                before += share;
            }
        }
        Ok(())
    }

    fn take_turn(&mut self, seat: usize, turn: Turn) -> Result<(), Error> {
        let Some(seat) = self.seats.get_mut(seat) else { return Ok(()) };
        if self.interrupted.load(Ordering::Relaxed) || seat.entry.is_out() {
            return Ok(());
        }
        let name = seat.entry.name.clone();
        let mut tell = |part: f64| {
            let done = turn.before + part * turn.share;
            (self.progress)(Progress { contender: &name, round: turn.round, done });
        };
        tell(0.0);
        let done = match turn.round {
            0 => warm_up(seat, &mut self.ground, &mut tell),
            round => play_round(seat, &mut self.ground, round - 1, self.interrupted, &mut tell),
        };
        match done {
            Err(error) if error.kind() == Kind::Unreachable => return Err(error),
            // It was to stop and did not: what it had measured before is as good as it was.
            Err(error) if error.kind() == Kind::TimedOut => {}
            Err(error) => seat.entry.wrong = Some(Problem::of(&error).example),
            Ok(()) => {}
        }
        Ok(())
    }

    fn finish(self, cores: Cores) -> Run {
        let Self { mut ground, seats, .. } = self;
        let mut entries = Vec::new();
        for Seat { mut player, mut entry } in seats {
            // A process that is gone has said why already.
            entry.memory = player.peak_memory().unwrap_or_default();
            entries.push(entry);
        }
        let stored = ground.serving.stored().unwrap_or_default();
        Run {
            plan: ground.plan.clone(),
            server: ground.serving.server.to_string(),
            security: ground.serving.server.security,
            embedded: ground.serving.is_embedded(),
            server_cores: cores.of_server(),
            cores,
            entries,
            server_memory: stored.and_then(|stored| stored.peak_memory),
            interrupted: self.interrupted.load(Ordering::Relaxed),
        }
    }
}

fn warm_up(
    seat: &mut Seat<'_>,
    ground: &mut Ground<'_>,
    tell: &mut dyn FnMut(f64),
) -> Result<(), Error> {
    let plan = ground.plan;
    if !plan.warm_up.is_zero() {
        let slice = ground.slice(MEASURED, Limit::Time(plan.warm_up));
        let Sliced { account, server_cpu, .. } = seat.work(ground, slice, tell)?;
        if account.gave_up > 0 && account.outcomes.accepted == 0 {
            // Nothing will go through later either: this is all there is to report.
            let round = Round { number: 0, account, server_cpu, crossed: None };
            seat.entry.rounds.push(round);
            return Ok(());
        }
    }
    if ground.serving.is_embedded() && plan.path == Path::default() {
        seat.entry.trips = seat.count(ground)?;
    }
    Ok(())
}

fn play_round(
    seat: &mut Seat<'_>,
    ground: &mut Ground<'_>,
    number: u32,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(f64),
) -> Result<(), Error> {
    let plan = ground.plan;
    let Some(limit) = plan.limit.of_round(number, plan.rounds) else { return Ok(()) };
    let slice = ground.slice(MEASURED, limit);
    let sliced = seat.work(ground, slice, tell)?;
    let predictable = ground.serving.is_embedded() && plan.rate.is_none();
    let crossed = match sliced.trips {
        Some(trips) if predictable && !interrupted.load(Ordering::Relaxed) => {
            seat.cross(ground, trips)?
        }
        _ => None,
    };
    seat.entry.trips = seat.entry.trips.or(sliced.trips);
    let (account, server_cpu) = (sliced.account, sliced.server_cpu);
    if account.outcomes.total() > 0 || account.gave_up > 0 {
        seat.entry.rounds.push(Round { number, account, server_cpu, crossed });
    }
    Ok(())
}

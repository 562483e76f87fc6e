//! From what was seen to what is said about it.

use std::time::Duration;

use super::{
    Ceiling, Cpu, Entry, Latencies, Outcomes, Plan, Prediction, Problem, Round, Run, Trips, Work,
};
use crate::statistics::Quartiles;

/// Linux looks at each tick (4 ms where there are 250 a second) whether a process is in the kernel, and
/// parts its exact CPU time as it was found: of this much it has looked some sixty times.
const TOLD_APART: Duration = Duration::from_millis(250);

/// What is said about one contender. Times are seconds.
#[derive(Clone, Debug)]
pub struct Figures<'a> {
    /// Whose they are.
    pub entry: &'a Entry,
    /// One mail or handshake, round by round: on open connections and as fast as it goes, the time of the
    /// slice over what was done in it on each connection; else the median of its latencies.
    pub each: Option<Quartiles>,
    /// As a multiple of the first contender's, each round by itself.
    pub ratio: Option<Quartiles>,
    /// How many a second, on all connections together.
    pub per_second: Option<Quartiles>,
    /// The latencies of all rounds.
    pub latencies: Latencies,
    /// What became of all of them.
    pub outcomes: Outcomes,
    /// Errors by kind.
    pub problems: Vec<Problem>,
    /// How long its connections kept still because the server had said to come later.
    pub backed_off: Duration,
    /// How long its connections kept still after other failures.
    pub paused: Duration,
    /// Whether a connection stopped since nothing went through.
    pub gave_up: bool,
    /// CPU time of the contender's process for one.
    pub client_cpu: Option<Cpu>,
    /// CPU time of the embedded server for one.
    pub server_cpu: Option<Cpu>,
    /// What the embedded server could have taken at the most.
    pub ceiling: Option<Ceiling>,
    /// What one takes of the way to the server.
    pub trips: Option<Trips>,
    /// For how many seconds of one something was held back on this way.
    pub stalled: Option<f64>,
    /// What the length of the way foretells.
    pub prediction: Option<Prediction>,
}

impl Figures<'_> {
    /// Whether the server had hardly any time left, so that it is what was measured.
    #[must_use]
    pub fn is_server_bound(&self) -> bool {
        self.ceiling.is_some_and(|ceiling| ceiling.is_near())
    }

    /// What one took of the contender's CPU time in the kernel; `None` where nobody knows, or all took
    /// too little for the system to tell one from the other.
    #[must_use]
    pub fn in_kernel(&self) -> Option<Duration> {
        let each = self.client_cpu?;
        let all = u32::try_from(self.outcomes.total()).ok()?;
        (each.total() * all >= TOLD_APART).then_some(each.system)
    }
}

/// The figures of all contenders, in their order. A contender whose run was wrong has none.
#[must_use]
pub fn figures(run: &Run) -> Vec<Figures<'_>> {
    let first = run.entries.first();
    run.entries.iter().map(|entry| of(entry, first, run)).collect()
}

fn of<'a>(entry: &'a Entry, first: Option<&Entry>, run: &Run) -> Figures<'a> {
    let plan = &run.plan;
    let rounds = if entry.wrong.is_some() { &[] } else { entry.rounds.as_slice() };
    let each: Vec<f64> = rounds.iter().filter_map(|round| each(round, plan)).collect();
    let rates: Vec<f64> = rounds.iter().filter_map(rate).collect();
    let mut all = super::Account::default();
    rounds.iter().for_each(|round| all.add(&round.account));
    let trips = trips(entry, rounds);
    Figures {
        entry,
        each: Quartiles::of(&each),
        ratio: first.and_then(|first| ratio(rounds, first, plan)),
        per_second: Quartiles::of(&rates),
        client_cpu: cpu_each(rounds, |round| round.account.cpu),
        server_cpu: cpu_each(rounds, |round| round.server_cpu),
        ceiling: Ceiling::of(rounds, run),
        trips,
        stalled: trips.map(|trips| trips.stalled(plan.path.round_trip)),
        prediction: prediction(rounds, plan),
        latencies: all.latencies,
        outcomes: all.outcomes,
        problems: all.problems,
        backed_off: all.backed_off,
        paused: all.paused,
        gave_up: all.gave_up > 0,
    }
}

/// The time of one mail or handshake in a round, in seconds.
fn each(round: &Round, plan: &Plan) -> Option<f64> {
    if plan.work != Work::Throughput || plan.rate.is_some() {
        return Some(round.account.latencies.median()?.as_secs_f64());
    }
    #[expect(clippy::cast_precision_loss, reason = "there are few connections")]
    let connections = plan.connections as f64;
    Some(connections / rate(round)?)
}

/// How many were accepted a second.
fn rate(round: &Round) -> Option<f64> {
    let seconds = round.account.elapsed.as_secs_f64();
    let accepted = count(round.account.outcomes.accepted);
    (seconds > 0.0 && accepted > 0.0).then(|| accepted / seconds)
}

/// The contenders took turns in each round, so what disturbed one round disturbed both in it.
fn ratio(rounds: &[Round], first: &Entry, plan: &Plan) -> Option<Quartiles> {
    let of = |round: &Round| {
        let other = first.rounds.iter().find(|other| other.number == round.number)?;
        Some(each(round, plan)? / each(other, plan)?)
    };
    let comparable = first.wrong.is_none();
    let ratios: Vec<f64> = rounds.iter().filter(|_| comparable).filter_map(of).collect();
    Quartiles::of(&ratios)
}

fn cpu_each(rounds: &[Round], cpu: impl Fn(&Round) -> Option<Cpu>) -> Option<Cpu> {
    let total: u64 = rounds.iter().map(|round| round.account.outcomes.total()).sum();
    let total = u32::try_from(total).ok().filter(|total| *total > 0)?;
    let mut sum = Cpu::default();
    for round in rounds {
        let one = cpu(round)?;
        sum.user += one.user;
        sum.system += one.system;
    }
    Some(Cpu { user: sum.user / total, system: sum.system / total })
}

fn trips(entry: &Entry, rounds: &[Round]) -> Option<Trips> {
    let crossed: Vec<Trips> = rounds.iter().filter_map(|r| Some(r.crossed?.trips)).collect();
    let median = |part: fn(&Trips) -> f64| {
        Some(Quartiles::of(&crossed.iter().map(part).collect::<Vec<_>>())?.median)
    };
    let over_the_way = || {
        Some(Trips {
            waits: median(|trips| trips.waits)?,
            holds: median(|trips| trips.holds)?,
            delayed: median(|trips| trips.delayed)?,
            octets: median(|trips| trips.octets)?,
        })
    };
    over_the_way().or(entry.trips).filter(|_| entry.wrong.is_none())
}

fn prediction(rounds: &[Round], plan: &Plan) -> Option<Prediction> {
    let of = |round: &Round| Some(Prediction::of(round.crossed?, each(round, plan)?, plan.path));
    Prediction::median(&rounds.iter().filter_map(of).collect::<Vec<_>>())
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 mails")]
fn count(mails: u64) -> f64 {
    mails as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::made_up::{entry, round, run};

    #[test]
    fn a_ratio_compares_within_each_round() {
        // The second round was slow for both.
        let first = entry("one", &[round(0, 100, 1.0), round(1, 100, 2.0)]);
        let second = entry("two", &[round(0, 50, 1.0), round(1, 50, 2.0)]);
        let run = run(vec![first, second]);
        let figures = figures(&run);
        let ratio = figures[1].ratio.unwrap();
        assert_eq!((ratio.lower, ratio.median, ratio.upper), (2.0, 2.0, 2.0));
        assert_eq!(figures[0].ratio.unwrap().median, 1.0);
        assert_eq!(figures[0].each.unwrap().median, 0.015);
        assert_eq!(figures[0].per_second.unwrap().upper, 87.5);
    }

    #[test]
    fn a_wrong_run_has_no_figure_and_is_compared_with_nobody() {
        let mut first = entry("one", &[round(0, 100, 1.0)]);
        first.wrong = Some("stored were others".into());
        let run = run(vec![first, entry("two", &[round(0, 50, 1.0)])]);
        let figures = figures(&run);
        assert!(figures[0].each.is_none() && figures[0].per_second.is_none());
        assert!(figures[1].each.is_some() && figures[1].ratio.is_none());
    }

    #[test]
    fn little_time_is_not_parted() {
        let took = |mails| {
            let mut round = round(0, mails, 1.0);
            let half = Duration::from_micros(500) * u32::try_from(mails).unwrap();
            round.account.cpu = Some(Cpu { user: half, system: half });
            run(vec![entry("one", &[round])])
        };
        assert_eq!(figures(&took(250))[0].in_kernel(), Some(Duration::from_micros(500)));
        assert_eq!(figures(&took(249))[0].in_kernel(), None);
    }
}

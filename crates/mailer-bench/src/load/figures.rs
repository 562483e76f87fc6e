//! The figures of a report, computed from what was observed.

use std::time::Duration;

use super::{
    Ceiling, ContenderResult, Latencies, Outcomes, Plan, Prediction, Round, Run, SliceResult,
    UsagePerMail,
};
use crate::{Cpu, Problem, statistics::Quartiles, workload::Workload};

/// The least CPU time of which the kernel's part is reported. Linux checks at each timer tick (every 4 ms
/// at 250 Hz) whether a process is in the kernel, and divides its CPU time accordingly: in this time it
/// has checked about sixty times.
const MIN_FOR_KERNEL_PART: Duration = Duration::from_millis(250);

/// The figures of one contender. Times are in seconds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Figures<'a> {
    /// What was observed of the contender.
    pub contender: &'a ContenderResult,
    /// The time per message or handshake, round by round. On open connections at full speed it is the
    /// slice's duration times the number of connections, divided by the number of messages. Otherwise it
    /// is the median latency.
    pub time: Option<Quartiles>,
    /// The time per message or handshake in each round, in seconds.
    pub round_times: Vec<f64>,
    /// The time as a multiple of the first contender's, in each round separately.
    pub ratio: Option<Quartiles>,
    /// Messages or handshakes per second, over all connections.
    pub per_second: Option<Quartiles>,
    /// The latencies of all rounds.
    pub latencies: Latencies,
    /// The outcomes of all rounds.
    pub outcomes: Outcomes,
    /// The errors of all rounds, by kind, step and code.
    pub problems: Vec<Problem>,
    /// How long connections waited because a reply asked them to try again later.
    pub backed_off: Duration,
    /// How long connections waited after other failures.
    pub paused: Duration,
    /// Whether a connection stopped because nothing succeeded any more.
    pub gave_up: bool,
    /// CPU time of the contender's process per message or handshake.
    pub client_cpu: Option<Cpu>,
    /// CPU time of the embedded server per message or handshake.
    pub server_cpu: Option<Cpu>,
    /// The share of messages or handshakes for which the embedded server resumed a TLS session.
    pub resumed: Option<f64>,
    /// The rate at which the embedded server would be the bottleneck.
    pub ceiling: Option<Ceiling>,
    /// What one message or handshake uses of the path. Without a simulated path it is counted in separate
    /// work over a link of a few milliseconds.
    pub usage: Option<UsagePerMail>,
    /// How many seconds one message or handshake stalls; `None` unless something
    /// [observes](Run::observes_connections) the connections that the time is measured on.
    pub stall: Option<f64>,
    /// The time that the simulated path predicts.
    pub prediction: Option<Prediction>,
}

impl Figures<'_> {
    /// Returns whether the server's cores were busy nearly all the time, so that the server was measured
    /// and not the client.
    #[must_use]
    pub fn is_server_bound(&self) -> bool {
        self.ceiling.is_some_and(|ceiling| ceiling.is_near())
    }

    /// Returns the part of the CPU time per message or handshake that the client spent in the kernel;
    /// `None` if it is not known, or if all of it is too little for the system to divide it.
    #[must_use]
    pub fn in_kernel(&self) -> Option<Duration> {
        let each = self.client_cpu?;
        let count = u32::try_from(self.outcomes.total()).ok()?;
        (each.total() * count >= MIN_FOR_KERNEL_PART).then_some(each.system)
    }
}

/// Returns the figures of all contenders, in their order. A contender whose result is invalid has none.
#[must_use]
pub fn figures(run: &Run) -> Vec<Figures<'_>> {
    let first = run.results.first();
    run.results.iter().map(|contender| figures_of(contender, first, run)).collect()
}

fn figures_of<'a>(
    contender: &'a ContenderResult,
    first: Option<&ContenderResult>,
    run: &Run,
) -> Figures<'a> {
    let plan = &run.plan;
    let rounds = if contender.invalid.is_some() { &[] } else { contender.rounds.as_slice() };
    let times: Vec<f64> = rounds.iter().filter_map(|round| time(round, plan)).collect();
    let rates: Vec<f64> = rounds.iter().filter_map(rate).collect();
    let mut sum = SliceResult::default();
    rounds.iter().for_each(|round| sum.add(&round.result));
    let usage = usage(contender, rounds);
    let measured_usage = usage.filter(|_| run.observes_connections());
    Figures {
        contender,
        time: Quartiles::new(&times),
        round_times: times,
        ratio: first.and_then(|first| ratio(rounds, first, plan)),
        per_second: Quartiles::new(&rates),
        client_cpu: cpu_each(rounds, |round| round.result.cpu),
        server_cpu: cpu_each(rounds, |round| round.server_cpu),
        resumed: resumed(rounds),
        ceiling: Ceiling::new(rounds, run),
        usage,
        stall: measured_usage.map(|usage| usage.stall_time(plan.path.round_trip)),
        prediction: prediction(rounds, plan),
        latencies: sum.latencies,
        outcomes: sum.outcomes,
        problems: sum.problems,
        backed_off: sum.backed_off,
        paused: sum.paused,
        gave_up: sum.gave_up > 0,
    }
}

/// Returns the time per message or handshake in a round, in seconds.
fn time(round: &Round, plan: &Plan) -> Option<f64> {
    if plan.workload != Workload::Throughput || plan.rate.is_some() {
        return Some(round.result.latencies.median()?.as_secs_f64());
    }
    #[expect(clippy::cast_precision_loss, reason = "there are few connections")]
    let connections = plan.connections as f64;
    Some(connections / rate(round)?)
}

/// Returns how many messages or handshakes per second were accepted.
fn rate(round: &Round) -> Option<f64> {
    let seconds = round.result.elapsed.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
    let accepted = round.result.outcomes.accepted as f64;
    (seconds > 0.0 && accepted > 0.0).then(|| accepted / seconds)
}

/// Returns the ratio to the first contender. It is computed within each round, because what disturbed a
/// round disturbed both contenders in it.
fn ratio(rounds: &[Round], first: &ContenderResult, plan: &Plan) -> Option<Quartiles> {
    let ratio_of = |round: &Round| {
        let other = first.rounds.iter().find(|other| other.number == round.number)?;
        Some(time(round, plan)? / time(other, plan)?)
    };
    let is_comparable = first.invalid.is_none();
    let ratios: Vec<f64> = rounds.iter().filter(|_| is_comparable).filter_map(ratio_of).collect();
    Quartiles::new(&ratios)
}

fn cpu_each(rounds: &[Round], cpu: impl Fn(&Round) -> Option<Cpu>) -> Option<Cpu> {
    let total: u64 = rounds.iter().map(|round| round.result.outcomes.total()).sum();
    let total = u32::try_from(total).ok().filter(|total| *total > 0)?;
    let mut sum = Cpu::default();
    for round in rounds {
        sum = sum.and(cpu(round)?);
    }
    Some(Cpu { user: sum.user / total, system: sum.system / total })
}

fn resumed(rounds: &[Round]) -> Option<f64> {
    let total: u64 = rounds.iter().map(|round| round.result.outcomes.total()).sum();
    let resumed = rounds.iter().map(|round| round.resumed).sum::<Option<u64>>()?;
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
    let share = resumed as f64 / total as f64;
    (total > 0).then_some(share)
}

fn usage(contender: &ContenderResult, rounds: &[Round]) -> Option<UsagePerMail> {
    let sampled: Vec<UsagePerMail> =
        rounds.iter().filter_map(|round| Some(round.link_sample?.usage)).collect();
    let median = |part: fn(&UsagePerMail) -> f64| {
        Some(Quartiles::new(&sampled.iter().map(part).collect::<Vec<_>>())?.median)
    };
    let on_path = || {
        Some(UsagePerMail {
            round_trips: median(|usage| usage.round_trips)?,
            stalls: median(|usage| usage.stalls)?,
            ack_delay: median(|usage| usage.ack_delay)?,
            bytes: median(|usage| usage.bytes)?,
        })
    };
    on_path().or(contender.usage).filter(|_| contender.invalid.is_none())
}

fn prediction(rounds: &[Round], plan: &Plan) -> Option<Prediction> {
    let of_round =
        |round: &Round| Some(Prediction::new(round.link_sample?, time(round, plan)?, plan.path));
    Prediction::median(&rounds.iter().filter_map(of_round).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{
        LinkSample,
        fixtures::{contender, link_sample, round, run},
    };

    #[test]
    fn a_ratio_compares_within_each_round() {
        // The second round was slow for both.
        let first = contender("one", &[round(0, 100, 1.0), round(1, 100, 2.0)]);
        let second = contender("two", &[round(0, 50, 1.0), round(1, 50, 2.0)]);
        let run = run(vec![first, second]);
        let figures = figures(&run);
        let ratio = figures[1].ratio.unwrap();
        assert_eq!((ratio.lower, ratio.median, ratio.upper), (2.0, 2.0, 2.0));
        assert_eq!(figures[0].ratio.unwrap().median, 1.0);
        assert_eq!(figures[0].time.unwrap().median, 0.015);
        assert_eq!(figures[0].per_second.unwrap().upper, 87.5);
    }

    #[test]
    fn an_invalid_contender_has_no_figures_and_no_ratio_is_made_to_it() {
        let mut first = contender("one", &[round(0, 100, 1.0)]);
        first.invalid = Some("other messages were stored".into());
        let run = run(vec![first, contender("two", &[round(0, 50, 1.0)])]);
        let figures = figures(&run);
        assert!(figures[0].time.is_none() && figures[0].per_second.is_none());
        assert!(figures[1].time.is_some() && figures[1].ratio.is_none());
    }

    #[test]
    fn only_a_simulated_path_has_a_stall_time() {
        let stalls = UsagePerMail { stalls: 1.0, ack_delay: 0.044, ..UsagePerMail::default() };
        let mut counted = contender("one", &[round(0, 10, 1.0)]);
        counted.usage = Some(stalls);
        let without_path = run(vec![counted]);
        let of_run = |run: &Run| (figures(run)[0].usage.is_some(), figures(run)[0].stall);
        assert_eq!(of_run(&without_path), (true, None));
        let mut sampled = round(0, 10, 1.0);
        let sample = link_sample(1.0, 10);
        sampled.link_sample = Some(LinkSample { usage: stalls, ..sample });
        let mut with_path = run(vec![contender("one", &[sampled])]);
        with_path.plan.path.round_trip = Duration::from_millis(20);
        assert_eq!(of_run(&with_path), (true, Some(0.064)));
    }

    #[test]
    fn little_cpu_time_has_no_kernel_part() {
        let used = |messages| {
            let mut round = round(0, messages, 1.0);
            let half = Duration::from_micros(500) * u32::try_from(messages).unwrap();
            round.result.cpu = Some(Cpu { user: half, system: half });
            run(vec![contender("one", &[round])])
        };
        assert_eq!(figures(&used(250))[0].in_kernel(), Some(Duration::from_micros(500)));
        assert_eq!(figures(&used(249))[0].in_kernel(), None);
    }
}

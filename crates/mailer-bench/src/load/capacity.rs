//! How far a ramp goes until client and server together no longer keep up.

use super::{ContenderResult, Limit, Plan, RampOver, RampRun, Round};
use crate::statistics::Quartiles;

/// At a rate, a step is kept if the server accepts this part of the messages in time.
const REACHED: f64 = 0.95;
/// With more connections, a step is kept if its rate is above the best one before by this factor.
const RISES: f64 = 1.05;

/// How one contender did in one step.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct StepVerdict {
    /// The rate or the number of connections of the step.
    pub value: f64,
    /// The messages or handshakes that were accepted per second, the median of the rounds; `None` if the contender
    /// has no valid result.
    pub reached: Option<f64>,
    /// Whether client and server keep up. At a rate, 95 % of the messages are accepted in time. With more
    /// connections, at least 5 % more are accepted per second than in the best step before.
    pub keeps_up: bool,
}

/// The steps of one contender, and where client and server no longer keep up.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Capacity {
    /// The name of the contender.
    pub name: String,
    /// The steps that were run, in their order.
    pub steps: Vec<StepVerdict>,
}

impl Capacity {
    /// Returns the last step before the first one that is missed; `None` if the first step is
    /// that one.
    #[must_use]
    pub fn last_kept(&self) -> Option<f64> {
        self.steps.iter().take_while(|step| step.keeps_up).last().map(|step| step.value)
    }

    /// Returns the first step that is missed; `None` if every step is kept.
    #[must_use]
    pub fn first_missed(&self) -> Option<f64> {
        self.steps.iter().find(|step| !step.keeps_up).map(|step| step.value)
    }
}

/// Returns how far each contender came, in their order.
#[must_use]
pub fn capacities(ramp_run: &RampRun) -> Vec<Capacity> {
    let contenders = ramp_run.runs.first().map_or(&[][..], |run| run.results.as_slice());
    let capacity = |(index, contender): (usize, &ContenderResult)| Capacity {
        name: contender.name.clone(),
        steps: verdicts(ramp_run, index),
    };
    contenders.iter().enumerate().map(capacity).collect()
}

/// Returns the verdict on each step of the contender with this index.
fn verdicts(ramp_run: &RampRun, index: usize) -> Vec<StepVerdict> {
    let RampRun { ramp, runs, .. } = ramp_run;
    let mut best: f64 = 0.0;
    let mut verdict = |contender: &ContenderResult, plan: &Plan, value: f64| {
        let reached = reached(contender, plan);
        let needed = match ramp.over() {
            RampOver::Rate => value * REACHED,
            RampOver::Connections => best * RISES,
        };
        best = best.max(reached.unwrap_or(0.0));
        let is_enough = |reached: f64| reached > 0.0 && reached >= needed;
        StepVerdict {
            value,
            reached,
            keeps_up: !contender.is_out() && reached.is_some_and(is_enough),
        }
    };
    // A step that was interrupted shows nothing of the server.
    let steps = ramp.steps().iter().zip(runs).filter(|(_, run)| !run.interrupted);
    let steps = steps.filter_map(|(value, run)| {
        run.results.get(index).map(|contender| verdict(contender, &run.plan, *value))
    });
    steps.collect()
}

/// Returns how many messages or handshakes per second were accepted.
fn reached(contender: &ContenderResult, plan: &Plan) -> Option<f64> {
    let rate = |round: &Round| {
        let seconds = round.result.elapsed.as_secs_f64().max(planned_seconds(round, plan));
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
        let accepted = round.result.outcomes.accepted as f64;
        (seconds > 0.0).then(|| accepted / seconds)
    };
    let rounds = contender.rounds.iter().filter(|_| contender.invalid.is_none());
    Quartiles::new(&rounds.filter_map(rate).collect::<Vec<_>>()).map(|rates| rates.median)
}

/// Returns the time in which the messages of a round are due. The last one is due before its end, so the work may
/// take less time without being faster.
fn planned_seconds(round: &Round, plan: &Plan) -> f64 {
    let Some(rate) = plan.rate else { return 0.0 };
    match plan.limit.share_of_round(round.number, plan.rounds) {
        Some(Limit::Time(time)) => time.as_secs_f64(),
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
        Some(Limit::Count(count)) => count as f64 / rate,
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::fixtures::{contender, ramp_run, round};

    /// The capacity where these numbers of messages were accepted in the seconds of each step.
    fn capacity(ramp: &str, steps: &[(u64, f64)]) -> Capacity {
        let results = steps
            .iter()
            .map(|(messages, seconds)| vec![contender("raw", &[round(0, *messages, *seconds)])]);
        capacities(&ramp_run(ramp, results)).remove(0)
    }

    #[test]
    fn at_a_rate_steps_are_kept_while_nearly_all_are_accepted_in_time() {
        // The plan has one second in two rounds.
        let found = capacity("100,200,400,800", &[(50, 0.49), (97, 0.5), (120, 0.5), (400, 0.5)]);
        assert_eq!(
            found.steps.iter().map(|it| it.keeps_up).collect::<Vec<_>>(),
            [true, true, false, true]
        );
        assert_eq!((found.last_kept(), found.first_missed()), (Some(200.0), Some(400.0)));
        let reached: Vec<_> = found.steps.iter().filter_map(|it| it.reached).collect();
        assert_eq!(reached, [100.0, 194.0, 240.0, 800.0]);
        let late = capacity("100,200", &[(50, 1.0), (50, 1.0)]);
        assert_eq!((late.last_kept(), late.first_missed()), (None, Some(100.0)));
        let fast = capacity("100", &[(50, 0.1)]);
        assert_eq!((fast.last_kept(), fast.first_missed()), (Some(100.0), None));
    }

    #[test]
    fn with_more_connections_steps_are_kept_while_the_rate_rises() {
        let found =
            capacity("connections=1,2,4,8", &[(100, 1.0), (190, 1.0), (194, 1.0), (300, 1.0)]);
        assert_eq!((found.last_kept(), found.first_missed()), (Some(2.0), Some(4.0)));
    }

    #[test]
    fn a_contender_that_gave_up_or_is_invalid_does_not_keep_up() {
        let mut gave_up = round(0, 50, 0.5);
        gave_up.result.gave_up = 1;
        let mut invalid = contender("raw", &[round(0, 50, 0.5)]);
        invalid.invalid = Some("other messages were stored".into());
        let run =
            ramp_run("50,100", [vec![contender("raw", &[gave_up])], vec![invalid]].into_iter());
        let steps = capacities(&run).remove(0).steps;
        assert!(steps.iter().all(|step| !step.keeps_up), "{steps:?}");
        assert_eq!(steps.iter().map(|step| step.reached).collect::<Vec<_>>(), [Some(100.0), None]);
    }
}

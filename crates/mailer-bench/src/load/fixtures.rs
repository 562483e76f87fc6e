//! Synthetic runs, to test the reports about them.

use std::time::Duration;

use mailer::Security;

use super::{
    ContenderResult, Limit, LinkSample, Outcomes, Plan, Ramp, RampRun, Round, Run, SliceResult,
    UsagePerMail,
};
use crate::cores::Cores;

/// A round in which `messages` messages took `seconds` seconds, one after another.
pub(crate) fn round(number: u32, messages: u64, seconds: f64) -> Round {
    let elapsed = Duration::from_secs_f64(seconds);
    let mut result = SliceResult { elapsed, ..SliceResult::default() };
    result.outcomes = Outcomes { accepted: messages, ..Outcomes::default() };
    let each = elapsed / u32::try_from(messages).unwrap();
    (0..messages).for_each(|_| result.latencies.record(each));
    Round { number, result, server_cpu: None, resumed: None, link_sample: None }
}

pub(crate) fn link_sample(round_trips: f64, local_ms: u64) -> LinkSample {
    let usage = UsagePerMail { round_trips, stalls: 0.0, ack_delay: 0.0, bytes: 1000.0 };
    let local = Duration::from_millis(local_ms);
    LinkSample { usage, local, local_usage: UsagePerMail::default() }
}

pub(crate) fn contender(name: &str, rounds: &[Round]) -> ContenderResult {
    ContenderResult { name: name.into(), rounds: rounds.to_vec(), ..ContenderResult::default() }
}

pub(crate) fn run(results: Vec<ContenderResult>) -> Run {
    let limit = Limit::Time(Duration::from_secs(1));
    let plan = Plan { limit, rounds: 2, ..Plan::default() };
    Run {
        plan,
        server: "smtp://localhost:2525".into(),
        security: Security::Required,
        embedded: true,
        cores: Cores::default(),
        server_cores: 1,
        results,
        server_memory: Some(9 * 1024 * 1024),
        interrupted: false,
        baseline: None,
        violations: Vec::new(),
    }
}

/// A ramp whose steps have these results.
pub(crate) fn ramp_run(ramp: &str, results: impl Iterator<Item = Vec<ContenderResult>>) -> RampRun {
    let ramp: Ramp = ramp.parse().unwrap();
    let plans = ramp.plans(&run(Vec::new()).plan);
    let runs = plans.into_iter().zip(results).map(|(plan, results)| Run { plan, ..run(results) });
    RampRun { runs: runs.collect(), ..RampRun::new(ramp) }
}

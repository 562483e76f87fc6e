//! Runs with made-up figures, to test what is said about them.

use std::time::Duration;

use mailer::Security;

use super::{
    Account, Cores, Crossed, Entry, Limit, Outcomes, Pinning, Plan, Round, Run, Trips, Work,
};
use mailer_link::Path;

/// A round in which so many mails took that many seconds, one after another.
pub(crate) fn round(number: u32, mails: u64, seconds: f64) -> Round {
    let mut account = Account { elapsed: Duration::from_secs_f64(seconds), ..Account::default() };
    account.outcomes = Outcomes { accepted: mails, ..Outcomes::default() };
    let each = account.elapsed / u32::try_from(mails).unwrap();
    (0..mails).for_each(|_| account.latencies.record(each));
    Round { number, account, server_cpu: None, crossed: None }
}

pub(crate) fn crossed(waits: f64, local_ms: u64) -> Crossed {
    let trips = Trips { waits, holds: 0.0, delayed: 0.0, octets: 1000.0 };
    Crossed { trips, local: Duration::from_millis(local_ms), local_trips: Trips::default() }
}

pub(crate) fn entry(name: &str, rounds: &[Round]) -> Entry {
    Entry { name: name.into(), rounds: rounds.to_vec(), ..Entry::default() }
}

pub(crate) fn run(entries: Vec<Entry>) -> Run {
    let plan = Plan {
        work: Work::Throughput,
        limit: Limit::Time(Duration::from_secs(1)),
        rounds: 2,
        warm_up: Duration::from_millis(500),
        connections: 1,
        rate: None,
        octets: 1024,
        sender: Some("ann@example.test".into()),
        recipients: vec!["bob@example.test".into()],
        path: Path::default(),
        pinning: Pinning::Apart,
    };
    Run {
        plan,
        server: "smtp://localhost:2525".into(),
        security: Security::Required,
        embedded: true,
        cores: Cores::default(),
        server_cores: 1,
        entries,
        server_memory: Some(9 * 1024 * 1024),
        interrupted: false,
    }
}

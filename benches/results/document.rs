//! What is read of the document that `mailer bench --json` prints (`docs/schema/bench.schema.json`).

use std::collections::BTreeMap;

use mailer_bench::statistics::Quartiles;
use serde::Deserialize;

use crate::Outcome;

/// The contender that the others are set against.
pub(crate) const AGAINST: &str = "lettre";

#[derive(Deserialize)]
pub(crate) struct Document {
    /// Versions and the host.
    pub(crate) notes: BTreeMap<String, String>,
    pub(crate) plan: Plan,
    pub(crate) results: Vec<Contender>,
}

#[derive(Deserialize)]
pub(crate) struct Plan {
    pub(crate) workload: String,
    pub(crate) client_cores: Vec<usize>,
    pub(crate) server_cores: Vec<usize>,
}

#[derive(Deserialize)]
pub(crate) struct Contender {
    pub(crate) name: String,
    pub(crate) wrong: Option<String>,
    pub(crate) per_second: Option<Spread>,
    pub(crate) each_ns: Option<Spread>,
    pub(crate) client_cpu: Option<Cpu>,
    pub(crate) server_bound: bool,
    pub(crate) memory: Option<u64>,
    pub(crate) trips: Option<Trips>,
    pub(crate) prediction: Option<Prediction>,
    rounds: Vec<Round>,
}

#[derive(Deserialize)]
pub(crate) struct Spread {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

#[derive(Deserialize)]
pub(crate) struct Cpu {
    pub(crate) user_ns: f64,
    pub(crate) system_ns: f64,
}

#[derive(Deserialize)]
pub(crate) struct Trips {
    pub(crate) waits: f64,
    pub(crate) stalled_ns: f64,
}

#[derive(Deserialize)]
pub(crate) struct Prediction {
    pub(crate) predicted_ns: f64,
    pub(crate) error: f64,
}

#[derive(Deserialize)]
struct Round {
    number: u32,
    elapsed_ns: f64,
    accepted: f64,
    median_ns: Option<f64>,
}

impl Document {
    pub(crate) fn read(text: &str) -> Outcome<Self> {
        serde_json::from_str(text).map_err(|error| format!("what mailer bench printed: {error}"))
    }

    /// As a multiple of what [`AGAINST`] takes, in each round by itself: whatever disturbed one in it
    /// disturbed both.
    pub(crate) fn ratio(&self, contender: &Contender) -> Option<Quartiles> {
        let against = self.contender(AGAINST)?;
        let comparable = contender.wrong.is_none() && against.wrong.is_none();
        let of = |round: &Round| {
            let other = against.rounds.iter().find(|other| other.number == round.number)?;
            Some(self.each(round)? / self.each(other)?)
        };
        let ratios = contender.rounds.iter().filter(|_| comparable).filter_map(of);
        Quartiles::of(&ratios.collect::<Vec<_>>())
    }

    pub(crate) fn contender(&self, name: &str) -> Option<&Contender> {
        self.results.iter().find(|contender| contender.name == name)
    }

    /// What one took in a round, but for the number of connections, which all have in common.
    fn each(&self, round: &Round) -> Option<f64> {
        match self.plan.workload.as_str() {
            "throughput" => (round.accepted > 0.0).then(|| round.elapsed_ns / round.accepted),
            _ => round.median_ns,
        }
    }
}

/// Two contenders, one twice as fast in every round.
#[cfg(test)]
pub(crate) fn made_up() -> Document {
    let contender = |name: &str, each: [u64; 2]| {
        serde_json::json!({
            "name": name, "wrong": null, "server_bound": false, "memory": 2_097_152,
            "per_second": {"lower": 1.0, "median": 2.0, "upper": 3.0},
            "each_ns": {"lower": each[0], "median": each[0], "upper": each[1]},
            "client_cpu": {"user_ns": 1000, "system_ns": 500},
            "trips": {"waits": 2.0, "stalled_ns": 0},
            "prediction": {"predicted_ns": each[0], "error": 0.01},
            "rounds": [
                {"number": 0, "elapsed_ns": each[0] * 4, "accepted": 4, "median_ns": 1},
                {"number": 1, "elapsed_ns": each[1] * 4, "accepted": 4, "median_ns": 1},
            ],
        })
    };
    let document = serde_json::json!({
        "notes": {"host": "a host", "versions": "some versions"},
        "plan": {"workload": "throughput", "client_cores": [0], "server_cores": [1]},
        "results": [contender("raw (pipelined)", [1_000, 3_000]), contender("lettre", [2_000, 6_000])],
    });
    Document::read(&document.to_string()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_made_within_a_round() {
        let document = made_up();
        let ratio = document.ratio(&document.results[0]).unwrap();
        assert_eq!(ratio, Quartiles { lower: 0.5, median: 0.5, upper: 0.5 });
        let mut wrong = made_up();
        wrong.results[1].wrong = Some("it lost a mail".into());
        assert_eq!(wrong.ratio(&wrong.results[0]), None);
    }
}

//! The parts of the document of `mailer bench --json` that the page needs (`docs/schema/bench.schema.json`).

use std::collections::BTreeMap;

use mailer_bench::statistics::Quartiles;
use serde::Deserialize;

use crate::TextResult;

/// The contender that the others are compared with.
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
    pub(crate) invalid: Option<String>,
    pub(crate) per_second: Option<Spread>,
    pub(crate) time_ns: Option<Spread>,
    pub(crate) client_cpu: Option<Cpu>,
    pub(crate) server_bound: bool,
    pub(crate) peak_memory: Option<u64>,
    pub(crate) path: Option<PathUsage>,
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
pub(crate) struct PathUsage {
    pub(crate) round_trips: f64,
    pub(crate) stall_ns: Option<f64>,
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
    pub(crate) fn parse(text: &str) -> TextResult<Self> {
        serde_json::from_str(text).map_err(|error| format!("the document of mailer bench: {error}"))
    }

    /// Returns the contender's time as a multiple of [`AGAINST`]'s, in each round separately: what disturbed a
    /// round disturbed both in it.
    pub(crate) fn ratio(&self, contender: &Contender) -> Option<Quartiles> {
        let against = self.contender(AGAINST)?;
        let is_comparable = contender.invalid.is_none() && against.invalid.is_none();
        let ratio_of = |round: &Round| {
            let other = against.rounds.iter().find(|other| other.number == round.number)?;
            Some(self.time(round)? / self.time(other)?)
        };
        let ratios = contender.rounds.iter().filter(|_| is_comparable).filter_map(ratio_of);
        Quartiles::new(&ratios.collect::<Vec<_>>())
    }

    pub(crate) fn contender(&self, name: &str) -> Option<&Contender> {
        self.results.iter().find(|contender| contender.name == name)
    }

    /// Returns the time per message in a round, except for the number of connections, which is the same for all
    /// contenders.
    fn time(&self, round: &Round) -> Option<f64> {
        match self.plan.workload.as_str() {
            "throughput" => (round.accepted > 0.0).then(|| round.elapsed_ns / round.accepted),
            _ => round.median_ns,
        }
    }
}

/// A synthetic document with two contenders, the first of which is twice as fast in every round.
#[cfg(test)]
pub(crate) fn fixture() -> Document {
    let contender = |name: &str, time: [u64; 2]| {
        serde_json::json!({
            "name": name, "invalid": null, "server_bound": false, "peak_memory": 2_097_152,
            "per_second": {"lower": 1.0, "median": 2.0, "upper": 3.0},
            "time_ns": {"lower": time[0], "median": time[0], "upper": time[1]},
            "client_cpu": {"user_ns": 1000, "system_ns": 500},
            "path": {"round_trips": 2.0, "stall_ns": null},
            "prediction": {"predicted_ns": time[0], "error": 0.01},
            "rounds": [
                {"number": 0, "elapsed_ns": time[0] * 4, "accepted": 4, "median_ns": 1},
                {"number": 1, "elapsed_ns": time[1] * 4, "accepted": 4, "median_ns": 1},
            ],
        })
    };
    let document = serde_json::json!({
        "notes": {"host": "a host", "versions": "some versions"},
        "plan": {"workload": "throughput", "client_cores": [0], "server_cores": [1]},
        "results": [contender("raw (pipelined)", [1_000, 3_000]), contender("lettre", [2_000, 6_000])],
    });
    Document::parse(&document.to_string()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_computed_within_a_round() {
        let document = fixture();
        let ratio = document.ratio(&document.results[0]).unwrap();
        assert_eq!(ratio, Quartiles { lower: 0.5, median: 0.5, upper: 0.5 });
        let mut invalid = fixture();
        invalid.results[1].invalid = Some("it lost a message".into());
        assert_eq!(invalid.ratio(&invalid.results[0]), None);
    }
}

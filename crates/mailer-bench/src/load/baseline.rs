//! An earlier run to compare with: what `bench --json` printed.

use mailer::{Error, Kind};
use serde_json::Value;

use super::{Plan, Ramp};

/// An earlier run, read from its JSON document.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    document: Value,
}

impl Baseline {
    /// The version of the documents that can be read.
    pub const VERSION: u32 = 2;

    /// Parses the document that `bench --json` printed.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if it is another document.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let other = |cause: String| {
            Error::new(Kind::Configuration, "the baseline is not a document of bench --json")
                .with_cause(cause)
        };
        let document: Value =
            serde_json::from_str(json).map_err(|cause| other(cause.to_string()))?;
        let has_results = document["results"].is_array() || document["steps"].is_array();
        if document["command"] != "bench" || !has_results {
            return Err(other("it has no results of bench".to_owned()));
        }
        if document["version"] != Self::VERSION {
            let version = &document["version"];
            return Err(other(format!(
                "its version is {version}, and this program reads {}",
                Self::VERSION
            )));
        }
        Ok(Self { document })
    }

    /// Checks that the baseline measured the same as `plan` asks for.
    ///
    /// # Errors
    /// [`Kind::Configuration`] with the first setting that differs.
    pub fn check(&self, plan: &Plan) -> Result<(), Error> {
        if self.document["steps"].is_array() {
            return Err(other_measurement("it is a ramp, and this run is none".to_owned()));
        }
        let now = settings(plan);
        let Some((name, now)) = now.iter().find(|(name, now)| self.document["plan"][*name] != *now)
        else {
            return Ok(());
        };
        let before = &self.document["plan"][name];
        Err(other_measurement(format!("its {name} is {before}, and that of this run is {now}")))
    }

    /// Checks that the baseline is a ramp with the same steps, which measured the same as `plan` asks for.
    ///
    /// # Errors
    /// [`Kind::Configuration`] with the first setting that differs.
    pub fn check_ramp(&self, ramp: &Ramp, plan: &Plan) -> Result<(), Error> {
        let Some(steps) = self.document["steps"].as_array() else {
            return Err(other_measurement("it is not a ramp".to_owned()));
        };
        let values = self.document["ramp"]["values"].as_array().into_iter().flatten();
        let before: Vec<Option<f64>> = values.map(serde_json::Value::as_f64).collect();
        let now: Vec<Option<f64>> = ramp.steps().iter().copied().map(Some).collect();
        if self.document["ramp"]["over"] != ramp.over().name() || before != now {
            return Err(other_measurement(
                "its steps are others than those of this ramp".to_owned(),
            ));
        }
        if steps.len() < now.len() {
            return Err(other_measurement("it ended before its last step".to_owned()));
        }
        let plans = ramp.plans(plan).into_iter().enumerate();
        plans.filter_map(|(index, plan)| Some(self.step(index)?.check(&plan))).collect()
    }

    /// Returns the run of one step of a ramp, with the facts of the ramp.
    pub(super) fn step(&self, index: usize) -> Option<Self> {
        let mut document = self.document["steps"].get(index)?.clone();
        document["notes"] = self.document["notes"].clone();
        Some(Self { document })
    }

    /// Returns the entry of a contender's capacity in a ramp.
    pub(super) fn capacity(&self, contender: &str) -> Option<&Value> {
        entry(&self.document["capacities"], contender)
    }

    /// Returns a fact about the earlier run, such as its `date`, `command` or `host`.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.document["notes"][name].as_str()
    }

    /// Returns the entry of a contender.
    pub(super) fn result(&self, contender: &str) -> Option<&Value> {
        entry(&self.document["results"], contender)
    }
}

/// Returns the entry with this name.
fn entry<'a>(entries: &'a Value, name: &str) -> Option<&'a Value> {
    entries.as_array()?.iter().find(|entry| entry["name"] == name)
}

fn other_measurement(difference: String) -> Error {
    Error::new(Kind::Configuration, "the baseline measured something else")
        .with_cause(difference)
        .with_hint("compare runs with the same workload, size, connections, rate, steps and path")
}

/// Returns the settings that decide what is measured, by their names in the document.
fn settings(plan: &Plan) -> [(&'static str, Value); 9] {
    let prepared = Some(plan.prepared.len()).filter(|count| *count > 0);
    [
        ("workload", plan.workload.name().into()),
        ("message_size", plan.message_size.into()),
        ("connections", plan.connections.into()),
        ("recipients", plan.recipients_per_message().into()),
        ("recipients_in_turn", plan.recipients_in_turn.map(|_| plan.recipients.len()).into()),
        ("prepared_messages", prepared.into()),
        ("rate", plan.rate.into()),
        ("link_rtt_ns", u64::try_from(plan.path.round_trip.as_nanos()).unwrap_or(u64::MAX).into()),
        ("link_bandwidth", plan.path.bandwidth.map(std::num::NonZeroU64::get).into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{
        changes,
        fixtures::{contender, ramp_run, round, run},
    };
    use crate::statistics::Quartiles;

    fn document(messages: u64) -> String {
        let run = run(vec![contender("raw (auto)", &[round(0, messages, 1.0)])]);
        let notes = [("date".to_owned(), "yesterday".to_owned())];
        serde_json::to_string(&crate::report::json::document(&run, &notes)).unwrap()
    }

    #[test]
    fn the_change_is_a_factor_of_rate_and_time() {
        let mut run = run(vec![
            contender("raw (auto)", &[round(0, 90, 1.0)]),
            contender("new", &[round(0, 90, 1.0)]),
        ]);
        run.baseline = Some(Baseline::parse(&document(100)).unwrap());
        let [(name, change)] = &*changes(&run) else { panic!("one is in both runs") };
        assert_eq!(name, "raw (auto)");
        let about = |quartiles: Option<Quartiles>, wanted: f64| {
            quartiles.is_some_and(|it| (it.median - wanted).abs() < 1e-6)
        };
        assert!(about(change.rate, 0.9) && about(change.time, 1.0 / 0.9), "{change:?}");
        assert_eq!(run.baseline.as_ref().and_then(|it| it.fact("date")), Some("yesterday"));
    }

    #[test]
    fn another_document_or_another_plan_is_refused() {
        let text = document(100);
        let newer = text.replace(&format!("\"version\":{}", Baseline::VERSION), "\"version\":99");
        for (text, problem) in [
            ("", "EOF"),
            ("{}", "no results"),
            ("[1]", "no results"),
            (newer.as_str(), "its version is 99"),
        ] {
            let error = Baseline::parse(text).unwrap_err();
            let cause = error.cause().unwrap_or_default();
            assert!(cause.contains(problem), "{text}: {cause}");
        }
        let baseline = Baseline::parse(&text).unwrap();
        let run = run(Vec::new());
        assert!(baseline.check(&run.plan).is_ok());
        let error = baseline.check(&Plan { connections: 7, ..run.plan }).unwrap_err();
        assert!(error.cause().is_some_and(|cause| cause.contains("connections")), "{error:?}");
    }

    #[test]
    fn a_ramp_is_compared_with_a_ramp_of_the_same_steps_only() {
        let steps = || [100, 190].map(|count| vec![contender("raw", &[round(0, count, 1.0)])]);
        let mut ramp = ramp_run("100,200", steps().into_iter());
        let text = serde_json::to_string(&crate::report::json::ramp_document(&ramp, &[])).unwrap();
        let baseline = Baseline::parse(&text).unwrap();
        let plan = run(Vec::new()).plan;
        let problem = |result: Result<(), Error>| format!("{:?}", result.unwrap_err());
        assert!(baseline.check_ramp(&ramp.ramp, &plan).is_ok());
        for other in ["100", "100,300", "connections=100,200"] {
            let other = baseline.check_ramp(&other.parse().unwrap(), &plan);
            assert!(problem(other).contains("its steps are others"));
        }
        let larger = Plan { message_size: 7, ..plan.clone() };
        assert!(problem(baseline.check_ramp(&ramp.ramp, &larger)).contains("message_size"));
        assert!(problem(baseline.check(&plan)).contains("it is a ramp"));
        let of_run = Baseline::parse(&document(100)).unwrap();
        assert!(problem(of_run.check_ramp(&ramp.ramp, &plan)).contains("not a ramp"));
        ramp.set_baseline(baseline);
        let medians: Vec<_> = ramp.runs.iter().flat_map(changes).map(|(_, it)| it.rate).collect();
        assert!(medians.iter().all(|it| it.is_some_and(|it| it.median == 1.0)), "{medians:?}");
        assert_eq!(medians.len(), 2);
    }
}

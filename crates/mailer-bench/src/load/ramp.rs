//! The steps of a ramp: rates or numbers of connections.

use std::{fmt, str::FromStr};

use super::Plan;
use crate::parse;

/// The greatest number of steps.
const MAX_STEPS: usize = 100;

/// What rises from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RampOver {
    /// The messages or handshakes to start per second, over all connections.
    Rate,
    /// The number of connections, each as fast as possible.
    Connections,
}

/// The steps of a ramp.
///
/// ```
/// use mailer_bench::load::{Ramp, RampOver};
/// let ramp: Ramp = "100:500:200".parse()?;
/// assert_eq!((ramp.over(), ramp.steps()), (RampOver::Rate, [100.0, 300.0, 500.0].as_slice()));
/// let ramp: Ramp = "connections=1,4,16".parse()?;
/// assert_eq!(ramp.over(), RampOver::Connections);
/// # Ok::<(), mailer_bench::load::RampError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ramp {
    over: RampOver,
    steps: Vec<f64>,
}

/// Why a text is not a ramp: which part of it, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RampError(String);

impl fmt::Display for RampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RampError {}

impl FromStr for Ramp {
    type Err = RampError;

    /// Parses `FIRST:LAST:STEP` or a list with commas, after `rate=`, `connections=` or nothing, which is a rate.
    fn from_str(text: &str) -> Result<Self, RampError> {
        let wrong = |problem: &str| RampError(format!("\"{}\": {problem}", text.escape_debug()));
        let (over, values) = match text.split_once('=') {
            None => (RampOver::Rate, text),
            Some(("rate", values)) => (RampOver::Rate, values),
            Some(("connections", values)) => (RampOver::Connections, values),
            Some(_) => return Err(wrong("only rate= and connections= can rise")),
        };
        let number = |text: &str| over.parse(text.trim()).map_err(|problem| wrong(&problem));
        let steps = match values.split(':').collect::<Vec<_>>().as_slice() {
            [list] => list.split(',').map(number).collect::<Result<Vec<f64>, _>>()?,
            [first, last, step] => range(number(first)?, number(last)?, number(step)?),
            _ => return Err(wrong("not a list such as 100,200,400, or FIRST:LAST:STEP")),
        };
        if steps.len() > MAX_STEPS {
            return Err(wrong("it has more than 100 steps"));
        }
        if steps.is_empty() || steps.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(wrong("each step has to be above the one before it"));
        }
        Ok(Self { over, steps })
    }
}

/// Returns the values from `first` on, up to `last`; one more than the steps that are allowed at most.
fn range(first: f64, last: f64, step: f64) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "there are few steps")]
    // A step such as 0.1 has no exact binary fraction.
    let value = |index: usize| ((first + index as f64 * step) * 1e9).round() / 1e9;
    let last = last + step * 1e-9;
    (0..=MAX_STEPS).map(value).take_while(|value| *value <= last).collect()
}

impl RampOver {
    /// Returns the name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Connections => "connections",
        }
    }

    fn parse(self, text: &str) -> Result<f64, String> {
        let step = match self {
            Self::Rate => parse::rate(text),
            #[expect(clippy::cast_precision_loss, reason = "it is at most 1000")]
            Self::Connections => parse::count(text).map(|count| count as f64),
        };
        step.map_err(|problem| format!("a step is {problem}"))
    }

    /// Returns a step in words: `400/s`, or `8 connections`.
    #[must_use]
    pub fn label(self, value: f64) -> String {
        match self {
            Self::Rate => format!("{value}/s"),
            Self::Connections if value == 1.0 => "1 connection".to_owned(),
            Self::Connections => format!("{value} connections"),
        }
    }
}

impl Ramp {
    /// Returns what rises.
    #[must_use]
    pub fn over(&self) -> RampOver {
        self.over
    }

    /// Returns the steps: rates per second, or numbers of connections.
    #[must_use]
    pub fn steps(&self) -> &[f64] {
        &self.steps
    }

    /// Returns the plan of each step.
    #[must_use]
    pub fn plans(&self, plan: &Plan) -> Vec<Plan> {
        let at = |value: &f64| match self.over {
            RampOver::Rate => Plan { rate: Some(*value), ..plan.clone() },
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is a whole number from 1 to 1000"
            )]
            RampOver::Connections => Plan { connections: *value as usize, ..plan.clone() },
        };
        self.steps.iter().map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(text: &str) -> Vec<f64> {
        text.parse::<Ramp>().unwrap_or_else(|error| panic!("{text}: {error}")).steps
    }

    #[test]
    fn steps_are_a_range_or_a_list() {
        assert_eq!(steps("10:60:10"), [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!(steps("rate=10:65:25"), [10.0, 35.0, 60.0]);
        assert_eq!(steps("0.1:0.3:0.1"), [0.1, 0.2, 0.3]);
        assert_eq!(steps("100, 200,400"), [100.0, 200.0, 400.0]);
        assert_eq!(steps("connections=1,8"), [1.0, 8.0]);
        assert_eq!(steps("7"), [7.0]);
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        for (text, problem) in [
            ("", "a step is not a number from 0.001"),
            ("fast", "a step is not a number from 0.001"),
            ("0", "a step is not a number from 0.001"),
            ("NaN", "a step is not a number from 0.001"),
            ("10:60:0", "a step is not a number from 0.001"),
            ("10:60:-10", "a step is not a number from 0.001"),
            ("10:60", "FIRST:LAST:STEP"),
            ("10:20:30:40", "FIRST:LAST:STEP"),
            ("60:10:10", "above the one before"),
            ("100,100", "above the one before"),
            ("400,200", "above the one before"),
            ("1:1000:1", "more than 100 steps"),
            ("1:10000000:0.001", "more than 100 steps"),
            ("connections=0", "a step is not a number from 1 to 1000"),
            ("connections=1.5", "a step is not a number from 1 to 1000"),
            ("connections=1001", "a step is not a number from 1 to 1000"),
            ("users=5", "only rate= and connections="),
        ] {
            let error = text.parse::<Ramp>().unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn each_step_changes_one_setting_of_the_plan() {
        let plan = Plan { connections: 3, ..Plan::default() };
        let plans = |text: &str| text.parse::<Ramp>().unwrap().plans(&plan);
        let rates: Vec<_> = plans("5,7").iter().map(|it| (it.rate, it.connections)).collect();
        assert_eq!(rates, [(Some(5.0), 3), (Some(7.0), 3)]);
        let connections: Vec<_> =
            plans("connections=1,8").iter().map(|it| (it.rate, it.connections)).collect();
        assert_eq!(connections, [(None, 1), (None, 8)]);
    }

    #[test]
    fn a_step_has_a_label() {
        assert_eq!(RampOver::Rate.label(400.0), "400/s");
        assert_eq!(RampOver::Rate.label(2.5), "2.5/s");
        assert_eq!(RampOver::Connections.label(1.0), "1 connection");
        assert_eq!(RampOver::Connections.label(16.0), "16 connections");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,30}", numbers in "[0-9.:,=e-]{0,20}") {
            let _ = text.parse::<Ramp>();
            let _ = numbers.parse::<Ramp>();
        }
    }
}

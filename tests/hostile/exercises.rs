//! The last exercise of docs/exercises runs a learner's client against twenty cases of this suite.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use mailer_backends::Flow;

use crate::{case::Case, exercise_scripts::scripts};

/// Checks that each of those cases is one of this suite, with the same server.
pub(crate) fn trial(cases: &[(&'static str, Arc<Case>)]) -> Trial {
    let cases = cases.to_vec();
    Trial::test("exercises::are_cases_of_this_suite", move || check(&cases))
}

fn check(cases: &[(&str, Arc<Case>)]) -> Result<(), Failed> {
    for (name, script) in scripts() {
        let is_named = |(family, case): &&(&str, Arc<Case>)| {
            name.split_once("::") == Some((*family, case.name.as_str()))
        };
        let found = cases.iter().find(is_named);
        let (_, case) = found.ok_or_else(|| format!("{name} is no case of this suite"))?;
        // Where the flow matters, the exercises pipeline.
        if format!("{:?}", case.script(Flow::Pipelined)) != format!("{script:?}") {
            return Err(format!("{name} has another script in docs/exercises").into());
        }
    }
    Ok(())
}

//! The comparison with an earlier run, and the conditions that decide the exit status.

use mailer::{Error, Kind};
use mailer_bench::load::{Baseline, Plan};

use super::{arguments::Arguments, bench_contender::BenchContender};
use crate::{exit::Status, input, output};

/// Returns the first conflict between these options and others: what is wrong, and a hint.
pub(super) fn find_usage_error(
    arguments: &Arguments,
    contenders: &[BenchContender],
) -> Option<(String, &'static str)> {
    if baseline_file(arguments).is_none()
        && let Some(condition) = arguments.fail_if.iter().find(|it| it.needs_baseline())
    {
        let problem = format!("--fail-if '{condition}' needs --baseline");
        return Some((problem, "name the file of an earlier run with --baseline"));
    }
    if arguments.ramp.is_none()
        && let Some(condition) = arguments.fail_if.iter().find(|it| it.needs_ramp())
    {
        let problem = format!("--fail-if '{condition}' needs --ramp");
        return Some((
            problem,
            "the capacity is the last step of a ramp that a contender keeps up with",
        ));
    }
    let is_known = |name: &str| {
        contenders.iter().any(|it| it.contender().label() == name || it.contender().name == name)
    };
    let unknown =
        arguments.fail_if.iter().find(|it| it.contender().is_some_and(|it| !is_known(it)))?;
    let problem = format!("--fail-if '{unknown}' names a contender that is not measured");
    Some((problem, "use a name from the first column of the report"))
}

fn baseline_file(arguments: &Arguments) -> Option<&std::path::Path> {
    arguments.baseline.as_deref().filter(|file| !file.as_os_str().is_empty())
}

/// Reads the earlier run, and checks that it measured the same.
pub(super) fn baseline(arguments: &Arguments, plan: &Plan) -> Result<Option<Baseline>, Error> {
    let Some(file) = baseline_file(arguments) else { return Ok(None) };
    let text = input::read_text(file).map_err(|cause| {
        Error::new(Kind::Input, format!("cannot read {}", file.display())).with_cause(cause)
    })?;
    let baseline = Baseline::parse(&text)?;
    match &arguments.ramp {
        Some(ramp) => baseline.check_ramp(ramp, plan)?,
        None => baseline.check(plan)?,
    }
    Ok(Some(baseline))
}

/// Prints the conditions that hold, and returns the status of the run.
pub(super) fn status(status: Status, violations: &[String]) -> Status {
    for violation in violations {
        output::note(&format!("mailer: failed: {violation}"));
    }
    match status {
        Status::INTERRUPTED => status,
        _ if !violations.is_empty() => Status::FAILED,
        _ => status,
    }
}

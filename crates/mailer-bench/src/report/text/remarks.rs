//! Remarks: what a reader has to know besides the figures.

use mailer::Outcome;
use mailer_link::Path;

use crate::{
    load::{Ceiling, Figures, Run},
    report::units::{bytes, digits, time},
};

/// Returns all remarks, one or two sentences each.
#[must_use]
pub(crate) fn remarks(run: &Run, figures: &[Figures<'_>]) -> Vec<String> {
    let mut remarks = Vec::new();
    if run.interrupted {
        remarks.push("The run was interrupted. These are the results until then.".into());
    }
    for figures in figures {
        remarks.extend(remarks_about(run, figures));
    }
    remarks.extend(relay(run));
    remarks.extend(run.violations.iter().map(|violation| format!("Failed: {violation}.")));
    if let Some(memory) = run.server_memory {
        remarks.push(format!("The embedded server's peak memory was {}.", bytes(memory)));
    }
    remarks
}

/// Returns what a relay means for the figures, if connections passed one.
pub(super) fn relay(run: &Run) -> Option<String> {
    (run.observes_connections() && run.plan.path == Path::default()).then(|| {
        "Connections passed a relay on this machine, which counts round trips, stalls and bytes. It \
         acknowledges on its own, so a stall is as long as to a server on this machine."
            .into()
    })
}

/// Returns the remarks about one contender.
pub(super) fn remarks_about(run: &Run, figures: &Figures<'_>) -> Vec<String> {
    let name = &figures.contender.name;
    let mut remarks = Vec::new();
    if let Some(reason) = &figures.contender.invalid {
        remarks.push(format!("{name} has no result: {reason}."));
    }
    remarks.extend(outcomes(run, figures));
    for problem in &figures.problems {
        remarks.push(format!("{name}: {} times: {}.", problem.count, problem.example));
    }
    if !figures.backed_off.is_zero() {
        let pause = time(figures.backed_off.as_secs_f64());
        remarks.push(format!(
            "{name} waited for {pause} because the server asked it to try again later."
        ));
    }
    if !figures.paused.is_zero() {
        let pause = time(figures.paused.as_secs_f64());
        remarks.push(format!("{name} waited for {pause} after failures before it tried again."));
    }
    if figures.gave_up {
        remarks.push(format!("{name} stopped early, because nothing succeeded any more."));
    }
    if let Some(ceiling) = figures.ceiling.filter(Ceiling::is_near) {
        remarks.push(format!(
            "{name} is server-bound: it reached {:.0} % of the {} {}s per second that the server has CPU \
             time for.",
            ceiling.reached * 100.0,
            digits(ceiling.per_second.median),
            run.plan.workload.unit(),
        ));
    }
    remarks
}

/// Returns the number of each outcome, if not everything was accepted.
fn outcomes(run: &Run, figures: &Figures<'_>) -> Option<String> {
    let (name, unit) = (&figures.contender.name, run.plan.workload.unit());
    let outcomes = figures.outcomes;
    let [accepted, partial, rejected, not_sent, unknown] = [
        Outcome::Accepted,
        Outcome::Partial,
        Outcome::Rejected,
        Outcome::NotSent,
        Outcome::Unknown,
    ]
    .map(|outcome| outcomes.count_of(outcome));
    let total = outcomes.total();
    (total > accepted).then(|| {
        format!(
            "{name}: {accepted} of {total} {unit}s accepted, {partial} for some recipients only, \
             {rejected} rejected, {not_sent} not sent, {unknown} unknown."
        )
    })
}

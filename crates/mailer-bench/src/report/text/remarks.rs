//! What has to be known to read the figures.

use super::piece;
use crate::{
    load::{Ceiling, Figures, Run},
    report::units::{digits, octets, time},
};

/// All of it, a sentence or two each.
#[must_use]
pub(crate) fn remarks(run: &Run, figures: &[Figures<'_>]) -> Vec<String> {
    let mut remarks = Vec::new();
    if run.interrupted {
        remarks.push("It was interrupted: these are the figures until then.".into());
    }
    for figures in figures {
        remarks.extend(of_one(run, figures));
    }
    if let Some(memory) = run.server_memory {
        remarks.push(format!("The embedded server had {} at most.", octets(memory)));
    }
    remarks
}

fn of_one(run: &Run, figures: &Figures<'_>) -> Vec<String> {
    let name = &figures.entry.name;
    let mut remarks = Vec::new();
    if let Some(wrong) = &figures.entry.wrong {
        remarks.push(format!("{name} has no figure: {wrong}."));
    }
    let outcomes = figures.outcomes;
    if outcomes.total() > outcomes.accepted {
        remarks.push(format!(
            "{name}: {} of {} {}s accepted, {} for some recipients only, {} rejected, {} not sent, \
             {} unknown.",
            outcomes.accepted,
            outcomes.total(),
            piece(run),
            outcomes.partial,
            outcomes.rejected,
            outcomes.not_sent,
            outcomes.unknown
        ));
    }
    for problem in &figures.problems {
        remarks.push(format!("{name}: {} times: {}.", problem.count, problem.example));
    }
    if !figures.backed_off.is_zero() {
        let pause = time(figures.backed_off.as_secs_f64());
        remarks
            .push(format!("{name} kept still for {pause}, since the server said to come later."));
    }
    if !figures.paused.is_zero() {
        let pause = time(figures.paused.as_secs_f64());
        remarks.push(format!(
            "{name} paused for {pause} in all before it tried again after failures."
        ));
    }
    if figures.gave_up {
        remarks.push(format!("{name} stopped before its time: nothing went through any more."));
    }
    if let Some(ceiling) = figures.ceiling.filter(Ceiling::is_near) {
        remarks.push(format!(
            "{name}: server-bound: {:.0} % of the {} {}s a second that the server has time for.",
            ceiling.reached * 100.0,
            digits(ceiling.per_second.median),
            piece(run),
        ));
    }
    remarks
}

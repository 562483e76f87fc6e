//! Hostile servers: every backend meets every one of them, and nothing is lost and nothing leaks.
//!
//! A trial's name says who met whom: `raw::starttls::plaintext_after_220`. A case is data: what the
//! server does, as a table of steps, who is told to send what to it, where the attack is from, and
//! what should become of the mail; what must hold in any case is in `judge.rs`. Where lettre rightly
//! differs, a row in `differences.rs` says so. To add a case takes a few lines in its family's file.

mod addresses;
mod auth;
mod case;
mod certificates;
mod content;
mod differences;
mod judge;
mod memory;
mod overshoot;
mod quit;
mod replies;
mod scene;
mod starttls;
mod table;
mod transaction;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use libtest_mimic::{Arguments, Trial};
use mailer_backends::{BACKENDS, Flow};
use mailer_tests::{authorities, contender::Contender};

use crate::case::Case;

/// Trials at a time, if the command line does not say: most of them wait for a time-out or for the
/// other side, so more of them than there are cores.
const AT_A_TIME: usize = 48;

/// A family by its name.
type Family = (&'static str, fn() -> Vec<Case>);

const FAMILIES: [Family; 8] = [
    ("starttls", starttls::cases),
    ("certificates", certificates::cases),
    ("replies", replies::cases),
    ("auth", auth::cases),
    ("transaction", transaction::cases),
    ("content", content::cases),
    ("addresses", addresses::cases),
    ("quit", quit::cases),
];

fn main() -> io::Result<ExitCode> {
    if let Some(code) = authorities::without()? {
        return Ok(code);
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let cases: Vec<(&str, Arc<Case>)> = FAMILIES
        .into_iter()
        .flat_map(|(family, cases)| cases().into_iter().map(move |case| (family, Arc::new(case))))
        .collect();
    // The longest comes first, so that it ends with the others.
    let mut trials = vec![table::trial(&cases)];
    trials.extend(differences::trials(&cases));
    trials.extend(cases.iter().flat_map(|(family, case)| trials_of(family, case)));
    trials.extend(addresses::refusals());
    trials.extend(memory::trials());
    let conclusion = libtest_mimic::run(&arguments, trials);
    writeln!(io::stdout(), "{}\n", overshoot::seen())?;
    Ok(conclusion.exit_code())
}

/// A case with everyone who is to meet it.
fn trials_of(family: &'static str, case: &Arc<Case>) -> Vec<Trial> {
    assert!(!case.source.is_empty(), "{family}::{} has no source", case.name);
    let meets = |name: &str| case.backends.is_none_or(|names| names.contains(&name));
    // Who has no flows waits for every reply.
    let backends = BACKENDS.iter().filter(|backend| !backend.measured_only && meets(backend.name));
    let contenders = backends.flat_map(|backend| {
        let flows = if backend.has_flows { case.flows } else { &[Flow::Lockstep] };
        flows.iter().map(move |&flow| Contender { backend, flow })
    });
    contenders.map(|contender| trial(family, case, contender)).collect()
}

fn trial(family: &'static str, case: &Arc<Case>, contender: Contender) -> Trial {
    let mut name = format!("{}::{family}::{}", contender.backend.name, case.name);
    if contender.backend.has_flows && case.flows.len() > 1 {
        name = format!("{name}::{}", contender.flow);
    }
    let case = Arc::clone(case);
    Trial::test(name, move || scene::play(family, &case, contender))
}

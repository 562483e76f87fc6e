//! Hostile servers: each backend sends to each of them, and no message is lost and no secret leaks.
//!
//! The name of a trial has the backend and the case: `raw::starttls::plaintext_after_220`. A case is
//! data: the script of the server, the messages and options of the client, the source of the attack,
//! and the expected result. `checks.rs` has the checks that apply to every case. Where lettre rightly
//! differs, `differences.rs` has a row. A new case is a few lines in the file of its family.
//!
//! Cases outside TLS run with native-tls only, because no TLS library takes part in them. All others run with
//! rustls too: `raw::rustls::starttls::plaintext_after_220`.

mod addresses;
mod auth;
mod case;
mod certificates;
mod checks;
mod content;
mod differences;
mod errors_page;
#[path = "../../docs/exercises/client/tests/steps/hostile_scripts.rs"]
mod exercise_scripts;
mod exercises;
mod memory;
mod overshoot;
mod quit;
mod replies;
mod scram;
mod starttls;
mod tokens;
mod transaction;
mod trial;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use libtest_mimic::{Arguments, Trial};
use mailer::{Security, TlsLibrary};
use mailer_backends::{BACKENDS, Flow};
use mailer_tests::{authorities, contender::Contender};

use crate::case::Case;

/// The default number of parallel trials. It exceeds the number of cores, because most trials wait
/// for a time-out or for the other side.
const AT_A_TIME: usize = 48;

/// The name of a family, and its cases.
type Family = (&'static str, fn() -> Vec<Case>);

const FAMILIES: [Family; 10] = [
    ("starttls", starttls::cases),
    ("certificates", certificates::cases),
    ("replies", replies::cases),
    ("auth", auth::cases),
    ("scram", scram::cases),
    ("tokens", tokens::cases),
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
    // The longest trial starts first, so that it does not finish long after the others.
    let mut trials = vec![errors_page::trial(&cases)];
    trials.push(exercises::trial(&cases));
    trials.extend(differences::trials(&cases));
    trials.extend(cases.iter().flat_map(|(family, case)| trials_of(family, case)));
    trials.extend(addresses::refusals());
    trials.extend(memory::trials());
    let conclusion = libtest_mimic::run(&arguments, trials);
    writeln!(io::stdout(), "{}\n", overshoot::worst())?;
    Ok(conclusion.exit_code())
}

/// The trials of one case: one for each backend, flow and TLS library.
fn trials_of(family: &'static str, case: &Arc<Case>) -> Vec<Trial> {
    assert!(!case.source.is_empty(), "{family}::{} has no source", case.name);
    let applies_to = |name: &str| case.backends.is_none_or(|names| names.contains(&name));
    // A backend without flows waits for each reply, so its flow is lockstep.
    let backends =
        BACKENDS.iter().filter(|backend| !backend.measured_only && applies_to(backend.name));
    let contenders = backends.flat_map(|backend| {
        let flows = if backend.has_flows { case.flows } else { &[Flow::Lockstep] };
        flows.iter().map(move |&flow| Contender::new(backend, flow))
    });
    let needs_both = case.security != Security::None;
    let libraries = TlsLibrary::ALL.iter().filter(|it| needs_both || **it == TlsLibrary::default());
    contenders
        .flat_map(|contender| libraries.clone().map(move |&library| contender.with(library)))
        .map(|contender| trial(family, case, contender))
        .collect()
}

fn trial(family: &'static str, case: &Arc<Case>, contender: Contender) -> Trial {
    let mut name = format!("{}::{family}::{}", contender.backend_name(), case.name);
    if contender.backend.has_flows && case.flows.len() > 1 {
        name = format!("{name}::{}", contender.flow);
    }
    let case = Arc::clone(case);
    Trial::test(name, move || trial::run(family, &case, contender))
}

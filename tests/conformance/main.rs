//! One suite for every backend: each backend must report the same result for the same server.
//!
//! A [`Case`] is the behaviour of a server, the messages to send, and the expected result. The suite
//! runs it for each backend, flow and mode of security, all of which are in the name of the trial:
//! `raw::required::pipelined::refuses_second_recipient`. Where a backend rightly differs,
//! [`differences`] has a row. A difference that no longer exists fails its test.
//!
//! The whole suite runs with native-tls. With rustls, only what is inside TLS runs, because no TLS library takes
//! part in the rest: the cases about TLS in every flow, and the others in one flow. Their names have the library:
//! `raw::rustls::required::auto::refuses_second_recipient`.
//!
//! A new backend needs no line here. A new case is a few lines in the file of its family.

mod accepts;
mod auth;
mod case;
mod checks;
mod content;
mod differences;
mod habits;
mod idle;
mod lost;
mod many;
mod protocol;
mod read_back;
mod refusals;
mod slow;
mod testbed;
mod tls;
mod trace;

use std::{io, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Trial};
use mailer::{Security, TlsLibrary};
use mailer_tests::{
    authorities,
    contender::{Contender, contenders},
};

use crate::case::Case;

/// The default number of parallel trials. It exceeds the number of cores, because most trials wait
/// for a time-out or for the other side.
const AT_A_TIME: usize = 16;

fn main() -> io::Result<ExitCode> {
    if let Some(code) = authorities::without()? {
        return Ok(code);
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let cases: Vec<Arc<Case>> = cases().into_iter().map(Arc::new).collect();
    let mut trials = differences::trials(&cases);
    let libraries =
        |contender: Contender| TlsLibrary::ALL.iter().map(move |it| contender.with(*it));
    for contender in contenders().flat_map(libraries) {
        for mode in Security::ALL.iter().copied() {
            let chosen = cases
                .iter()
                .filter(|case| case.modes.contains(&mode) && case.applies_to(contender))
                .filter(|_| mode != Security::None || contender.library == TlsLibrary::default());
            trials.extend(chosen.map(|case| trial(contender, mode, case)));
        }
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

/// Every case of every family.
fn cases() -> Vec<Case> {
    let families = [
        accepts::cases,
        auth::cases,
        content::cases,
        habits::cases,
        idle::cases,
        lost::cases,
        many::cases,
        protocol::cases,
        refusals::cases,
        slow::cases,
        tls::cases,
        trace::cases,
    ];
    families.into_iter().flat_map(|cases| cases()).collect()
}

fn trial(contender: Contender, mode: Security, case: &Arc<Case>) -> Trial {
    let name = format!("{}::{}", contender.name(mode), case.name);
    let case = Arc::clone(case);
    Trial::test(name, move || testbed::run(&case, contender, mode))
}

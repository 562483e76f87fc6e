//! One suite for every backend: how servers behave, and what each backend makes of it.
//!
//! A [`Case`] is a behaviour of a server with what is sent to it and what should become of that. It
//! is run for each backend of the list, in each of its flows, in each mode of security, so that the
//! name of a trial says all of it: `raw::required::pipelined::refuses_second_recipient`. Where a
//! backend rightly differs, [`differences`] says so, as data; a difference that is none any more
//! fails.
//!
//! Adding a backend takes no line here. Adding a case takes a few lines in the file of its family.

mod accepts;
mod auth;
mod case;
mod content;
mod differences;
mod habits;
mod idle;
mod judge;
mod lost;
mod many;
mod protocol;
mod read_back;
mod refusals;
mod scene;
mod slow;
mod tls;
mod trace;

use std::{io, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Trial};
use mailer::Security;
use mailer_tests::{
    authorities,
    contender::{Contender, contenders},
};

use crate::case::Case;

/// Trials at a time, if the command line does not say: most of them wait for a time-out or for the
/// other side, so more of them than there are cores.
const AT_A_TIME: usize = 16;

fn main() -> io::Result<ExitCode> {
    if let Some(code) = authorities::without()? {
        return Ok(code);
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let cases: Vec<Arc<Case>> = cases().into_iter().map(Arc::new).collect();
    let mut trials = differences::trials(&cases);
    for contender in contenders() {
        for mode in Security::ALL.iter().copied() {
            let meant = cases
                .iter()
                .filter(|case| case.modes.contains(&mode) && case.happens_in(contender.flow));
            trials.extend(meant.map(|case| trial(contender, mode, case)));
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
    Trial::test(name, move || scene::play(&case, contender, mode))
}

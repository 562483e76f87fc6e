//! **Cut at every byte**: no message is lost, delivered twice or misreported.
//!
//! The suite repeats one session over a link that it cuts one byte later each time, in each direction,
//! until a session passes without a cut. The receipts must agree with what the server stored
//! ([`checks`]), and no more may be lost than the backend promises ([`promises`]). The cuts are data
//! ([`plan`]). At its end the suite prints the number of cuts and the outcomes as a table. It checks
//! the store after the server has ended all its sessions, so that nothing can arrive later.

mod checks;
mod connection_sweep;
mod messages;
mod plan;
mod promises;
mod session;
mod sweep;
mod tally;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use libtest_mimic::{Arguments, Trial};
use mailer_tests::authorities;

use crate::{
    sweep::Sweep,
    tally::{Row, Table},
};

/// The default number of parallel trials: some work while others wait.
const AT_A_TIME: usize = 3;

fn main() -> io::Result<ExitCode> {
    if let Some(code) = authorities::without()? {
        return Ok(code);
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let rows = Arc::new(Mutex::new(Vec::new()));
    let trials = plan::sweeps().into_iter().map(|sweep| trial(sweep, &rows)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let rows = std::mem::take(&mut *rows.lock().unwrap_or_else(PoisonError::into_inner));
    if !rows.is_empty() {
        writeln!(io::stdout(), "{}", Table(rows))?;
    }
    Ok(conclusion.exit_code())
}

fn trial(sweep: Sweep, rows: &Arc<Mutex<Vec<Row>>>) -> Trial {
    let rows = Arc::clone(rows);
    let name = sweep.name();
    Trial::test(name.clone(), move || {
        let start = Instant::now();
        let tally = sweep.run()?;
        let row = (name, tally, start.elapsed());
        rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        Ok(())
    })
}

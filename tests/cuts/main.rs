//! **Cut at every octet**: nothing lost, nothing twice, nothing told that is not so.
//!
//! The same session is played again and again over a link that is cut one octet later each time, in
//! either direction, until one passes whole. What the receipts say must agree with what the server
//! stored ([`judge`]), and no more may be lost than was promised ([`promises`]). What is played is
//! data ([`plan`]); how many cuts there were, and what became of the mails, is printed as a table.
//! What a cut connection has left behind is stored before anybody looks: the server has then ended
//! all its sessions.

mod judge;
mod lane;
mod letters;
mod plan;
mod promises;
mod stage;
mod sweep;
mod table;

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
    table::{Row, Table},
};

/// Trials at a time, if the command line does not say: some work while others wait.
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
        let began = Instant::now();
        let tally = sweep.run()?;
        let row = (name, tally, began.elapsed());
        rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        Ok(())
    })
}

//! The link's own error, as `docs/link.md` has it.
//!
//! `cargo bench --package mailer-benches --bench link` prints the tables.

use std::{
    env,
    io::{self, Write},
};

use mailer_benches::link_error::{Effort, tables};

fn main() -> io::Result<()> {
    // As criterion takes it from `cargo bench -- --test`: once, for whether it works.
    let once = env::args().any(|argument| argument == "--test");
    let [late, rates] = tables(if once { Effort::ONCE } else { Effort::FULL })?;
    write!(io::stdout(), "{late}\n{rates}")
}

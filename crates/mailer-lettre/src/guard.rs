//! Deadlines around a library that has only a time-out for each read.
//!
//! [`Runner`] runs each call on a worker thread and waits for it no longer than [`limits`] allow. An
//! abandoned call is [stopped](stop_lettre) at the next line that lettre writes or reads.

mod limits;
mod runner;
mod stop;
mod worker;

pub(crate) use runner::Runner;
pub(crate) use stop::{CallAbandoned, stop_lettre};

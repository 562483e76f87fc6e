//! What it takes to keep a deadline around a library that has only a time-out for each read.
//!
//! [`Runner`] puts each call on a worker thread and waits for it no longer than [`limits`] allow.
//! A call that was given up is [stopped](stop_lettre) at the next line that lettre writes or reads.

mod limits;
mod runner;
mod stop;
mod worker;

pub(crate) use runner::Runner;
pub(crate) use stop::{GivenUp, stop_lettre};

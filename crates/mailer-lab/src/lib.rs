//! Experiments with senders: what they say, what it costs, and what arrives.
//!
//! This crate knows the trait [`mailer::Mailer`] and the embedded server, and no backend: those
//! come in as values, each a [`Contender`].
//!
//! - [`link`](mod@link): the path between client and server, a relay that counts flights, round
//!   trips and bytes of any client.
//! - [`Recorder`]: keeps what a backend tells of its dialogue.
//! - [`session`]: both together, as data: phases, round trips, the dialogue step by step.
//! - [`compare`](mod@compare): the same mail through several backends, and how that is shown.
//! - [`bench`](mod@bench): load and latency of several contenders in one run.
//! - [`other`]: any other client as one more column of it.
//! - [`workload`]: what is measured, defined once for every runner.
//! - [`floor`]: what no mailer can go below, as contenders.
//! - [`interleave`](mod@interleave): contenders in turns, for ratios between them, on a [`site`] of
//!   its own process and [`cores`] of their own; [`statistics`] says what came out.
//! - [`report`]: the document of `--json`; [`machine`]: what a run ran on.
//!
//! It prints nothing. What is shown is computed from what was seen, without looking at a clock
//! again, so that a report can be tested with made-up figures.

pub mod bench;
pub mod compare;
mod contender;
pub mod cores;
pub mod embedded;
pub mod floor;
pub mod interleave;
pub mod link;
pub mod machine;
pub mod other;
mod recorder;
pub mod report;
pub mod sample;
pub mod session;
pub mod site;
pub mod statistics;
pub mod timer;
pub mod workload;

pub use compare::{Comparison, Experiment, compare};
pub use contender::{Contender, Make};
pub use link::{Link, LinkCounts};
pub use recorder::{Happened, Recorded, Recorder};

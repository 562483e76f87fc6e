//! Measures what contenders cost: load and latency, handshakes, and the ratios between them.
//!
//! - [`workload`]: what is measured, defined once for every runner.
//! - [`load`]: contenders under load in processes of their own, with a rate, latencies and usage.
//! - [`floor`]: contenders that do no more than the bare exchange.
//! - [`interleave`](mod@interleave): contenders in turns, for ratios between them, on a [`site`] of
//!   its own process and [`cores`] of their own; [`statistics`] summarises the samples.
//! - [`report`]: a [`load`] run as text, JSON and HTML.
//!
//! The crate knows the trait [`mailer::Mailer`], the link and the embedded server, and no backend:
//! backends come in as values, each a [`Contender`](mailer_lab::Contender). It prints nothing.

pub mod cores;
pub mod floor;
pub mod interleave;
pub mod load;
pub mod report;
pub mod site;
pub mod statistics;
pub mod workload;

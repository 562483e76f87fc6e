//! Measures what contenders cost: throughput, latency, handshakes, CPU time and memory.
//!
//! - [`workload`]: what is measured, and [`message`]: what is sent.
//! - [`load`](mod@load): contenders at work in processes of their own, for `mailer bench`.
//! - [`in_process`]: workloads on one connection in this process, and [`interleave`](mod@interleave):
//!   such workloads in turns, for ratios between contenders.
//! - [`floor`]: contenders that only exchange the bytes of a flow, to compare the others with.
//! - [`test_server`]: the embedded server of a measurement, in this process or in
//!   [one of its own](server_process).
//! - [`cores`], [`rotation`](mod@rotation) and [`statistics`]: pinning, turns and quartiles.
//! - [`report`]: the results of a [`load`](mod@load) run as text, JSON and HTML.
//!
//! The crate knows the trait [`mailer::Mailer`], the link and the embedded server, but no backend.
//! Backends are passed in, each as a [`Contender`](mailer_lab::Contender). It prints nothing.

pub mod cores;
pub mod counting_server;
pub mod floor;
pub mod in_process;
pub mod interleave;
mod json_lines;
pub mod load;
pub mod message;
mod problem;
pub mod report;
pub mod rotation;
mod serialized_server;
pub mod server_process;
pub mod statistics;
mod subprocess;
pub mod test_server;
mod usage;
pub mod workload;

pub use problem::Problem;
pub use usage::{Cpu, cpu_of_children, parse_peak_memory};

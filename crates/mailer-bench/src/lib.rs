//! Measures what SMTP backends cost: throughput, latency, handshakes, CPU time, memory and round trips.
//!
//! An [`Experiment`](load::Experiment) lets contenders take turns, each in a process of its own, against the
//! embedded server in another process. After every slice of work it checks what the server stored. The result
//! is data, from which [`report`] computes text, JSON and HTML. `mailer bench` is this crate with a command
//! line, and `docs/method.md` defines every number.
//!
//! A backend of your own is a [`Contender`](mailer_lab::Contender). A program that measures it has this shape:
//!
//! ```no_run
//! use mailer::{Error, Mailer, Server};
//! use mailer_bench::{
//!     load::{Experiment, take_part},
//!     report::text::text,
//! };
//! use mailer_lab::Contender;
//!
//! # fn my_mailer(server: &Server) -> Result<Box<dyn Mailer>, Error> { Err(Error::unreachable(server)) }
//! fn main() -> Result<(), Error> {
//!     let contenders = [Contender::new("mine", my_mailer)];
//!     // The processes of the experiment are this program again.
//!     if take_part(&contenders)? {
//!         return Ok(());
//!     }
//!     let run = Experiment::new(&contenders).run()?;
//!     print!("{}", text(&run, &[], 100));
//!     Ok(())
//! }
//! ```
//!
//! The example `own_backend` is a complete program of this kind, with its backend. For a workload in this
//! process, without child processes, use a [`Case`](in_process::Case):
//!
//! ```
//! use mailer::Security;
//! use mailer_bench::{floor, in_process::Case};
//!
//! let contender = floor::bare(floor::Shape::Pipelined);
//! let mut measured = Case::throughput(Security::None, 1024).set_up(&contender)?;
//! let time = measured.run(100)?;
//! measured.check()?;
//! assert!(!time.is_zero());
//! # Ok::<(), mailer::Error>(())
//! ```
//!
//! # Where to go
//!
//! - [`workload`]: what is measured, and [`message`]: what is sent.
//! - [`load`](mod@load): contenders at work in processes of their own.
//! - [`in_process`]: workloads on one connection in this process, and [`interleave`](mod@interleave): such
//!   workloads in turns, for ratios between contenders.
//! - [`floor`]: contenders that only exchange the bytes of a flow, to compare the others with.
//! - [`test_server`]: the embedded server of a measurement, in this process or in
//!   [one of its own](server_process).
//! - [`parse`]: sizes and rates as text.
//! - [`cores`], [`rotation`](mod@rotation) and [`statistics`]: pinning, turns and quartiles.
//! - [`report`]: the results as text, JSON and HTML.
//!
//! The crate knows the trait [`mailer::Mailer`], the link and the embedded server, but no backend. It prints
//! nothing.

#![warn(missing_debug_implementations)]

pub mod cores;
pub mod counting_server;
pub mod floor;
pub mod in_process;
pub mod interleave;
mod json_lines;
pub mod load;
pub mod message;
pub mod parse;
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
pub use usage::{Cpu, cpu as cpu_of_process, cpu_of_children, parse_peak_memory, resident_memory};

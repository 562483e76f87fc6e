//! Workloads from outside: over real sockets, with a small backend of the tests' own.

#[path = "../../../mailer-compare/tests/compare/lockstep.rs"]
mod lockstep;
mod workload;

//! Cases over real sockets, with a small backend of the tests.

mod example;
mod in_process;
#[path = "../../../mailer-compare/examples/compare_backends/lockstep.rs"]
mod lockstep;

//! Cases over real sockets, with a small backend of the tests.

mod example;
mod in_process;
#[path = "../../../mailer-compare/tests/compare/lockstep.rs"]
mod lockstep;

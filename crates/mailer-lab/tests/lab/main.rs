//! The lab from outside: over real sockets, with a small backend of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod compare;
mod cut;
#[cfg(target_os = "linux")]
mod hold;
mod link;
mod lockstep;
mod workload;

//! The comparison from outside: over real sockets, with a small backend of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod gone;
mod lockstep;
mod observations;

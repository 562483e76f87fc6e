//! Comparisons over real sockets, with the small backend of the example.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "../../examples/compare_backends/main.rs"]
mod compare_backends;
mod example;
mod gone;
mod observations;

use compare_backends::lockstep;

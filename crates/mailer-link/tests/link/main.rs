//! The link as its users see it: over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "../../examples/slow_path.rs"]
mod example;

mod cut;
#[cfg(target_os = "linux")]
mod hold;
mod packets;
mod relay;
#[cfg(target_os = "linux")]
mod server_hold;

#[test]
fn the_example_of_the_crate_runs() {
    example::main().unwrap();
}

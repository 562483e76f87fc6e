//! The link as its users see it: over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod cut;
#[cfg(target_os = "linux")]
mod hold;
mod packets;
mod relay;

//! Whole dialogues, written as in the RFCs: `C:` what the client writes, `S:` what the server sends.
//!
//! Consecutive `C:` lines are one flight: the session must write them, and nothing more, before it
//! wants to read. Each dialogue is played with the server's bytes whole, one by one, and cut at each
//! point; the outcome must not change. `==` is the TLS handshake.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod flows;
mod idle;
mod opening;
mod piggyback;
mod play;
mod refusals;

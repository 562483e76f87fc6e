//! Whole dialogues, written as in the RFCs: `C:` is a line from the client, `S:` a line from the server,
//! `==` the TLS handshake.
//!
//! Consecutive `C:` lines are one flight: the session must write exactly these lines before it wants to
//! read. Each dialogue is played with the server's bytes whole, byte by byte, and split at each point; the
//! outcome must not change.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod auth;
mod flows;
mod idle;
mod lengths;
mod opening;
mod partial_writes;
mod piggyback;
mod play;
mod refusals;
mod scram;
mod script;

//! Broken dialogues with the embedded server, and with servers that misbehave.

mod breaks;
mod odd_servers;

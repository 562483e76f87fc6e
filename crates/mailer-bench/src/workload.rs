//! The workloads: which work is repeated, and which part of it is timed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The work that a contender repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Workload {
    /// From `open` until the server would accept MAIL: TCP, the greeting, EHLO, TLS and AUTH where
    /// there are any. Closing is not timed.
    Handshake,
    /// Messages on connections that are open, secured and logged in already.
    Throughput,
    /// Opening a connection, sending one message, and closing.
    OnePerConnection,
    /// From the start of a process until its first message is accepted.
    ColdStart,
}

impl Workload {
    /// Every workload, in the order of `--help`.
    pub const ALL: &'static [Self] =
        &[Self::Handshake, Self::Throughput, Self::OnePerConnection, Self::ColdStart];

    /// Returns the name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Throughput => "throughput",
            Self::OnePerConnection => "one-per-connection",
            Self::ColdStart => "cold-start",
        }
    }

    /// Returns a line for `--help`.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Handshake => "From connecting until the server would accept a message",
            Self::Throughput => "Messages on connections that are open already",
            Self::OnePerConnection => "Connecting, one message, and closing",
            Self::ColdStart => {
                "From the start of a process until its first message is accepted, TLS set-up included"
            }
        }
    }

    /// Returns the word for what is done once: a handshake, or a message.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            _ => "message",
        }
    }

    /// Returns whether every message has a connection to itself.
    #[must_use]
    pub fn opens_for_each(self) -> bool {
        self != Self::Throughput
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_json_is_the_name_on_the_command_line() {
        for &workload in Workload::ALL {
            let json = serde_json::to_string(&workload).unwrap();
            assert_eq!(json, format!("\"{workload}\""));
        }
    }
}

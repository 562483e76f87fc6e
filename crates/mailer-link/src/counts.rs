//! What passed, in figures.

use std::{iter::Sum, ops::Add};

/// What passed the link, in figures that hardly depend on the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Connections.
    pub connections: u64,
    /// Maximal runs of bytes from the client without bytes from the server in between. What a
    /// client still says after the last reply, such as the end of TLS, is one more.
    pub flights: u64,
    /// Flights that were followed by bytes from the server, one for each TCP connect, and one for each
    /// greeting that nothing of the client's asked for.
    ///
    /// A server may also send what nobody waits for (session tickets of TLS 1.3, its end of TLS).
    /// Where this falls between two flights that would have been one, it counts as an answer: the
    /// link cannot look into TLS. On a short way that may be one more in some runs than in others.
    pub round_trips: u64,
    /// Bytes from the client, TLS included, TCP and IP not.
    pub bytes_out: u64,
    /// Bytes from the server, TLS included, TCP and IP not.
    pub bytes_in: u64,
}

impl Add for LinkCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            connections: self.connections + other.connections,
            flights: self.flights + other.flights,
            round_trips: self.round_trips + other.round_trips,
            bytes_out: self.bytes_out + other.bytes_out,
            bytes_in: self.bytes_in + other.bytes_in,
        }
    }
}

impl Sum for LinkCounts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

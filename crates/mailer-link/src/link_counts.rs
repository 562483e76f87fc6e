//! The totals of what passed a link.

use std::{iter::Sum, ops::Add};

/// Totals of what passed the link. They hardly depend on how fast the machine is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// The number of connections.
    pub connections: u64,
    /// The number of flights: maximal runs of bytes from the client without bytes from the server in
    /// between. Bytes that a client sends after the last reply, such as the end of TLS, are one more.
    pub flights: u64,
    /// The number of flights that were followed by bytes from the server, plus one for each TCP connect
    /// and one for each greeting that came unrequested.
    ///
    /// A server may also send bytes that the client does not wait for, such as the session tickets of
    /// TLS 1.3 or the end of TLS. If they arrive between two flights that would otherwise be one, they
    /// count as an answer, since the link cannot look into TLS. Over a short path this may be one more
    /// in some runs than in others.
    pub round_trips: u64,
    /// The number of bytes from the client, with TLS and without the headers of TCP and IP.
    pub bytes_out: u64,
    /// The number of bytes from the server, with TLS and without the headers of TCP and IP.
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

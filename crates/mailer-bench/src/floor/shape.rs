//! The shapes of a bare exchange, each named after the flow whose flights it has.

use std::fmt;

/// How a bare exchange groups commands into flights: as the flow of the same name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// Every command waits for its reply.
    Lockstep,
    /// The envelope and DATA in one flight, the content in the next (RFC 2920).
    Pipelined,
    /// Like `Pipelined`, with the next envelope directly after the content, here even in the same write.
    Overlapped,
    /// The envelope, BDAT and the content in one flight (RFC 3030).
    Chunked,
    /// Like `Chunked`, with up to 64 messages or 16 MiB in flight.
    Streamed,
}

impl Shape {
    /// Every shape, in the order of reports.
    pub const ALL: &'static [Self] =
        &[Self::Lockstep, Self::Pipelined, Self::Overlapped, Self::Chunked, Self::Streamed];

    /// Returns the name, which is that of the flow.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lockstep => "lockstep",
            Self::Pipelined => "pipelined",
            Self::Overlapped => "overlapped",
            Self::Chunked => "chunked",
            Self::Streamed => "streamed",
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

//! Floors: what no mailer can go below, to measure the others against.
//!
//! Only what a contender needs beyond its floor is the cost of how it is made. There are two:
//!
//! - [`nothing`] does nothing and says that all is well: what a workload itself costs.
//! - [`bare`] exchanges the same bytes as a mailer whose flights have that [`Shape`], and knows
//!   nothing of SMTP: what it writes was made beforehand, and of replies it only counts the lines.
//!   What is left is what the server, the kernel and TLS take.

mod bare;
mod nothing;
mod opening;
mod replies;
mod script;
mod wire;

use std::fmt;

use mailer_lab::Contender;

pub use nothing::Nothing;

/// How a bare exchange groups commands into flights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Every command waits for its reply.
    Lockstep,
    /// The envelope and DATA in one flight, the content in the next (RFC 2920).
    Pipelined,
    /// Pipelined, with the next envelope behind the content, here even in the same write.
    Overlapped,
    /// The envelope, BDAT and the content in one flight (RFC 3030).
    Chunked,
    /// Chunked, with 64 mails or 16 MiB under way.
    Streamed,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Lockstep, Self::Pipelined, Self::Overlapped, Self::Chunked, Self::Streamed];

    /// The name, the same as of the flow whose floor it is.
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

/// The name of [`nothing()`], which sends no message to the server.
pub const NOTHING: &str = "nothing";

/// The name of every [`bare()`] exchange; its flow says which one it is.
pub const BARE: &str = "bare";

/// A mailer that does nothing.
#[must_use]
pub fn nothing() -> Contender {
    Contender {
        name: NOTHING.into(),
        measured_only: true,
        flow: None,
        make: Box::new(|_| Ok(Box::new(Nothing::default()))),
    }
}

/// The bare exchange of this shape. It needs a server that takes all it says, with PIPELINING,
/// CHUNKING and SIZE, and takes finished messages in ASCII only.
#[must_use]
pub fn bare(shape: Shape) -> Contender {
    Contender {
        name: BARE.into(),
        measured_only: true,
        flow: Some(shape.to_string()),
        make: Box::new(move |server| Ok(Box::new(bare::Bare::new(server, shape)?))),
    }
}

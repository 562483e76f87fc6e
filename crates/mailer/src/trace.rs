//! What happens in a dialogue, as it happens.

use std::{borrow::Cow, fmt, net::SocketAddr, time::Instant};

use crate::{Reply, Step};

/// Takes the events of a dialogue, one call per event, in order.
///
/// It is called from the thread that speaks to the server, while it does: who has much to do with
/// an event should put it aside. Where no trace is asked for, backends make no events at all.
pub trait Trace: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event<'_>);

    /// Whether events should say which line of code caused them. A backend that has to read its own
    /// debug information for that takes its time with the first.
    fn wants_sources(&self) -> bool {
        true
    }
}

/// Something that happened in a dialogue.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// When.
    pub at: Instant,
    /// What.
    pub what: What<'a>,
    /// The line of code that caused it, where the backend can tell.
    pub source: Option<Source>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What<'a> {
    /// TCP is connected.
    Connected {
        /// To whom.
        peer: SocketAddr,
    },
    /// A command line was written.
    Sent {
        /// For which step.
        step: Step,
        /// The line without its line end. Secrets are masked already, where it was made.
        line: &'a str,
    },
    /// A block of content was written.
    Content {
        /// Its bytes, as they were handed to the step that puts them on the wire.
        bytes: &'a [u8],
    },
    /// A reply came.
    Received {
        /// To which step.
        step: Step,
        /// The whole reply.
        reply: &'a Reply,
    },
    /// TLS is on.
    TlsStarted {
        /// Its version, such as `TLSv1.3`, where the backend can tell.
        version: Option<&'a str>,
    },
    /// The connection is closed.
    Closed {
        /// How often the backend wrote to it, where it can tell.
        writes: Option<u64>,
    },
}

/// A line of code, `path/to/file.rs:line`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file, without what stands above it on the machine that built it.
    pub file: Cow<'static, str>,
    /// The line, from 1.
    pub line: u32,
}

impl From<&'static std::panic::Location<'static>> for Source {
    fn from(location: &'static std::panic::Location<'static>) -> Self {
        Self { file: location.file().into(), line: location.line() }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

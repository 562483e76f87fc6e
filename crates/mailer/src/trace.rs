//! Events of a dialogue, reported as they happen.

use std::{borrow::Cow, fmt, net::SocketAddr, time::Instant};

use crate::{Reply, Step};

/// A receiver of the events of a dialogue: one call per event, in order.
///
/// Backends call it from the thread that talks to the server, so a slow receiver delays the dialogue:
/// it should queue the event and return. Without a trace, backends create no events.
pub trait Trace: Send + Sync {
    /// Receives one event.
    fn event(&self, event: &Event<'_>);

    /// Whether events should name the line of code that caused them. A backend that reads its own debug
    /// information for this is slow at the first event.
    fn wants_sources(&self) -> bool {
        true
    }
}

/// An event of a dialogue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The time of the event.
    pub at: Instant,
    /// What happened.
    pub what: What<'a>,
    /// The line of code that caused the event, if the backend knows it.
    pub source: Option<Source>,
}

impl<'a> Event<'a> {
    /// Returns an event that happened at this time.
    #[must_use]
    pub fn new(at: Instant, what: What<'a>, source: Option<Source>) -> Self {
        Self { at, what, source }
    }
}

/// The kind of an event, with its data.
#[derive(Clone, Debug)]
pub enum What<'a> {
    /// The TCP connection is made.
    Connected {
        /// The address of the server, or of the relay on the path.
        peer: SocketAddr,
    },
    /// A command line was written.
    Sent {
        /// The step that the command belongs to.
        step: Step,
        /// The line without its line end, with secrets masked.
        line: &'a str,
    },
    /// A block of content was written.
    Content {
        /// The bytes as the backend passes them on for writing. Raw reports them before dot-stuffing.
        bytes: &'a [u8],
    },
    /// A reply arrived.
    Received {
        /// The step that it answers.
        step: Step,
        /// The complete reply, with secrets masked.
        reply: &'a Reply,
    },
    /// The TLS handshake is complete.
    TlsStarted {
        /// The TLS version, such as `TLSv1.3`, if the backend knows it.
        version: Option<&'a str>,
    },
    /// The connection is closed.
    Closed {
        /// The number of writes that the backend made on it, if known.
        writes: Option<u64>,
    },
}

/// A line of code, `path/to/file.rs:line`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path of the file in its repository, without the folders of the machine that built it.
    pub file: Cow<'static, str>,
    /// The line number, from 1.
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

//! The settings of a link before it starts.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU64,
    time::Duration,
};

use crate::{AnswerLimit, Cut, Path, Target};

/// The settings of a link. By default it adds no delay on purpose and cuts nothing.
///
/// ```
/// use mailer_link::{Cut, CutKind, Direction, Link};
/// use std::time::Duration;
/// let link = Link::to("127.0.0.1:25")
///     .round_trip(Duration::from_millis(20))
///     .cut(Cut::after(100, Direction::Out, CutKind::Close))
///     .start()?;
/// assert!(link.addr().ip().is_loopback());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    pub(crate) target: Target,
    pub(crate) path: Path,
    pub(crate) cut: Option<Cut>,
    pub(crate) acknowledge_at_once: bool,
    pub(crate) client_delays_acks: bool,
    pub(crate) limit: AnswerLimit,
    pub(crate) keeps_packets: bool,
    pub(crate) listen: SocketAddr,
    pub(crate) keeps_records: bool,
}

impl Builder {
    pub(crate) fn new(target: Target) -> Self {
        Self {
            target,
            path: Path::default(),
            cut: None,
            acknowledge_at_once: false,
            client_delays_acks: false,
            limit: AnswerLimit::default(),
            keeps_packets: false,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keeps_records: true,
        }
    }

    /// Sets the round-trip time and the bandwidth.
    pub fn over(self, path: Path) -> Self {
        Self { path, ..self }
    }

    /// Sets the round-trip time: each byte arrives half of it after it has left.
    pub fn round_trip(self, round_trip: Duration) -> Self {
        let path = Path { round_trip, ..self.path };
        self.over(path)
    }

    /// Sets the bandwidth of each direction, in bytes per second.
    pub fn bandwidth(self, bytes_per_second: NonZeroU64) -> Self {
        let path = Path { bandwidth: Some(bytes_per_second), ..self.path };
        self.over(path)
    }

    /// Cuts one of the connections; `None` cuts nothing.
    pub fn cut(self, cut: impl Into<Option<Cut>>) -> Self {
        Self { cut: cut.into(), ..self }
    }

    /// Acknowledges the client's bytes at once, so that Nagle's algorithm stalls no client. It has an
    /// effect on Linux, and on a path without delay.
    pub fn acknowledge_at_once(self, at_once: bool) -> Self {
        Self { acknowledge_at_once: at_once, ..self }
    }

    /// States that the client leaves acknowledgements to its system, which may delay them. Otherwise the
    /// server's bytes are acknowledged at once, as for a client that asks its system for that. It makes a
    /// difference where the server has Nagle's algorithm on, and on Linux only.
    pub fn client_delays_acks(self, delays: bool) -> Self {
        Self { client_delays_acks: delays, ..self }
    }

    /// Changes how much the server may send while its client sends nothing.
    pub fn limit_answers(self, limit: AnswerLimit) -> Self {
        Self { limit, ..self }
    }

    /// Keeps a copy of the bytes that pass, in [`Connection::packets`](crate::Connection::packets). The copy
    /// needs as much memory as the bytes.
    pub fn keep_packets(self, keeps_packets: bool) -> Self {
        Self { keeps_packets, ..self }
    }

    /// Sets the address that clients connect to; the default is a free port of 127.0.0.1.
    pub fn listen(self, listen: SocketAddr) -> Self {
        Self { listen, ..self }
    }

    /// Sets whether the link keeps the records of connections that have ended, and of all that passed an
    /// open one. Without them it can run for ever in constant memory, and counts nothing.
    pub fn keep_records(self, keeps_records: bool) -> Self {
        Self { keeps_records, ..self }
    }
}

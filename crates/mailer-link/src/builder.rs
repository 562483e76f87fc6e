//! What a link is to be, before it is there.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    num::NonZeroU64,
    sync::Arc,
    thread,
    time::Duration,
};

use super::{AnswerLimit, Cut, Link, Path, relay, relay::Shared};

/// A link to be started. Unless told otherwise it delays nothing on purpose and cuts nothing.
///
/// ```
/// use mailer_link::{Cut, Direction, How, Link};
/// use std::{net::SocketAddr, time::Duration};
/// let server: SocketAddr = "127.0.0.1:25".parse()?;
/// let link = Link::to([server])
///     .round_trip(Duration::from_millis(20))
///     .cut(Cut::after(100, Direction::Out, How::Close))
///     .start()?;
/// assert!(link.addr().ip().is_loopback());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    pub(super) targets: Vec<SocketAddr>,
    pub(super) path: Path,
    pub(super) cut: Option<Cut>,
    pub(super) acknowledge_at_once: bool,
    pub(super) limit: AnswerLimit,
}

impl Builder {
    pub(super) fn new(targets: Vec<SocketAddr>) -> Self {
        Self {
            targets,
            path: Path::default(),
            cut: None,
            acknowledge_at_once: false,
            limit: AnswerLimit::default(),
        }
    }

    /// The same over this way.
    pub fn over(self, path: Path) -> Self {
        Self { path, ..self }
    }

    /// The same over such a distance: each octet takes half of this time to its other end.
    pub fn round_trip(self, round_trip: Duration) -> Self {
        let path = Path { round_trip, ..self.path };
        self.over(path)
    }

    /// The same with so many octets per second in each direction.
    pub fn bandwidth(self, octets_per_second: NonZeroU64) -> Self {
        let path = Path { bandwidth: Some(octets_per_second), ..self.path };
        self.over(path)
    }

    /// The same, and one of its connections is cut; or none.
    pub fn cut(self, cut: impl Into<Option<Cut>>) -> Self {
        Self { cut: cut.into(), ..self }
    }

    /// The same without delayed acknowledgements for the client, over no distance: then Nagle's algorithm
    /// stalls no client (Linux only).
    pub fn acknowledge_at_once(self, at_once: bool) -> Self {
        Self { acknowledge_at_once: at_once, ..self }
    }

    /// The same, with another limit to what the server may say while its client says nothing.
    pub fn limit_answers(self, limit: AnswerLimit) -> Self {
        Self { limit, ..self }
    }

    /// Starts it on a loopback port of its own.
    ///
    /// # Errors
    /// If the system gives no port or no thread.
    pub fn start(self) -> io::Result<Link> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared::new(self));
        let theirs = Arc::clone(&shared);
        let acceptor = thread::Builder::new()
            .name("link".into())
            .spawn(move || relay::accept(&listener, &theirs))?;
        Ok(Link { addr, shared, acceptor: Some(acceptor) })
    }
}

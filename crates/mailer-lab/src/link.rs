//! The path between client and server: a relay that counts.
//!
//! It knows nothing of SMTP or TLS. It sees when how many bytes went which way, the same for every
//! client, and so counts what no client could be trusted to count of itself: flights and round
//! trips (see [`LinkCounts`]). Passing through costs some tens of microseconds per flight and
//! direction; with [`Link::start_over`] it takes as long as a way of that length.

mod relay;
mod timeline;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use relay::Shared;
pub use timeline::{Burst, Connection, Direction, LinkCounts, Pause};

/// How long [`Link::finish`] lets connections end by themselves.
const GRACE: Duration = Duration::from_secs(2);

/// A relay on a loopback port of its own, to one server.
///
/// The end of a direction is passed on as such (half-close); a connection is over when both
/// directions are. Dropping the link ends every connection and every thread, and waits for them: at
/// once, unless it is just trying to reach a server that does not answer, which it gives ten
/// seconds per address.
pub struct Link {
    addr: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Link {
    /// Starts a relay to a server that listens at one of these addresses. They are tried in that
    /// order when a client comes, not before. It delays nothing on purpose.
    ///
    /// # Errors
    /// If the system gives no port or no thread.
    pub fn start(targets: Vec<SocketAddr>) -> io::Result<Self> {
        Self::start_over(targets, Duration::ZERO)
    }

    /// The same over a distance: each byte takes half of this time to its other end, whichever way it
    /// goes, and however many are on their way. The relay ends TCP, so the client's connection is
    /// there at once; the server's first byte is held one round trip longer for it. Neither slow start
    /// nor a Nagle that waits for the far end is modelled.
    ///
    /// # Errors
    /// As [`Link::start`].
    pub fn start_over(targets: Vec<SocketAddr>, round_trip: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared::new(targets, round_trip));
        let theirs = Arc::clone(&shared);
        let acceptor = thread::Builder::new()
            .name("link".into())
            .spawn(move || relay::accept(&listener, &theirs))?;
        Ok(Self { addr, shared, acceptor: Some(acceptor) })
    }

    /// Where clients connect to.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What has passed so far, one entry per connection in the order they came.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.shared.connections()
    }

    /// What has passed so far, in figures.
    #[must_use]
    pub fn counts(&self) -> LinkCounts {
        self.connections().iter().map(Connection::counts).sum()
    }

    /// Waits until the connections have ended, for two seconds at the most, stops, and gives what
    /// has passed in all. For when the client has closed: its last bytes may still be on the way.
    #[must_use]
    pub fn finish(mut self) -> Vec<Connection> {
        self.shared.wait_for_the_end(GRACE);
        self.stop();
        self.connections()
    }

    fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        self.shared.stop();
        // Wakes the thread that waits for a connection. If it cannot be reached, it has ended.
        let _ = TcpStream::connect(self.addr);
        let _ = acceptor.join();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop();
    }
}

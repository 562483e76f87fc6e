//! A running link: its address, what has passed through it, and how it stops.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{Builder, Connection, Cut, LinkCounts, Target, link_state::LinkState, relay};

/// How long [`Link::finish`] and [`Link::restart`] wait for open connections to end by themselves.
const GRACE: Duration = Duration::from_secs(2);

/// A relay to one server, listening on a loopback port that the system chose, unless
/// [`Builder::listen`] names another.
///
/// The end of one direction is forwarded as such (half-close), and a connection is over when both
/// directions have ended. Dropping the link ends every connection and every thread, and waits for
/// them. That returns at once, unless the link is just connecting to a server that does not respond:
/// it tries each address for ten seconds.
pub struct Link {
    addr: SocketAddr,
    state: Arc<LinkState>,
    acceptor: Option<JoinHandle<()>>,
}

impl Link {
    /// Returns the settings of a link to this server, which can be changed before
    /// [`Builder::start`].
    ///
    /// The server is `"host:port"`, a [`SocketAddr`], or a list of addresses, which are tried in order.
    /// The link connects to it when a client connects, not earlier.
    pub fn to(server: impl Into<Target>) -> Builder {
        Builder::new(server.into())
    }

    /// The address that clients connect to.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns what has passed so far: one record per connection, in the order in which the clients
    /// connected.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.state.connections()
    }

    /// Returns the totals of what has passed so far.
    #[must_use]
    pub fn counts(&self) -> LinkCounts {
        self.connections().iter().map(Connection::counts).sum()
    }

    /// Waits for up to two seconds until all connections have ended, stops the link, and returns
    /// everything that has passed.
    ///
    /// Call it after the client has closed its connection: its last bytes may still be in flight.
    #[must_use]
    pub fn finish(mut self) -> Vec<Connection> {
        self.state.wait_until_closed(GRACE);
        self.stop();
        self.connections()
    }

    /// Waits as [`Link::finish`] does, ends the connections that are still open, and returns what has
    /// passed. The link then continues like a new one with this cut: it counts connections from 0.
    ///
    /// Many sessions over one link are cheaper than one link per session. If a client gives up before
    /// the link accepts its connection, that connection may be counted in the next session.
    pub fn restart(&self, cut: impl Into<Option<Cut>>) -> Vec<Connection> {
        self.state.wait_until_closed(GRACE);
        self.state.restart(cut.into())
    }

    fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        self.state.stop();
        // A connection wakes the acceptor. If this process cannot connect at all (no loopback, no file
        // descriptor), joining the thread could block for ever.
        let woken = TcpStream::connect(self.addr);
        if woken.is_ok() || acceptor.is_finished() {
            let _ = acceptor.join();
        }
    }
}

impl Builder {
    /// Resolves the server's name and starts the link, by default on a free loopback port.
    ///
    /// # Errors
    /// If the name cannot be resolved, the link cannot listen on its address, or the system provides no thread.
    pub fn start(self) -> io::Result<Link> {
        let listener = TcpListener::bind(self.listen)?;
        let addr = listener.local_addr()?;
        let state = Arc::new(LinkState::new(self)?);
        let of_acceptor = Arc::clone(&state);
        let acceptor = thread::Builder::new()
            .name("link".into())
            .spawn(move || relay::accept(&listener, &of_acceptor))?;
        Ok(Link { addr, state, acceptor: Some(acceptor) })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop();
    }
}

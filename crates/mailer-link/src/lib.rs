//! The path between client and server: a relay that counts.
//!
//! It knows nothing of SMTP or TLS. It sees when how many bytes went which way, the same for every
//! client, and so counts what no client could be trusted to count of itself: flights and round
//! trips (see [`LinkCounts`]). It can be given a length and a width ([`Path`]), and be cut at any
//! octet ([`Cut`]).
//!
//! # The model
//!
//! Each direction is a queue. Octets leave it one after another at the bandwidth, and each arrives
//! half a round trip after it has left, however many are under way: ten writes back to back arrive
//! together half a round trip later. The relay ends TCP on either side, so the client's connection
//! is there at once; the server's first octet is held until TCP and the greeting would have come,
//! two round trips after the client connected.
//!
//! A client with Nagle's algorithm on (RFC 896) sends a small write that follows another only when the
//! first has been acknowledged. Over a distance it has to be the far end that does it, so the relay
//! delays its own acknowledgements as Linux delays those of a server that answers quickly, and where
//! it sees that a client has waited for one ([`Hold`]), it lets what was held back wait for a round
//! trip more, or until the server says something, which acknowledges as well. A client that has
//! nothing to say for just as long, in the middle of a flight, is taken for one. A server's Nagle's
//! algorithm is not modelled.
//!
//! Nor are TCP's slow start, loss, and the octets of headers.
//!
//! What it is worth, its own error and what the kernel's own TCP does over a path of the same length,
//! stands in `docs/link.md`. It is never early.

mod answer;
mod builder;
mod counts;
mod cut;
mod line;
mod path;
mod relay;
mod timeline;
pub mod timer;
mod way;

use std::{
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

pub use answer::AnswerLimit;
pub use builder::Builder;
pub use counts::LinkCounts;
pub use cut::{Cut, How};
pub use path::Path;
use relay::Shared;
pub use timeline::{Burst, Connection, Direction, Hold};

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
    /// A relay to a server that listens at one of these addresses. They are tried in that order when
    /// a client comes, not before.
    pub fn to(targets: impl Into<Vec<SocketAddr>>) -> Builder {
        Builder::new(targets.into())
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

    /// Waits as [`Link::finish`] does, ends what is still open, and goes on as if it were new: no
    /// connection has come yet, and this is how one is cut. Gives what has passed until then.
    ///
    /// Many sessions over one link are cheaper than a link for each. A client that gave up before the
    /// link took its connection may be counted as one of the next session's.
    pub fn restart(&self, cut: impl Into<Option<Cut>>) -> Vec<Connection> {
        self.shared.wait_for_the_end(GRACE);
        self.shared.restart(cut.into())
    }

    fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        self.shared.stop();
        // Wakes the thread that waits for a connection. Where this process cannot connect at all (no
        // loopback, no file descriptor), it is not waited for: it might never wake.
        let woken = TcpStream::connect(self.addr);
        if woken.is_ok() || acceptor.is_finished() {
            let _ = acceptor.join();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop();
    }
}

//! One connection while it lasts: its two sockets, and whether it is still whole.

use std::{
    net::{Shutdown, TcpStream},
    sync::OnceLock,
    time::{Duration, Instant},
};

use socket2::SockRef;

use super::{Connection, Cut, Direction, How, relay::Shared};

/// The two sockets of a connection, and what its two directions have in common.
pub(super) struct Line<'a> {
    pub(super) shared: &'a Shared,
    /// Which connection it is.
    index: usize,
    client: &'a TcpStream,
    server: &'a TcpStream,
    cut: Option<Cut>,
    was_cut: OnceLock<How>,
}

impl<'a> Line<'a> {
    pub(super) fn new(
        shared: &'a Shared,
        index: usize,
        client: &'a TcpStream,
        server: &'a TcpStream,
    ) -> Self {
        // Small writes are passed on as they come; what a client's own Nagle holds back is held back
        // before it gets here, and so stays visible.
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        let cut = shared.cut_of(index);
        Self { shared, index, client, server, cut, was_cut: OnceLock::new() }
    }

    pub(super) fn sender(&self, direction: Direction) -> &'a TcpStream {
        match direction {
            Direction::Out => self.client,
            Direction::In => self.server,
        }
    }

    pub(super) fn receiver(&self, direction: Direction) -> &'a TcpStream {
        match direction {
            Direction::Out => self.server,
            Direction::In => self.client,
        }
    }

    pub(super) fn note(&self, note: impl FnOnce(&mut Connection)) {
        self.shared.note(self.index, note);
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.shared.look(self.index, look)
    }

    /// Waits until then, or until the client hears something after `since`: whether it has.
    pub(super) fn wait_for_answer(&self, since: Instant, until: Instant) -> bool {
        self.shared.wait_for_answer(self.index, since, until)
    }

    /// How it was cut, if it was.
    pub(super) fn was_cut(&self) -> Option<How> {
        self.was_cut.get().copied()
    }

    /// The octets after which it is to be cut, if they are those of this direction.
    pub(super) fn limit(&self, direction: Direction) -> Option<u64> {
        self.cut.filter(|cut| cut.direction == direction).map(|cut| cut.after)
    }

    /// Cuts it. A thread that waits for something to read on it is woken.
    pub(super) fn sever(&self) {
        let Some(how) = self.cut.map(|cut| cut.how) else { return };
        if self.was_cut.set(how).is_err() {
            return;
        }
        self.note(|connection| connection.cut = Some(Instant::now()));
        for socket in [self.client, self.server] {
            if how == How::Reset {
                // Its end, when nobody holds it any more, is RST and no FIN.
                let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
            }
            // It may have ended by itself. No longer to read is seen by nobody but ourselves.
            let _ = socket.shutdown(match how {
                How::Close => Shutdown::Write,
                How::Reset | How::Silence => Shutdown::Read,
            });
        }
    }

    /// Whether the server has said more than it may while the client said nothing.
    pub(super) fn is_flooded(&self) -> bool {
        let limit = self.shared.limit;
        let passed = |connection: &Connection| {
            connection.bursts.last().is_some_and(|burst| limit.is_passed_by(burst))
        };
        self.look(passed).unwrap_or(false)
    }

    /// Ends the connection: the client can read what was passed on, and nothing is read from the server
    /// any more.
    pub(super) fn abandon(&self) {
        self.note(|connection| connection.cut = Some(Instant::now()));
        // Either may have ended by itself.
        let _ = self.client.shutdown(Shutdown::Write);
        let _ = self.server.shutdown(Shutdown::Both);
    }

    /// Passes on that nothing more comes this way, unless the cut is not to be seen, or seen as RST.
    pub(super) fn end(&self, direction: Direction) {
        if matches!(self.was_cut(), None | Some(How::Close)) {
            let _ = self.receiver(direction).shutdown(Shutdown::Write);
        }
    }

    /// When both directions have ended: keeps up the silence, if there is to be silence.
    pub(super) fn rest(self) {
        match self.was_cut() {
            Some(How::Silence) => self.shared.hold(self.index),
            Some(How::Reset) => {}
            // What is kept for stopping would hold the connection open.
            None | Some(How::Close) => {
                let _ = self.client.shutdown(Shutdown::Both);
            }
        }
    }
}

//! The two sockets of one connection, and how both are cut and closed.

use std::{
    net::{Shutdown, TcpStream},
    sync::OnceLock,
    time::{Duration, Instant},
};

use socket2::SockRef;

use crate::{Connection, Cut, CutKind, Direction, Hold, Packet, Path, link_state::LinkState};

/// The sockets of the client and the server, which the threads of both directions share.
pub(crate) struct SocketPair<'a> {
    state: &'a LinkState,
    /// The index of the connection in the link's records.
    index: usize,
    client: &'a TcpStream,
    server: &'a TcpStream,
    cut: Option<Cut>,
    was_cut: OnceLock<CutKind>,
}

impl<'a> SocketPair<'a> {
    pub(crate) fn new(
        state: &'a LinkState,
        index: usize,
        client: &'a TcpStream,
        server: &'a TcpStream,
    ) -> Self {
        // Small writes are forwarded as they arrive. What the client's own Nagle algorithm holds back
        // is held back before it reaches the link, and so stays visible.
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        let cut = state.cut_of(index);
        Self { state, index, client, server, cut, was_cut: OnceLock::new() }
    }

    pub(crate) fn path(&self) -> Path {
        self.state.path
    }

    /// Whether bytes of this direction are acknowledged as soon as the link reads them, or their
    /// acknowledgement is delayed; `None` leaves that to the system.
    pub(crate) fn acknowledges_at_once(&self, direction: Direction) -> Option<bool> {
        match direction {
            Direction::Out => self.state.acknowledge_at_once.then_some(true),
            // The far end acknowledges, a round trip later.
            Direction::In if !self.path().is_direct() => Some(false),
            Direction::In => (!self.client_delays_acks()).then_some(true),
        }
    }

    /// Whether the client's system may delay acknowledgements.
    pub(crate) fn client_delays_acks(&self) -> bool {
        self.state.client_delays_acks
    }

    pub(crate) fn sender(&self, direction: Direction) -> &'a TcpStream {
        match direction {
            Direction::Out => self.client,
            Direction::In => self.server,
        }
    }

    pub(crate) fn receiver(&self, direction: Direction) -> &'a TcpStream {
        match direction {
            Direction::Out => self.server,
            Direction::In => self.client,
        }
    }

    /// Changes the record of this connection.
    pub(crate) fn record(&self, change: impl FnOnce(&mut Connection)) {
        self.state.record(self.index, change);
    }

    /// Records bytes as the client sees them: when they leave it or arrive at it. The link has waited for
    /// them since `since`.
    pub(crate) fn record_at_client(&self, direction: Direction, bytes: &[u8], since: Instant) {
        let (at, count) = (Instant::now(), bytes.len() as u64);
        self.record(|connection| connection.record_since(since, at, direction, count));
        self.keep_packet(at, direction, bytes);
    }

    /// Records bytes of the client that were held back and leave at the end of the hold.
    pub(crate) fn record_held(&self, hold: Hold, bytes: &[u8]) {
        self.record(|connection| connection.record_held(hold, Direction::Out));
        self.keep_packet(hold.to, Direction::Out, bytes);
    }

    fn keep_packet(&self, at: Instant, direction: Direction, bytes: &[u8]) {
        if self.state.keeps_packets {
            let packet = Packet { at, direction, bytes: bytes.to_vec() };
            self.record(|connection| connection.packets.push(packet));
        }
    }

    /// Records bytes that the server held back and that arrive at the client now.
    pub(crate) fn record_held_by_server(&self, bytes: &[u8]) {
        let (to, count) = (Instant::now(), bytes.len() as u64);
        self.record(|connection| {
            // What follows bytes of the client is their answer, which costs a round trip anyway.
            let last = connection.bursts.last().filter(|burst| burst.direction == Direction::In);
            match last.map(|burst| burst.last) {
                Some(from) => {
                    connection.record_held(Hold { from, to, bytes_after: count }, Direction::In);
                }
                None => connection.record_since(to, to, Direction::In, count),
            }
        });
        self.keep_packet(to, Direction::In, bytes);
    }

    /// Records bytes as the server sees them, on a path with delay.
    pub(crate) fn record_at_server(&self, direction: Direction, bytes: &[u8]) {
        let (at, count) = (Instant::now(), bytes.len() as u64);
        self.record(|connection| connection.record_at_server(at, direction, count));
    }

    /// Reads the record of this connection.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.state.read(self.index, read)
    }

    /// Waits until the sender of this direction has received bytes after `since`, and returns true; or until
    /// `until`, and returns false.
    pub(crate) fn wait_for_answer(
        &self,
        direction: Direction,
        since: Instant,
        until: Instant,
    ) -> bool {
        self.state.wait_for_answer(self.index, direction, since, until)
    }

    /// How the connection was cut, if it was.
    pub(crate) fn was_cut(&self) -> Option<CutKind> {
        self.was_cut.get().copied()
    }

    /// The number of bytes of this direction after which the connection is cut.
    pub(crate) fn cut_after(&self, direction: Direction) -> Option<u64> {
        self.cut.filter(|cut| cut.direction == direction).map(|cut| cut.after)
    }

    /// Cuts the connection. This wakes a thread that waits to read from it.
    pub(crate) fn sever(&self) {
        let Some(kind) = self.cut.map(|cut| cut.kind) else { return };
        if self.was_cut.set(kind).is_err() {
            return;
        }
        self.record(|connection| connection.cut = Some(Instant::now()));
        for socket in [self.client, self.server] {
            if kind == CutKind::Reset {
                // With a linger of zero the system sends RST instead of FIN when the socket is closed.
                let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
            }
            // The socket may have ended by itself. Only this process notices the end of reading.
            let _ = socket.shutdown(match kind {
                CutKind::Close => Shutdown::Write,
                CutKind::Reset | CutKind::Silence => Shutdown::Read,
            });
        }
    }

    /// Whether the server has sent more than the limit while the client sent nothing.
    pub(crate) fn answer_exceeds_limit(&self) -> bool {
        let limit = self.state.limit;
        let last_exceeds = |connection: &Connection| {
            connection.bursts.last().is_some_and(|burst| limit.is_exceeded_by(burst))
        };
        self.read(last_exceeds).unwrap_or(false)
    }

    /// Ends the connection early: the client can read what was forwarded, and nothing more is read from
    /// the server.
    pub(crate) fn abandon(&self) {
        self.record(|connection| connection.cut = Some(Instant::now()));
        // Either socket may have ended by itself.
        let _ = self.client.shutdown(Shutdown::Write);
        let _ = self.server.shutdown(Shutdown::Both);
    }

    /// Forwards the end of one direction as FIN, unless the connection was cut in a way that shows RST
    /// or nothing.
    pub(crate) fn end(&self, direction: Direction) {
        if matches!(self.was_cut(), None | Some(CutKind::Close)) {
            let _ = self.receiver(direction).shutdown(Shutdown::Write);
        }
    }

    /// Closes the connection after both directions have ended. If it was cut by silence, it stays silent
    /// until the link stops or restarts.
    pub(crate) fn close(self) {
        match self.was_cut() {
            Some(CutKind::Silence) => self.state.stay_silent(self.index),
            Some(CutKind::Reset) => {}
            // The registered clone of the socket would keep the connection open.
            None | Some(CutKind::Close) => {
                let _ = self.client.shutdown(Shutdown::Both);
            }
        }
    }
}

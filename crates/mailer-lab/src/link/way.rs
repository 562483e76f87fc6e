//! One direction of a connection.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{Direction, How, line::Line, path::Schedule};

/// Octets read at once: enough for any single write that SMTP clients make.
const BLOCK: usize = 64 * 1024;

/// Octets that leave together where the bandwidth is limited: the payload of a packet on Ethernet.
const SEGMENT: usize = 1460;

/// Blocks, or segments, that may be on their way in one direction: beyond that their sender is held
/// up, as by a window that is full.
const QUEUE: usize = 1024;

/// How long a write waits for its receiver before it looks whether the connection has been cut.
const TICK: Duration = Duration::from_millis(50);

/// Passes octets one way until their sender ends, and then passes on that it has. Nothing leaves
/// before `open`.
pub(super) fn pass(line: &Line<'_>, direction: Direction, open: Instant) {
    let direct = line.shared.path.is_direct();
    let mut far = FarEnd::new(line, direction, direct);
    if direct {
        read(line, direction, |octets| far.take(octets));
    } else {
        let (sender, receiver) = mpsc::sync_channel(QUEUE);
        thread::scope(|scope| {
            let arriving = || arrive(receiver, &mut far);
            if thread::Builder::new().spawn_scoped(scope, arriving).is_ok() {
                depart(line, direction, Schedule::new(line.shared.path, open), &sender);
            }
        });
    }
    line.end(direction);
}

/// Octets on their way: when they arrive, and what they are. None at the end.
type Late = (Instant, Vec<u8>);

/// Sends what is read on its way, its end too.
fn depart(
    line: &Line<'_>,
    direction: Direction,
    mut schedule: Schedule,
    sender: &mpsc::SyncSender<Late>,
) {
    let limited = line.shared.path.bandwidth.is_some();
    let together = if limited { SEGMENT } else { BLOCK };
    read(line, direction, |octets| {
        let now = Instant::now();
        if direction == Direction::Out {
            note(line, direction, octets);
        }
        octets
            .chunks(together)
            .all(|piece| sender.send((schedule.arrival(now, piece.len()), piece.to_vec())).is_ok())
    });
    // Nobody is there to hear of the end if nothing can arrive any more.
    let _ = sender.send((schedule.arrival(Instant::now(), 0), Vec::new()));
}

/// Hands over what arrives, when it does.
fn arrive(receiver: mpsc::Receiver<Late>, far: &mut FarEnd<'_>) {
    for (due, octets) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if octets.is_empty() || !far.take(&octets) {
            break;
        }
    }
}

/// Gives every block that is read to `take`, until it wants no more or there is none.
fn read(line: &Line<'_>, direction: Direction, mut take: impl FnMut(&[u8]) -> bool) {
    let mut from = line.sender(direction);
    let mut block = vec![0; BLOCK];
    loop {
        if direction == Direction::In {
            acknowledge_at_once(from);
        }
        let octets = match from.read(&mut block) {
            Ok(0) | Err(_) => break,
            Ok(count) => block.get(..count).unwrap_or_default(),
        };
        if !take(octets) {
            break;
        }
    }
}

/// Notes octets where the client is: when they leave it, and when they come to it.
fn note(line: &Line<'_>, direction: Direction, octets: &[u8]) {
    let at = Instant::now();
    line.note(|connection| connection.record(at, direction, octets.len() as u64));
}

/// Where octets are handed to their receiver, as many as are to pass.
struct FarEnd<'a> {
    line: &'a Line<'a>,
    direction: Direction,
    /// Whether they are noted here.
    notes: bool,
    /// Octets that still pass before the connection is cut.
    left: Option<usize>,
}

impl<'a> FarEnd<'a> {
    fn new(line: &'a Line<'a>, direction: Direction, direct: bool) -> Self {
        // A receiver that does not read must not keep a cut from being made.
        let _ = line.receiver(direction).set_write_timeout(Some(TICK));
        let limit = line.limit(direction);
        if limit == Some(0) {
            line.sever();
        }
        let left = limit.map(|octets| usize::try_from(octets).unwrap_or(usize::MAX));
        Self { line, direction, notes: direct || direction == Direction::In, left }
    }

    /// Hands over octets, and says whether to go on.
    fn take(&mut self, octets: &[u8]) -> bool {
        if let Some(how) = self.line.was_cut() {
            // What nobody reads would be answered by RST.
            return how == How::Close;
        }
        let passing = octets.get(..self.left.unwrap_or(usize::MAX)).unwrap_or(octets);
        if self.notes {
            note(self.line, self.direction, passing);
        }
        // Whoever is not there to read this may still have said something: the other direction ends
        // by itself.
        let written = self.write(passing).is_ok();
        self.left = self.left.map(|left| left.saturating_sub(passing.len()));
        if self.left == Some(0) {
            self.line.sever();
        }
        self.line.was_cut().map_or(written, |how| how == How::Close)
    }

    /// Writes all, unless the connection is cut meanwhile.
    fn write(&self, mut octets: &[u8]) -> io::Result<()> {
        let mut to = self.line.receiver(self.direction);
        while !octets.is_empty() {
            match to.write(octets) {
                Ok(count) => octets = octets.get(count..).unwrap_or_default(),
                Err(cause) if is_tick(&cause) && self.line.was_cut().is_none() => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }
}

fn is_tick(cause: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(cause.kind(), Interrupted | TimedOut | WouldBlock)
}

/// A server that writes twice with Nagle's algorithm on waits for the acknowledgement of its first
/// write. When that comes is the client's doing, which a relay that ends TCP cannot pass on: it
/// acknowledges at once, so that no client is charged for the relay's own delay.
#[cfg(target_os = "linux")]
fn acknowledge_at_once(socket: &TcpStream) {
    use std::os::linux::net::TcpStreamExt as _;
    // If it cannot be had, the delay is what it would have been.
    let _ = socket.set_quickack(true);
}

/// Other systems have no such option.
#[cfg(not(target_os = "linux"))]
fn acknowledge_at_once(_: &TcpStream) {}

//! One direction of a connection.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{Direction, Hold, How, line::Line, path::Schedule};
use crate::timer;

/// Octets read at once: enough for any single write that SMTP clients make.
const BLOCK: usize = 64 * 1024;

/// Octets that leave together where the bandwidth is limited: the payload of a packet on Ethernet.
const SEGMENT: usize = 1460;

/// Blocks, or segments, that may be on their way in one direction: beyond that their sender is held
/// up, as by a window that is full.
const QUEUE: usize = 1024;

const OUT: Direction = Direction::Out;

/// How long a write waits for its receiver before it looks whether the connection has been cut.
const TICK: Duration = Duration::from_millis(50);

/// Passes octets one way until their sender ends, and then passes on that it has. Nothing leaves
/// before `open`.
pub(super) fn pass(line: &Line<'_>, direction: Direction, open: Instant) {
    let direct = line.shared.path.is_direct();
    let mut far = FarEnd::new(line, direction, direct);
    if direct {
        read(line, direction, |octets, since| far.take(octets, since));
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
    read(line, direction, |octets, since| {
        match direction {
            Direction::Out => note_leaving(line, octets, since, &schedule),
            Direction::In => note_far(line, direction, octets),
        }
        let now = Instant::now();
        octets
            .chunks(together)
            .all(|piece| sender.send((schedule.arrival(now, piece.len()), piece.to_vec())).is_ok())
    });
    // Nobody is there to hear of the end if nothing can arrive any more.
    let _ = sender.send((schedule.arrival(Instant::now(), 0), Vec::new()));
}

/// Hands over what arrives, when it does.
fn arrive(receiver: mpsc::Receiver<Late>, far: &mut FarEnd<'_>) {
    timer::wake_on_time();
    let since = Instant::now();
    for (due, octets) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if octets.is_empty() || !far.take(&octets, since) {
            break;
        }
    }
}

/// Gives every block that is read to `take`, and since when it was waited for, until it wants no more
/// or there is none.
fn read(line: &Line<'_>, direction: Direction, mut take: impl FnMut(&[u8], Instant) -> bool) {
    let mut from = line.sender(direction);
    let mut block = vec![0; BLOCK];
    loop {
        let since = Instant::now();
        if direction == Direction::In || line.shared.acknowledge_at_once {
            acknowledge(from, true);
        }
        let octets = match from.read(&mut block) {
            Ok(0) | Err(_) => break,
            Ok(count) => block.get(..count).unwrap_or_default(),
        };
        if !take(octets, since) {
            break;
        }
    }
}

/// Notes octets where the client is: when they leave it, and when they come to it.
fn note(line: &Line<'_>, direction: Direction, octets: &[u8], since: Instant) {
    let at = Instant::now();
    line.note(|connection| connection.record_since(since, at, direction, octets.len() as u64));
}

/// Notes octets where the server is, at the other end of a distance.
fn note_far(line: &Line<'_>, direction: Direction, octets: &[u8]) {
    let at = Instant::now();
    line.note(|connection| connection.record_far(at, direction, octets.len() as u64));
}

/// Notes octets that leave the client for a distance, when they would leave it if the far end, and not
/// the relay, had to acknowledge those before them: see [the model](super#the-model).
fn note_leaving(line: &Line<'_>, octets: &[u8], since: Instant, schedule: &Schedule) {
    let bytes = octets.len() as u64;
    let held = line.look(|connection| connection.hold(since, Instant::now(), OUT, bytes)).flatten();
    let Some(hold) = held else { return note(line, OUT, octets, since) };
    let from = schedule.left(hold.from);
    let to = from + line.shared.path.round_trip + hold.length();
    match line.wait_for_answer(from + line.shared.path.round_trip, to) {
        // What the server says acknowledges what it has got, and so ends the wait as well.
        true => note(line, OUT, octets, since),
        false => line.note(|connection| connection.record_held(Hold { from, to, ..hold }, OUT)),
    }
}

/// Where octets are handed to their receiver, as many as are to pass.
struct FarEnd<'a> {
    line: &'a Line<'a>,
    direction: Direction,
    /// Whether both ends are one, without a distance in between.
    direct: bool,
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
        Self { line, direction, direct, left }
    }

    /// Hands over octets that were waited for since then, and says whether to go on.
    fn take(&mut self, octets: &[u8], since: Instant) -> bool {
        if let Some(how) = self.line.was_cut() {
            // What nobody reads would be answered by RST.
            return how == How::Close;
        }
        let passing = octets.get(..self.left.unwrap_or(usize::MAX)).unwrap_or(octets);
        self.note(passing, since);
        // Whoever is not there to read this may still have said something: the other direction ends
        // by itself.
        let written = self.write(passing).is_ok();
        if self.direction == Direction::In && self.line.is_flooded() {
            self.line.abandon();
            return false;
        }
        self.left = self.left.map(|left| left.saturating_sub(passing.len()));
        if self.left == Some(0) {
            self.line.sever();
        }
        self.line.was_cut().map_or(written, |how| how == How::Close)
    }

    fn note(&self, octets: &[u8], since: Instant) {
        match self.direction {
            Direction::Out if !self.direct => return note_far(self.line, OUT, octets),
            Direction::In if !self.direct => acknowledge(self.line.receiver(Direction::In), false),
            _ => {}
        }
        note(self.line, self.direction, octets, since);
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

/// Whether what comes is acknowledged at once, or as late as Linux does it.
///
/// The relay ends TCP, so each end gets the relay's acknowledgements instead of the other's. The
/// client's are delayed over a distance, as those of a server that answers quickly: left to itself
/// Linux would see answers that come late, and acknowledge at once. It forgets what it was told when it
/// has waited once, so it is told with each answer. The server's are not delayed: when they come is the
/// client's doing, and nobody is to be charged for the relay's own.
#[cfg(target_os = "linux")]
fn acknowledge(socket: &TcpStream, at_once: bool) {
    use std::os::linux::net::TcpStreamExt as _;
    // If it cannot be had, they come as they would have come.
    let _ = socket.set_quickack(at_once);
}

/// Other systems have no such option.
#[cfg(not(target_os = "linux"))]
fn acknowledge(_: &TcpStream, _: bool) {}

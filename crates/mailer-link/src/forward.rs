//! Forwards the bytes of one direction of a connection, with the delay of the path.

use std::{
    io::Read as _,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Direction, Hold,
    delivery::{Delivery, acknowledge},
    schedule::Schedule,
    socket_pair::SocketPair,
    timer,
};

/// The size of a read in bytes: large enough for any single write of an SMTP client.
const BLOCK: usize = 64 * 1024;

/// The bytes that leave together where the bandwidth is limited: the payload of an Ethernet packet.
const SEGMENT: usize = 1460;

/// The number of blocks or segments that may be in flight in one direction. A sender that is faster has
/// to wait, as with a full TCP window.
const QUEUE: usize = 1024;

/// Forwards the bytes of one direction until their sender closes, and then forwards that end. Nothing
/// leaves before `open`.
pub(crate) fn forward(pair: &SocketPair<'_>, direction: Direction, open: Instant) {
    let mut delivery = Delivery::new(pair, direction);
    if pair.path().is_direct() {
        read_blocks(pair, direction, |bytes, since| delivery.deliver(bytes, since));
    } else {
        let (sender, receiver) = mpsc::sync_channel(QUEUE);
        thread::scope(|scope| {
            let arrivals = || deliver_on_time(receiver, &mut delivery);
            if thread::Builder::new().spawn_scoped(scope, arrivals).is_ok() {
                send_into_queue(pair, direction, Schedule::new(pair.path(), open), &sender);
            }
        });
    }
    pair.end(direction);
}

/// Bytes in flight and when they arrive. No bytes are the end of the direction.
struct InFlight {
    due: Instant,
    bytes: Vec<u8>,
}

/// Reads blocks from the sender, schedules their arrival, and puts them into the queue, with the end last.
fn send_into_queue(
    pair: &SocketPair<'_>,
    direction: Direction,
    mut schedule: Schedule,
    queue: &mpsc::SyncSender<InFlight>,
) {
    let piece = if pair.path().bandwidth.is_some() { SEGMENT } else { BLOCK };
    read_blocks(pair, direction, |bytes, since| {
        match direction {
            Direction::Out => record_leaving(pair, bytes, since, &schedule),
            Direction::In => pair.record_at_server(direction, bytes),
        }
        let now = Instant::now();
        bytes.chunks(piece).all(|piece| {
            let due = schedule.arrival(now, piece.len());
            queue.send(InFlight { due, bytes: piece.to_vec() }).is_ok()
        })
    });
    // Fails if the receiver is gone already, and with it the need for an end.
    let _ = queue.send(InFlight { due: schedule.arrival(Instant::now(), 0), bytes: Vec::new() });
}

/// Takes bytes from the queue and delivers each when it is due.
fn deliver_on_time(queue: mpsc::Receiver<InFlight>, delivery: &mut Delivery<'_>) {
    timer::wake_on_time();
    let since = Instant::now();
    for InFlight { due, bytes } in queue {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if bytes.is_empty() || !delivery.deliver(&bytes, since) {
            break;
        }
    }
}

/// Passes every block that is read to `on_block`, with the time since when the link has waited for it.
/// Stops at the end of the stream, or when `on_block` returns false.
fn read_blocks(
    pair: &SocketPair<'_>,
    direction: Direction,
    mut on_block: impl FnMut(&[u8], Instant) -> bool,
) {
    let mut sender = pair.sender(direction);
    let mut block = vec![0; BLOCK];
    loop {
        let since = Instant::now();
        if pair.acknowledges_at_once(direction) {
            acknowledge(sender, true);
        }
        let bytes = match sender.read(&mut block) {
            Ok(0) | Err(_) => break,
            Ok(count) => block.get(..count).unwrap_or_default(),
        };
        if !on_block(bytes, since) {
            break;
        }
    }
}

/// Records bytes that leave the client on a path with delay. If they look held back, they leave at the
/// time at which the far end's acknowledgement would have let them leave, instead of the relay's: see
/// [the model](crate#the-model).
fn record_leaving(pair: &SocketPair<'_>, bytes: &[u8], since: Instant, schedule: &Schedule) {
    const OUT: Direction = Direction::Out;
    let (now, count) = (Instant::now(), bytes.len() as u64);
    let Some(hold) = pair.read(|connection| connection.hold(since, now, OUT, count)).flatten()
    else {
        return pair.record_at_client(OUT, bytes, since);
    };
    let round_trip: Duration = pair.path().round_trip;
    let from = schedule.free_from(hold.from);
    let to = from + round_trip + hold.length();
    // A reply from the server acknowledges what it has received, and so ends the hold as well.
    if pair.wait_for_answer(from + round_trip, to) {
        pair.record_at_client(OUT, bytes, since);
    } else {
        pair.record_held(Hold { from, to, ..hold }, bytes);
    }
}

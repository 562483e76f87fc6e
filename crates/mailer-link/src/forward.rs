//! Forwards the bytes of one direction of a connection, with the delay of the path.

use std::{
    io::Read as _,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Connection, Direction, Hold,
    acknowledgement::{acknowledge, acknowledge_on_time},
    delivery::Delivery,
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
        pair.end(direction);
    } else {
        let (sender, receiver) = mpsc::sync_channel(QUEUE);
        let (acks, ack_times) = mpsc::channel();
        thread::scope(|scope| {
            // The end does not wait for the last acknowledgements, which arrive later than the last bytes.
            let arrivals = || {
                deliver_on_time(receiver, &mut delivery);
                pair.end(direction);
            };
            let is_started = thread::Builder::new().spawn_scoped(scope, arrivals).is_ok();
            if direction == Direction::In && !pair.client_delays_acks() {
                // Without this thread the relay's system acknowledges, later.
                let was_cut = || pair.was_cut().is_some();
                let acknowledge =
                    move || acknowledge_on_time(pair.sender(direction), &ack_times, was_cut);
                let _ = thread::Builder::new().spawn_scoped(scope, acknowledge);
            } else {
                drop(ack_times);
            }
            if is_started {
                send_into_queue(pair, direction, Schedule::new(pair.path(), open), &sender, &acks);
            } else {
                pair.end(direction);
            }
            drop(acks);
        });
    }
}

/// Bytes in flight and when they arrive. No bytes are the end of the direction.
struct InFlight {
    due: Instant,
    bytes: Vec<u8>,
    /// Whether the server held them back.
    held: bool,
}

/// Reads blocks from the sender, schedules their arrival, and puts them into the queue, with the end last.
/// `acks` gets the times at which the far end's acknowledgement of each block arrives.
fn send_into_queue(
    pair: &SocketPair<'_>,
    direction: Direction,
    mut schedule: Schedule,
    queue: &mpsc::SyncSender<InFlight>,
    acks: &mpsc::Sender<Instant>,
) {
    let piece = if pair.path().bandwidth.is_some() { SEGMENT } else { BLOCK };
    read_blocks(pair, direction, |bytes, since| {
        let mut held = record_leaving(pair, direction, bytes, since, &schedule);
        let now = Instant::now();
        // Fails for a direction whose acknowledgements are left to the system.
        let _ = acks.send(now + pair.path().round_trip);
        bytes.chunks(piece).all(|piece| {
            let due = schedule.arrival(now, piece.len());
            let held = std::mem::take(&mut held);
            queue.send(InFlight { due, bytes: piece.to_vec(), held }).is_ok()
        })
    });
    // Fails if the receiver is gone already, and with it the need for an end.
    let due = schedule.arrival(Instant::now(), 0);
    let _ = queue.send(InFlight { due, bytes: Vec::new(), held: false });
}

/// Takes bytes from the queue and delivers each when it is due.
fn deliver_on_time(queue: mpsc::Receiver<InFlight>, delivery: &mut Delivery<'_>) {
    timer::wake_on_time();
    let since = Instant::now();
    for InFlight { due, bytes, held } in queue {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let mut deliver = || match held {
            true => delivery.deliver_held(&bytes),
            false => delivery.deliver(&bytes, since),
        };
        if bytes.is_empty() || !deliver() {
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
        if let Some(at_once) = pair.acknowledges_at_once(direction) {
            acknowledge(sender, at_once);
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

/// Records bytes that leave their sender on a path with delay, and returns whether the server held them back.
/// If they look held back, they leave at the time at which the far end's acknowledgement would have let them
/// leave, instead of the relay's: see [the model](crate#the-model).
fn record_leaving(
    pair: &SocketPair<'_>,
    direction: Direction,
    bytes: &[u8],
    since: Instant,
    schedule: &Schedule,
) -> bool {
    let (now, count) = (Instant::now(), bytes.len() as u64);
    let find = |connection: &Connection| connection.hold_at_sender(since, now, direction, count);
    let Some(hold) = pair.read(find).flatten() else {
        record_at_sender(pair, direction, bytes, since);
        return false;
    };
    let delay = match direction {
        Direction::In if !pair.client_delays_acks() => Duration::ZERO,
        _ => hold.length(),
    };
    let from = schedule.free_from(hold.from);
    let acknowledged = from + pair.path().round_trip;
    let to = acknowledged + delay;
    // Bytes from the far end acknowledge what it has received, and so end the hold as well.
    let is_ended_early = pair.wait_for_answer(direction, acknowledged, to);
    if direction == Direction::Out && !is_ended_early {
        pair.record_held(Hold { from, to, ..hold }, bytes);
        return false;
    }
    record_at_sender(pair, direction, bytes, since);
    !is_ended_early && direction == Direction::In
}

fn record_at_sender(pair: &SocketPair<'_>, direction: Direction, bytes: &[u8], since: Instant) {
    match direction {
        Direction::Out => pair.record_at_client(direction, bytes, since),
        Direction::In => pair.record_at_server(direction, bytes),
    }
}

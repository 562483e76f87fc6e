//! The kernel's path: a network namespace of this process whose packets are delayed.
//!
//! A packet to the far address comes back from there half an RTT later, with its addresses swapped. So a client
//! that connects to [`FAR`] reaches what listens on [`NEAR`], over the kernel's own TCP at both ends and a path that
//! only delays. Swapping keeps the checksums valid, because they are sums.

mod addresses;
mod capture;
mod interface;
mod namespace;
mod segment;

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use mailer_link::{Connection, timer::wake_on_time};
use tun_rs::{DeviceBuilder, SyncDevice};

pub use addresses::{FAR, NEAR};

use crate::TextResult;
use capture::{Capture, Place};
use interface::Change;
use segment::Segment;

/// The MTU of Ethernet, so that a segment has 1448 bytes of content.
const MTU: u16 = 1500;
/// The length of the device's queue. TCP sends fewer packets at once here, so none is lost.
const QUEUE_LENGTH: u32 = 10_000;

/// The path. It exists until the process ends.
pub struct Tunnel(Arc<Shared>);

/// What its two threads share.
struct Shared {
    device: SyncDevice,
    /// The delay of a packet in nanoseconds.
    delay: AtomicU64,
    capture: Capture,
    /// How late packets were delivered, without those that were due at once because an earlier one was late.
    late: Mutex<Vec<Duration>>,
}

/// A packet, and when it is due.
type DelayedPacket = (Instant, Vec<u8>);

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").field("delay", &self.0.delay).finish_non_exhaustive()
    }
}

impl Tunnel {
    /// Moves this process into a network namespace, which needs no privilege. It must not have started a thread
    /// yet, because only single-threaded processes can enter a user namespace.
    ///
    /// # Errors
    /// A text that says why this system has no such path.
    pub fn open() -> TextResult<Self> {
        namespace::enter()?;
        let failed = |error| format!("the network cannot be set up: {error}");
        // The loopback interface of a new network is down, and the simulated link needs it.
        interface::change(interface::LOOPBACK, Change::Up).map_err(failed)?;
        namespace::settle_congestion_control().map_err(failed)?;
        let device = DeviceBuilder::new().ipv4(NEAR, 24, None).mtu(MTU);
        let device = device.build_sync().map_err(|error| format!("no tun device: {error}"))?;
        let index = device.if_index().map_err(failed)?;
        interface::change(index, Change::QueueLength(QUEUE_LENGTH)).map_err(failed)?;
        let shared = Arc::new(Shared {
            device,
            delay: AtomicU64::new(0),
            capture: Capture::default(),
            late: Mutex::default(),
        });
        let (sender, receiver) = mpsc::channel();
        let (departing, arriving) = (Arc::clone(&shared), Arc::clone(&shared));
        let spawn = thread::Builder::new;
        spawn().name("arriving".into()).spawn(move || arriving.arrive(receiver)).map_err(failed)?;
        spawn()
            .name("departing".into())
            .spawn(move || departing.depart(&sender))
            .map_err(failed)?;
        Ok(Self(shared))
    }

    /// Delays packets by half of this RTT from now on.
    pub fn set_round_trip(&self, round_trip: Duration) {
        // The limit is several hundred years.
        let delay = u64::try_from(round_trip.as_nanos() / 2).unwrap_or(u64::MAX);
        self.0.delay.store(delay, Ordering::Relaxed);
    }

    /// Waits until the connections to this port have ended, and returns what has passed on each.
    pub fn finish(&self, port: u16) -> Vec<Connection> {
        self.0.capture.finish(port)
    }

    /// Returns how many packets so far were retransmissions.
    pub fn retransmitted(&self) -> u64 {
        self.0.capture.retransmitted()
    }

    /// Returns how late packets were delivered so far.
    pub fn late(&self) -> Vec<Duration> {
        self.0.late.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    /// Reads the packets that the kernel sends, and swaps their addresses.
    fn depart(&self, sender: &mpsc::Sender<DelayedPacket>) -> io::Result<()> {
        let mut buffer = [0; MTU as usize];
        loop {
            let count = self.device.recv(&mut buffer)?;
            let now = Instant::now();
            let mut packet = buffer.get(..count).unwrap_or_default().to_vec();
            // The kernel also sends packets of IPv6.
            let Some(segment) = Segment::parse(&packet) else { continue };
            self.capture.record(now, &segment, Place::Departure);
            segment::swap_addresses(&mut packet);
            let delay = Duration::from_nanos(self.delay.load(Ordering::Relaxed));
            if sender.send((now + delay, packet)).is_err() {
                return Ok(());
            }
        }
    }

    /// Writes packets back to the kernel when they are due.
    fn arrive(&self, receiver: mpsc::Receiver<DelayedPacket>) -> io::Result<()> {
        wake_on_time();
        for (due, packet) in receiver {
            let left = due.saturating_duration_since(Instant::now());
            thread::sleep(left);
            let now = Instant::now();
            if !left.is_zero() {
                let late = now.saturating_duration_since(due);
                self.late.lock().unwrap_or_else(PoisonError::into_inner).push(late);
            }
            if let Some(segment) = Segment::parse(&packet) {
                self.capture.record(now, &segment, Place::Arrival);
            }
            self.device.send(&packet)?;
        }
        Ok(())
    }
}

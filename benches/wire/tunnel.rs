//! The kernel's path: a network of this process alone, whose packets take as long as they are told.
//!
//! What leaves for the far address comes back from it half a round trip later, addresses swapped: a
//! client that connects to [`FAR`] reaches what listens on [`NEAR`], over the kernel's own TCP at both
//! ends and a way that only delays. Swapping keeps the checksums right, since they are sums.

mod capture;
mod interface;
mod namespace;
mod segment;

use std::{
    io,
    net::Ipv4Addr,
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

use crate::Outcome;
use capture::{Capture, Place};
use interface::Change;
use segment::Segment;

/// Where servers listen: an address for documentation (RFC 5737), which no machine has.
pub(crate) const NEAR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// Where clients find them.
pub(crate) const FAR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// Ethernet's, so that a segment has 1448 octets of content.
const MTU: u16 = 1500;
/// More packets than TCP sends at once here, so that none is lost.
const QUEUE: u32 = 10_000;

/// The path. It is there as long as the process.
pub(crate) struct Tunnel(Arc<Shared>);

/// What its two threads have in common.
struct Shared {
    device: SyncDevice,
    /// Nanoseconds that a packet takes.
    delay: AtomicU64,
    capture: Capture,
    /// How much later than due packets came that were waited for; those behind them came as fast as
    /// the kernel takes them.
    late: Mutex<Vec<Duration>>,
}

/// A packet on its way, and when it arrives.
type Late = (Instant, Vec<u8>);

impl Tunnel {
    /// Moves this process into a network of its own, for which it needs no privilege. No thread may
    /// have been started yet: a user namespace is entered by whole processes.
    pub(crate) fn open() -> Outcome<Self> {
        namespace::enter()?;
        let failed = |error| format!("the network cannot be set up: {error}");
        // A new network has it down, and the lab's link runs on it.
        interface::change(interface::LOOPBACK, Change::Up).map_err(failed)?;
        namespace::settle_congestion_control().map_err(failed)?;
        let device = DeviceBuilder::new().ipv4(NEAR, 24, None).mtu(MTU);
        let device = device.build_sync().map_err(|error| format!("no tun device: {error}"))?;
        let index = device.if_index().map_err(failed)?;
        interface::change(index, Change::Queue(QUEUE)).map_err(failed)?;
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

    /// From now on packets take half of this.
    pub(crate) fn set_round_trip(&self, round_trip: Duration) {
        // More than half a thousand years are not asked for.
        let delay = u64::try_from(round_trip.as_nanos() / 2).unwrap_or(u64::MAX);
        self.0.delay.store(delay, Ordering::Relaxed);
    }

    /// Waits until the connections to this port have ended, and gives what has passed on each.
    pub(crate) fn finish(&self, port: u16) -> Vec<Connection> {
        self.0.capture.finish(port)
    }

    /// How many packets so far had content that had passed before.
    pub(crate) fn sent_again(&self) -> u64 {
        self.0.capture.sent_again()
    }

    /// How much later than due packets came so far that were waited for.
    pub(crate) fn late(&self) -> Vec<Duration> {
        self.0.late.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    /// Takes what the kernel sends, and turns it round.
    fn depart(&self, sender: &mpsc::Sender<Late>) -> io::Result<()> {
        let mut buffer = [0; MTU as usize];
        loop {
            let count = self.device.recv(&mut buffer)?;
            let now = Instant::now();
            let mut packet = buffer.get(..count).unwrap_or_default().to_vec();
            // The system may say something in IPv6 unasked.
            let Some(segment) = Segment::of(&packet) else { continue };
            self.capture.see(now, &segment, Place::Departure);
            segment::turn_round(&mut packet);
            let delay = Duration::from_nanos(self.delay.load(Ordering::Relaxed));
            if sender.send((now + delay, packet)).is_err() {
                return Ok(());
            }
        }
    }

    /// Hands packets back to the kernel, when they are due.
    fn arrive(&self, receiver: mpsc::Receiver<Late>) -> io::Result<()> {
        wake_on_time();
        for (due, packet) in receiver {
            let left = due.saturating_duration_since(Instant::now());
            thread::sleep(left);
            let now = Instant::now();
            if !left.is_zero() {
                let late = now.saturating_duration_since(due);
                self.late.lock().unwrap_or_else(PoisonError::into_inner).push(late);
            }
            if let Some(segment) = Segment::of(&packet) {
                self.capture.see(now, &segment, Place::Arrival);
            }
            self.device.send(&packet)?;
        }
        Ok(())
    }
}

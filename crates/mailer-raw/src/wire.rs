//! The TCP stream below TLS: a deadline on everything, counts of everything.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    deadline::{after, is_timeout},
    inbox::Inbox,
    server_hello::ServerHello,
};

/// A write that makes no progress for this long looks whether the server is writing too.
const STALL: Duration = Duration::from_millis(20);
/// Octets gathered at most before they are written, flush or not.
const MAX_OUTBOX: usize = 64 * 1024;
/// How far the time-out in the kernel may be off before a system call corrects it.
const SLACK: Duration = Duration::from_millis(5);
/// The longest time-out that is set in the kernel: a read that ends by it looks at the deadline and
/// goes on. All steps with more time than this then share one setting, and need no system call.
const LONGEST_READ: Duration = Duration::from_secs(60);

/// A TCP stream whose reads and writes end at a deadline.
///
/// A deadline is absolute: bytes that drip in do not extend it, whether they are replies or the
/// records of a TLS handshake. The kernel only knows time-outs per system call, so the time that
/// remains is set before a call, where it changed much.
///
/// Two sides that both write and do not read stand still for ever. A write here that makes no
/// progress therefore takes in what has arrived, puts it aside, and goes on (RFC 2920 §3.1 leaves
/// this to the client).
#[derive(Debug)]
pub(crate) struct Wire {
    socket: TcpStream,
    deadline: Instant,
    pace: Option<Pace>,
    read_timeout: Duration,
    /// Whether what arrives is acknowledged at once.
    prompt: bool,
    inbox: Inbox,
    /// Under TLS: records that are to leave in one write.
    outbox: Vec<u8>,
    /// Whether what is written waits in the outbox for a flush.
    gathers: bool,
    hello: ServerHello,
    counts: Counts,
    /// Whether a read that finds nothing ends at once.
    nonblocking: bool,
    /// Shared with who hands the stream to the TLS library and gets no stream back.
    timed_out: Arc<AtomicBool>,
}

/// How fast a write has to get on.
#[derive(Clone, Copy, Debug)]
struct Pace {
    limit: Duration,
    /// Octets since the deadline was moved.
    written: usize,
}

impl Pace {
    /// Octets that are written within the limit.
    const STEP: usize = 64 * 1024;

    /// Goes on by so many octets; gives the next deadline where they complete a step.
    fn step(&mut self, octets: usize) -> Option<Instant> {
        self.written += octets;
        if self.written < Self::STEP {
            return None;
        }
        self.written = 0;
        Some(after(self.limit))
    }
}

/// What a connection has cost so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// System calls that wrote something.
    pub(crate) writes: u64,
}

impl Wire {
    /// Takes a connected socket.
    pub(crate) fn new(socket: TcpStream, deadline: Instant, nagle: bool) -> io::Result<Self> {
        // The last write of a flight completes it, so there is nothing that Nagle's algorithm could
        // gather. Under TLS it would even hold back what follows the client's Finished.
        if !nagle {
            socket.set_nodelay(true)?;
        }
        socket.set_write_timeout(Some(STALL))?;
        Ok(Self {
            socket,
            deadline,
            pace: None,
            read_timeout: Duration::ZERO,
            prompt: false,
            inbox: Inbox::default(),
            outbox: Vec::new(),
            gathers: false,
            hello: ServerHello::default(),
            counts: Counts::default(),
            nonblocking: false,
            timed_out: Arc::default(),
        })
    }

    /// From now on, reads and writes end here.
    pub(crate) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
        self.pace = None;
    }

    /// From now on, writes have this time for every 64 KiB, so that a slow line is no time-out and a
    /// line that stands still is.
    pub(crate) fn set_pace(&mut self, limit: Duration) {
        self.deadline = after(limit);
        self.pace = Some(Pace { limit, written: 0 });
    }

    /// Whether a read that finds nothing ends at once, with `WouldBlock`, instead of waiting.
    pub(crate) fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        self.nonblocking = nonblocking;
        self.socket.set_nonblocking(nonblocking)
    }

    /// What comes and goes from now on is TLS. OpenSSL writes records of 16 KiB one by one: they are
    /// gathered until a flush, so that they leave in one system call, and in as few segments as can be.
    pub(crate) fn expect_tls(&mut self) {
        self.hello.watch();
        self.gathers = true;
    }

    /// Whether what arrives is acknowledged at once, or when the system sees fit: up to 40 ms later.
    ///
    /// A server may write twice before we have anything to say: after a TLS 1.3 handshake its session
    /// tickets, and then its greeting or its answer to EHLO. If it leaves Nagle's algorithm on, as
    /// Postfix does, its second write waits for our acknowledgement of the first.
    pub(crate) fn acknowledge_at_once(&mut self, prompt: bool) {
        self.prompt = prompt;
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// The TLS version that the server chose, if its ServerHello came by.
    pub(crate) fn tls_version(&self) -> Option<&'static str> {
        self.hello.version()
    }

    /// Tells, even after the stream is gone, whether it ended by its deadline.
    pub(crate) fn timed_out(&self) -> Arc<AtomicBool> {
        self.timed_out.clone()
    }

    /// Ends the connection in both directions.
    pub(crate) fn shut_down(&self) {
        // It may be gone already, and nothing depends on it any more.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// The time that remains, or the error if none does.
    fn remaining(&self) -> io::Result<Duration> {
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            self.timed_out.store(true, Ordering::Relaxed);
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(remaining)
    }

    /// The system falls back to its own ways after a while, so it is told again before each read.
    #[cfg(target_os = "linux")]
    fn limit_delay(&self) -> io::Result<()> {
        use std::os::linux::net::TcpStreamExt as _;
        if self.prompt { self.socket.set_quickack(true) } else { Ok(()) }
    }

    /// Other systems have no such option.
    #[cfg(not(target_os = "linux"))]
    fn limit_delay(&self) -> io::Result<()> {
        Ok(())
    }

    /// Makes the kernel's time-out for reads what remains, give or take.
    fn limit_read(&mut self) -> io::Result<()> {
        let remaining = self.remaining()?.min(LONGEST_READ);
        if self.read_timeout > remaining + SLACK || self.read_timeout < remaining / 2 {
            self.socket.set_read_timeout(Some(remaining))?;
            self.read_timeout = remaining;
        }
        Ok(())
    }

    /// Takes in what has arrived, without waiting for more. Whoever says so much and reads nothing is
    /// not heard out.
    fn drain(&mut self) -> io::Result<()> {
        if self.inbox.is_full() {
            return Err(io::Error::other("the server talks and does not listen"));
        }
        self.socket.set_nonblocking(true)?;
        let drained = self.inbox.fill(&self.socket);
        self.socket.set_nonblocking(false)?;
        drained
    }
}

impl Wire {
    /// Writes what the system takes of it.
    fn write_some(&mut self, buffer: &[u8]) -> io::Result<usize> {
        loop {
            match self.socket.write(buffer) {
                Ok(count) => {
                    self.counts.writes += 1;
                    if let Some(deadline) = self.pace.as_mut().and_then(|pace| pace.step(count)) {
                        self.deadline = deadline;
                    }
                    return Ok(count);
                }
                Err(error) if is_timeout(&error) => self.drain()?,
                Err(error) => return Err(error),
            }
            self.remaining()?;
        }
    }

    /// Writes what was gathered. It is kept where it is taken out, for the room it has.
    fn write_outbox(&mut self) -> io::Result<()> {
        let mut gathered = std::mem::take(&mut self.outbox);
        let mut rest = gathered.as_slice();
        while !rest.is_empty() {
            match self.write_some(rest)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => rest = rest.get(count..).unwrap_or_default(),
            }
        }
        gathered.clear();
        self.outbox = gathered;
        Ok(())
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Whoever waits for an answer has said all.
        self.flush()?;
        if let Some(count) = self.inbox.take(buffer) {
            return Ok(count);
        }
        loop {
            self.limit_read()?;
            self.limit_delay()?;
            match self.socket.read(buffer) {
                Ok(count) => {
                    self.hello.see(buffer.get(..count).unwrap_or_default());
                    return Ok(count);
                }
                Err(error) if is_timeout(&error) && !self.nonblocking => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if !self.gathers {
            return self.write_some(buffer);
        }
        self.outbox.extend_from_slice(buffer);
        if self.outbox.len() >= MAX_OUTBOX {
            self.write_outbox()?;
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.outbox.is_empty() { Ok(()) } else { self.write_outbox() }
    }
}

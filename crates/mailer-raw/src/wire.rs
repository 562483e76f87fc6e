//! The TCP stream below TLS, with a deadline for every read and write.

use std::{
    io::{self, IoSlice, Read, Write},
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

/// After this time without progress, a write checks whether the server is writing too.
const STALL: Duration = Duration::from_millis(20);
/// About how many bytes of TLS records are encrypted and written together at most. docs/tls.md compares sizes.
pub const TLS_BATCH: usize = 64 * 1024;
/// The size in bytes of the first batch of a large flight, so that the server can decrypt while the client encrypts the
/// rest. Each further batch has twice the size of the one before, up to [`TLS_BATCH`].
const FIRST_BATCH: usize = 16 * 1024;
/// The minimum number of bytes that a read inside TLS asks the system for. Some replies, or most of a server's
/// certificates, fit into it.
const READ_AHEAD: usize = 4 * 1024;
/// The tolerated deviation of the kernel's time-out. A larger one is corrected with a system call.
const SLACK: Duration = Duration::from_millis(5);
/// The maximum time-out that is set in the kernel; a read that exceeds it checks the deadline and
/// continues. All steps with longer limits share this setting and need no system call.
const LONGEST_READ: Duration = Duration::from_secs(60);

/// A TCP stream whose reads and writes end at a deadline.
///
/// A deadline is absolute: a server cannot extend it by sending replies, or records of the TLS handshake,
/// byte by byte. The kernel has time-outs per system call only, so the remaining time is set before a
/// call if it has changed much.
///
/// If both sides write and neither reads, they deadlock. A write that makes no progress therefore reads
/// what has arrived into the inbox and continues (RFC 2920 §3.1 makes the client responsible).
#[derive(Debug)]
pub(crate) struct Wire {
    socket: TcpStream,
    deadline: Instant,
    /// A deadline for the whole call, which overrides later ones.
    end: Option<Instant>,
    pace: Option<Pace>,
    read_timeout: Duration,
    /// Whether ACKs are left to the system.
    delayed_ack: bool,
    /// Whether something was read since the last write.
    has_answer: bool,
    inbox: Inbox,
    /// TLS records that are not written yet.
    outbox: Vec<u8>,
    /// The size in bytes from which the outbox is written without a flush. It grows in a large flight.
    next_batch: usize,
    /// The size that `next_batch` grows to.
    max_batch: usize,
    /// Whether writes go to the outbox until a flush.
    gathers: bool,
    hello: ServerHello,
    counts: Counts,
    /// Whether a read returns `WouldBlock` instead of waiting.
    nonblocking: bool,
    /// Whether a deadline has passed. It is shared, because the TLS library does not return the stream of a
    /// failed handshake.
    timed_out: Arc<AtomicBool>,
}

/// The minimum speed of a write.
#[derive(Clone, Copy, Debug)]
struct Pace {
    limit: Duration,
    /// The bytes written since the deadline was moved.
    written: usize,
}

impl Pace {
    /// The bytes that must be written within the limit.
    const STEP: usize = 64 * 1024;

    /// Counts written bytes and returns the next deadline if they complete a step.
    fn step(&mut self, bytes: usize) -> Option<Instant> {
        self.written += bytes;
        if self.written < Self::STEP {
            return None;
        }
        self.written = 0;
        Some(after(self.limit))
    }
}

/// Counts of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// The number of system calls that wrote data.
    pub(crate) writes: u64,
}

impl Wire {
    /// Wraps a connected socket.
    pub(crate) fn new(socket: TcpStream, deadline: Instant, nagle: bool) -> io::Result<Self> {
        // The last write of a flight completes it, so Nagle's algorithm could not combine anything. With
        // TLS it would also delay the data after the client's Finished.
        if !nagle {
            socket.set_nodelay(true)?;
        }
        socket.set_write_timeout(Some(STALL))?;
        Ok(Self {
            socket,
            deadline,
            end: None,
            pace: None,
            read_timeout: Duration::ZERO,
            delayed_ack: false,
            has_answer: false,
            inbox: Inbox::default(),
            outbox: Vec::new(),
            next_batch: TLS_BATCH,
            max_batch: TLS_BATCH,
            gathers: false,
            hello: ServerHello::default(),
            counts: Counts::default(),
            nonblocking: false,
            timed_out: Arc::default(),
        })
    }

    /// Sets the deadline for reads and writes.
    pub(crate) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
        self.pace = None;
    }

    /// Sets the deadline for the whole call: no other deadline exceeds it.
    pub(crate) fn set_end(&mut self, end: Option<Instant>) {
        self.end = end;
    }

    /// Sets the limit for writing each 64 KiB, so that a slow path does not time out but a stalled one
    /// does.
    pub(crate) fn set_pace(&mut self, limit: Duration) {
        self.deadline = after(limit);
        self.pace = Some(Pace { limit, written: 0 });
    }

    /// Sets whether a read returns `WouldBlock` instead of waiting.
    pub(crate) fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        self.nonblocking = nonblocking;
        self.socket.set_nonblocking(nonblocking)
    }

    /// Prepares for TLS. TLS libraries write records of 16 KiB one by one. They are collected until a flush or until
    /// a batch is full, and each batch is written with one system call, in as few segments as possible.
    pub(crate) fn expect_tls(&mut self) {
        self.hello.watch();
        self.gathers = true;
    }

    /// Sets the maximum number of bytes of TLS records that are written together.
    pub(crate) fn set_max_batch(&mut self, bytes: usize) {
        self.max_batch = bytes;
    }

    /// Prepares for a flight of this many bytes inside TLS. A flight below the maximum of a batch leaves with one system
    /// call; a larger one begins with a small batch.
    pub(crate) fn begin_flight(&mut self, bytes: usize) {
        let is_small = bytes < self.max_batch;
        self.next_batch = if is_small { self.max_batch } else { FIRST_BATCH.min(self.max_batch) };
    }

    /// Returns the size of the next batch of TLS records in bytes.
    pub(crate) fn next_batch(&self) -> usize {
        self.next_batch
    }

    /// Sets whether ACKs are left to the system, also that of a part of an answer.
    pub(crate) fn set_delayed_ack(&mut self, delayed_ack: bool) {
        self.delayed_ack = delayed_ack;
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Returns the TLS version that the server chose, if its ServerHello was seen.
    pub(crate) fn tls_version(&self) -> Option<&'static str> {
        self.hello.version()
    }

    /// Returns a flag that is set when a deadline passes. It outlives the stream.
    pub(crate) fn timed_out(&self) -> Arc<AtomicBool> {
        self.timed_out.clone()
    }

    /// Ends the connection in both directions.
    pub(crate) fn shut_down(&self) {
        // The connection may be closed already, so an error does not matter.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Returns the remaining time, or an error if the deadline has passed.
    fn remaining(&self) -> io::Result<Duration> {
        let deadline = self.end.map_or(self.deadline, |end| end.min(self.deadline));
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            self.timed_out.store(true, Ordering::Relaxed);
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(remaining)
    }

    /// Acknowledges the part of an answer that has arrived, before the client waits for the rest (`TCP_QUICKACK`).
    /// Linux would delay that ACK by 40 ms or more, and a server that leaves Nagle's algorithm on sends the rest only
    /// after it: Haraka in a group of replies, and Postfix between its session tickets and its reply to EHLO. An
    /// answer that arrives at once costs no system call here, and no additional ACK.
    #[cfg(target_os = "linux")]
    fn acknowledge_part(&self) -> io::Result<()> {
        use std::os::linux::net::TcpStreamExt as _;
        let waits = self.has_answer && !self.nonblocking && !self.delayed_ack;
        // The kernel goes back to delayed ACKs after a write, so this is repeated.
        if waits { self.socket.set_quickack(true) } else { Ok(()) }
    }

    /// Other systems have no such option.
    #[cfg(not(target_os = "linux"))]
    fn acknowledge_part(&self) -> io::Result<()> {
        Ok(())
    }

    /// Sets the kernel's time-out for reads to about the remaining time.
    fn limit_read(&mut self) -> io::Result<()> {
        let remaining = self.remaining()?.min(LONGEST_READ);
        if self.read_timeout > remaining + SLACK || self.read_timeout < remaining / 2 {
            self.socket.set_read_timeout(Some(remaining))?;
            self.read_timeout = remaining;
        }
        Ok(())
    }

    /// Reads once from the socket. OpenSSL asks for the head of each TLS record and then for its body. Both are read
    /// with one system call, and the inbox keeps what was not asked for yet.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.gathers && buffer.len() < READ_AHEAD {
            self.hello.see(self.inbox.read_once(&self.socket, READ_AHEAD)?);
            return Ok(self.inbox.take(buffer).unwrap_or_default());
        }
        let count = self.socket.read(buffer)?;
        self.hello.see(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    /// Reads what has arrived into the inbox, without waiting. A server that fills the inbox without
    /// reading is an error.
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
    /// Writes these parts one after the other, with as few system calls as the socket allows.
    pub(crate) fn write_parts<const N: usize>(&mut self, parts: [&[u8]; N]) -> io::Result<()> {
        let mut slices = parts.map(IoSlice::new);
        let mut rest = slices.as_mut_slice();
        // Drops empty parts at the front.
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            match self.write_some(rest)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => IoSlice::advance_slices(&mut rest, count),
            }
        }
        Ok(())
    }

    /// Writes as much of the parts as the system accepts.
    fn write_some(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            match self.socket.write_vectored(parts) {
                Ok(count) => {
                    self.counts.writes += 1;
                    self.has_answer = false;
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

    /// Writes the outbox and keeps its buffer.
    fn write_outbox(&mut self) -> io::Result<()> {
        let mut gathered = std::mem::take(&mut self.outbox);
        self.write_parts([&gathered])?;
        gathered.clear();
        self.outbox = gathered;
        self.next_batch = (2 * self.next_batch).min(self.max_batch);
        Ok(())
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Before a read, everything buffered is flushed.
        self.flush()?;
        if let Some(count) = self.inbox.take(buffer) {
            return Ok(count);
        }
        loop {
            self.limit_read()?;
            self.acknowledge_part()?;
            match self.receive(buffer) {
                Ok(count) => {
                    self.has_answer = true;
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
            return self.write_some(&[IoSlice::new(buffer)]);
        }
        self.outbox.extend_from_slice(buffer);
        if self.outbox.len() >= self.next_batch {
            self.write_outbox()?;
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.outbox.is_empty() { Ok(()) } else { self.write_outbox() }
    }
}

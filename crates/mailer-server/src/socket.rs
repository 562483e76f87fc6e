//! A client's socket, with an absolute time limit on every step.
//!
//! A time-out per read is not enough, because a client that sends one byte per minute never exceeds
//! it. So each read waits at most for the rest of its step (a command, a TLS handshake, a piece of
//! content) and of the session.

use std::{
    io::{self, ErrorKind, Read as _, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use socket2::SockRef;

use crate::{buffer::Buffer, stop::Stop};

/// The most bytes of one read.
pub(crate) const READ: usize = 64 * 1024;

/// How long the server reads from a connection that it has closed.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum End {
    #[error("the client disconnected, or TLS failed")]
    Gone,
    #[error("the client took too long")]
    StepTimedOut,
    #[error("the session lasted too long")]
    SessionTimedOut,
    #[error("the server is stopping")]
    Stopping,
    #[error("the server has sent its last reply")]
    Closed,
    #[error("a fault resets the connection")]
    Reset,
}

/// A socket with two deadlines.
pub(crate) struct Socket {
    stream: Arc<TcpStream>,
    /// The time limit of the current step.
    step: Duration,
    /// When the step must end. A step begins with its first read.
    step_deadline: Option<Instant>,
    /// When the session must end; None is never.
    session_deadline: Option<Instant>,
    /// When writes must end: one step after the session, so that the last replies are sent.
    write_deadline: Option<Instant>,
    /// The read time-out of the socket, which is set only when it changes.
    timeout: Duration,
}

impl Socket {
    /// Prepares a socket: sets the limits of the session and of each step. `nodelay` turns off Nagle's
    /// algorithm.
    ///
    /// # Errors
    /// If the socket's options cannot be set: the client is gone.
    pub(crate) fn new(
        stream: Arc<TcpStream>,
        step: Duration,
        session: Duration,
        nodelay: bool,
    ) -> io::Result<Self> {
        stream.set_nodelay(nodelay)?;
        stream.set_read_timeout(Some(step))?;
        stream.set_write_timeout(Some(step))?;
        let session_deadline = Instant::now().checked_add(session);
        let write_deadline = session_deadline.and_then(|deadline| deadline.checked_add(step));
        let (timeout, step_deadline) = (step, None);
        Ok(Self { stream, step, step_deadline, session_deadline, write_deadline, timeout })
    }

    /// Begins a step that may last for `limit` from its first read.
    pub(crate) fn begin_step(&mut self, limit: Duration) {
        self.step = limit;
        self.step_deadline = None;
    }

    /// Appends the bytes of one read to the buffer, which must have room.
    ///
    /// # Errors
    /// [`End::Stopping`] if the server is stopping, [`End::Gone`] at the end of the stream, and the two
    /// time-outs.
    pub(crate) fn receive(&mut self, into: &mut Buffer, stop: &Stop) -> Result<(), End> {
        if stop.is_set() {
            return Err(End::Stopping);
        }
        let count = self.read(into.room())?;
        into.grow(count);
        match count {
            0 if stop.is_set() => Err(End::Stopping),
            0 => Err(End::Gone),
            _ => Ok(()),
        }
    }

    fn read(&mut self, room: &mut [u8]) -> Result<usize, End> {
        loop {
            let timed_out = self.set_timeout()?;
            match (&*self.stream).read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(timed_out),
                Err(_) => return Err(End::Gone),
                Ok(count) => return Ok(count),
            }
        }
    }

    /// Sets the time-out of the next read to the earlier of the two deadlines, and returns the end that
    /// applies if nothing arrives by then.
    fn set_timeout(&mut self) -> Result<End, End> {
        let now = Instant::now();
        let step = match self.step_deadline {
            Some(deadline) => deadline.saturating_duration_since(now),
            None => {
                self.step_deadline = now.checked_add(self.step);
                self.step
            }
        };
        let session = self.session_deadline.map(|at| at.saturating_duration_since(now));
        let (left, late) = match session {
            Some(session) if session < step => (session, End::SessionTimedOut),
            _ => (step, End::StepTimedOut),
        };
        if left.is_zero() {
            return Err(late);
        }
        if left != self.timeout {
            self.stream.set_read_timeout(Some(left)).map_err(|_| End::Gone)?;
            self.timeout = left;
        }
        Ok(late)
    }

    /// Replaces the deadlines of writes by `time`, for a last reply to a client that was too slow.
    pub(crate) fn finish_within(&mut self, time: Duration) {
        self.write_deadline = Instant::now().checked_add(time);
        // If this fails, the reply waits longer for a client that does not read.
        let _ = self.stream.set_write_timeout(Some(time));
    }

    /// Ends the connection with FIN, then reads for [`LINGER`] what the client still sends: closing
    /// with unread input would send RST, which can overtake the last reply.
    pub(crate) fn close(&mut self, unused: &mut Buffer, stop: &Stop) {
        self.begin_step(LINGER);
        self.session_deadline = None;
        let mut closed = self.stream.shutdown(Shutdown::Write).is_ok();
        while closed {
            unused.clear();
            closed = self.receive(unused, stop).is_ok();
        }
    }

    /// Ends the connection with RST once it is dropped.
    pub(crate) fn reset(&self) {
        // If this fails, the connection ends with FIN.
        let _ = SockRef::from(&*self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Returns the socket itself, for operations without a limit.
    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

/// A write has the time limit of the first step.
impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.write_deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(ErrorKind::TimedOut.into());
        }
        (&*self.stream).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns whether a read timed out. Operating systems differ in the kind of this error.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

//! The connection to the master: a ZeroMQ DEALER over one TCP connection.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs},
    sync::mpsc::{self, Receiver, SyncSender},
    thread,
    time::{Duration, Instant},
};

use mailer::{Error, Kind};

use crate::zmtp::{self, Decoder, Frame};

/// Messages from the master that are not handled yet. With more, the master has to wait.
const QUEUE: usize = 64;

/// What the connection delivers.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// A message of the master.
    Message(Vec<u8>),
    /// The connection broke, or the master closed it.
    Lost(String),
    /// The master does not speak ZeroMQ as Locust does.
    NotLocust(String),
}

/// A connection to the master, with an identity of its own.
#[derive(Debug)]
pub(crate) struct Dealer {
    stream: TcpStream,
    /// How long one message may take to leave.
    limit: Duration,
    deliveries: Receiver<Delivery>,
}

impl Dealer {
    /// Connects to `master` (`host:port`) as `identity`. TCP, to each address, and the handshake may take `limit`.
    ///
    /// # Errors
    /// [`Kind::Unreachable`] if there is no connection, and [`Kind::Protocol`] if the peer speaks something else.
    pub(crate) fn connect(master: &str, identity: &str, limit: Duration) -> Result<Self, Error> {
        let stream = connect(master, limit).map_err(|cause| unreachable(master, &cause))?;
        stream.set_nodelay(true).map_err(|cause| unreachable(master, &cause))?;
        let mut frames = Frames {
            stream,
            decoder: Decoder::default(),
            deadline: Instant::now().checked_add(limit),
        };
        frames.shake_hands(identity, limit).map_err(|problem| match problem {
            Delivery::NotLocust(cause) => not_locust(master, cause),
            Delivery::Lost(cause) => unreachable(master, &io::Error::other(cause)),
            Delivery::Message(_) => not_locust(master, "it sends a message first".to_owned()),
        })?;
        let start = || {
            frames.deadline = None;
            frames.stream.set_read_timeout(None)?;
            let stream = frames.stream.try_clone()?;
            let (sender, deliveries) = mpsc::sync_channel(QUEUE);
            let reader = thread::Builder::new().name("master".into());
            reader.spawn(move || frames.deliver(&sender))?;
            Ok(Self { stream, limit, deliveries })
        };
        start().map_err(|cause: io::Error| unreachable(master, &cause))
    }

    /// Sends a message. When this returns, the system has all of it.
    ///
    /// # Errors
    /// If the connection is lost, or the master does not read the message in time. Then a part of it may have left, and
    /// the connection cannot be used any more.
    pub(crate) fn send(&mut self, body: &[u8]) -> io::Result<()> {
        write(&self.stream, &zmtp::message(body), self.limit)
    }

    /// Returns what arrives next; `None` if nothing arrives in time.
    pub(crate) fn receive(&self, limit: Duration) -> Option<Delivery> {
        match self.deliveries.recv_timeout(limit) {
            Ok(delivery) => Some(delivery),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Some(Delivery::Lost("the connection is closed".to_owned()))
            }
        }
    }
}

impl Drop for Dealer {
    fn drop(&mut self) {
        // This ends the thread that reads. It fails if the connection is lost, and then the thread has ended.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn connect(master: &str, limit: Duration) -> io::Result<TcpStream> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in master.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, limit) {
            Ok(stream) => return Ok(stream),
            Err(cause) => failure = cause,
        }
    }
    Err(failure)
}

/// Writes all bytes within the limit. If the limit applied to each write instead, a master that reads a byte now and
/// then could hold the worker, which cannot stop its users meanwhile.
fn write(mut stream: &TcpStream, mut bytes: &[u8], limit: Duration) -> io::Result<()> {
    let start = Instant::now();
    while !bytes.is_empty() {
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it does not read what is sent"));
        }
        stream.set_write_timeout(Some(left))?;
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(cause) if is_late(&cause) || cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}

/// Returns whether a write has reached its limit, which systems report in two ways.
fn is_late(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// The frames of the master.
struct Frames {
    stream: TcpStream,
    decoder: Decoder,
    /// When the handshake must be over; `None` after it.
    deadline: Option<Instant>,
}

impl Frames {
    fn shake_hands(&mut self, identity: &str, limit: Duration) -> Result<(), Delivery> {
        let lost = |cause: io::Error| Delivery::Lost(cause.to_string());
        write(&self.stream, &zmtp::greeting(), limit).map_err(lost)?;
        let refuse = |what: &str| Err(Delivery::NotLocust(what.to_owned()));
        if self.next()? != Frame::Greeting {
            return refuse("it sends no greeting");
        }
        write(&self.stream, &zmtp::ready(identity), limit).map_err(lost)?;
        match self.next()? {
            Frame::Command(name, data) if name == b"READY" => {
                let is_router = data.windows(6).any(|part| part == b"ROUTER");
                if is_router { Ok(()) } else { refuse("its socket is not a ROUTER") }
            }
            Frame::Command(..) => refuse("it refuses the connection"),
            frame => refuse(&format!("it sends {frame:?} and not READY")),
        }
    }

    fn next(&mut self) -> Result<Frame, Delivery> {
        let mut bytes = [0; 4096];
        loop {
            let frame = self.decoder.next_frame();
            if let Some(frame) = frame.map_err(|it| Delivery::NotLocust(it.to_string()))? {
                return Ok(frame);
            }
            self.limit_read()?;
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(Delivery::Lost("it closed the connection".to_owned())),
                Ok(count) => self.decoder.push(bytes.get(..count).unwrap_or_default()),
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(Delivery::Lost(cause.to_string())),
            }
        }
    }

    /// Limits the next read to the time that is left. Limiting each read alone would let a peer that sends a byte now and
    /// then hold the handshake for ever.
    fn limit_read(&self) -> Result<(), Delivery> {
        let Some(deadline) = self.deadline else { return Ok(()) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Delivery::Lost("it did not complete the handshake in time".to_owned()));
        }
        let limited = self.stream.set_read_timeout(Some(left));
        limited.map_err(|cause| Delivery::Lost(cause.to_string()))
    }

    /// Delivers messages until the connection is lost or the worker ends.
    fn deliver(&mut self, to: &SyncSender<Delivery>) {
        loop {
            let delivery = match self.next() {
                Ok(Frame::Message(body)) => Delivery::Message(body),
                // Commands after the handshake are of no concern to a DEALER.
                Ok(_) => continue,
                Err(end) => {
                    // Sending fails if the worker ends.
                    let _ = to.send(end);
                    return;
                }
            };
            if to.send(delivery).is_err() {
                return;
            }
        }
    }
}

fn unreachable(master: &str, cause: &io::Error) -> Error {
    Error::new(Kind::Unreachable, format!("cannot connect to the Locust master at {master}"))
        .with_cause(cause.to_string())
        .with_hint("start it with locust --master, and check --master-bind-port and the firewall")
}

pub(crate) fn not_locust(master: &str, cause: String) -> Error {
    Error::new(Kind::Protocol, format!("{master} is not a Locust master"))
        .with_cause(cause)
        .with_hint("name the port of --master-bind-port, which is 5557 by default")
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_master_that_reads_byte_by_byte_cannot_hold_the_worker() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut slow, _) = listener.accept().unwrap();
        // It ends when the other end is closed.
        let reader =
            thread::spawn(move || while slow.read(&mut [0]).is_ok_and(|count| count > 0) {});
        let long = vec![0; 64 << 20];
        let late = write(&stream, &long, Duration::from_millis(50)).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
        drop(stream);
        drop(reader);
    }
}

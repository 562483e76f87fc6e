//! A server that accepts everything with as little work as possible, to measure clients.

mod answers;

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rustls::ServerConfig;

use self::answers::{Answers, Interruption};
use crate::{
    accept::{accept, listen, wake},
    buffer::Buffer,
    certificates,
    config::Config,
    error::StartError,
    options::Security,
    sessions::Sessions,
    socket::{READ, Socket},
    stop::Stop,
    tls::{Grain, Tls},
};

/// The time limit of each read and write.
const STEP_LIMIT: Duration = Duration::from_secs(30);
/// The size of the input buffer in bytes. It has room for all that one read decrypts, after a line's beginning.
const INPUT: usize = 4 * READ;
const GREETING: &[u8] = b"220 sink.example.test ESMTP\r\n";

/// A server that only finds the ends of lines and contents, and answers with fixed replies. It needs less time than most
/// clients do, so that it does not limit their results.
///
/// It accepts the commands that it knows in any order, requires no AUTH and keeps no message. The replies to what
/// arrived together leave in one write. Dropping it ends all connections.
pub struct Sink {
    shared: Arc<Shared>,
    addr: SocketAddr,
    ca_pem: String,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    security: Security,
    tls: Arc<ServerConfig>,
    messages: AtomicU64,
    bytes: AtomicU64,
    stop: Stop,
    sessions: Sessions,
}

impl Sink {
    /// Starts a sink on a loopback port that the system chooses.
    ///
    /// # Errors
    /// If it cannot listen on loopback, or cannot create a certificate.
    pub fn start(security: Security) -> Result<Self, StartError> {
        let setup = certificates::set_up(&Config::default())?;
        let (listener, addr) = listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let shared = Arc::new(Shared {
            security,
            tls: setup.tls,
            messages: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            stop: Stop::default(),
            sessions: Sessions::default(),
        });
        let accepting = thread::Builder::new().name(format!("sink {addr}")).spawn({
            let shared = Arc::clone(&shared);
            move || {
                accept(&listener, &shared.stop, &shared.sessions, |_| {}, |_, s| shared.serve(s));
            }
        });
        let accepting = Some(accepting.map_err(StartError::Thread)?);
        Ok(Self { shared, addr, ca_pem: setup.ca_pem, accepting })
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the certificate of its CA in PEM, for clients to trust.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Returns the number of messages that it has answered.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.shared.messages.load(Ordering::Relaxed)
    }

    /// Returns the number of bytes of content that it has received, with the dots that DATA adds (RFC 5321 §4.5.2).
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.shared.stop.set();
        let is_awake = wake(self.addr);
        self.shared.sessions.cut();
        if let Some(accepting) = self.accepting.take().filter(|_| is_awake) {
            // The panic hook has already reported a session that panicked.
            let _ = accepting.join();
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Shared {
    fn serve(&self, stream: Arc<TcpStream>) {
        // If the socket's options cannot be set, the client is gone.
        let Ok(socket) = Socket::new(stream, STEP_LIMIT, Duration::MAX, true) else { return };
        let mut channel = Channel { socket, tls: None, input: Buffer::with_capacity(INPUT) };
        let is_implicit = self.security == Security::Implicit;
        if is_implicit && channel.start_tls(self).is_none() {
            return;
        }
        let offers_tls = self.security == Security::StartTls;
        if channel.converse(self, Answers::new(offers_tls, GREETING))
            == Some(Interruption::StartTls)
            && channel.start_tls(self).is_some()
        {
            channel.converse(self, Answers::new(false, b""));
        }
    }

    fn count(&self, answers: &mut Answers) {
        self.messages.fetch_add(std::mem::take(&mut answers.messages), Ordering::Relaxed);
        self.bytes.fetch_add(std::mem::take(&mut answers.bytes), Ordering::Relaxed);
    }
}

/// A connection, with the input that is not answered yet.
struct Channel {
    socket: Socket,
    tls: Option<Tls>,
    input: Buffer,
}

impl Channel {
    /// Answers what arrives. Returns `None` when the client is gone.
    fn converse(&mut self, shared: &Shared, mut answers: Answers) -> Option<Interruption> {
        loop {
            let (used, interruption) = answers.answer(self.input.filled());
            self.input.consume(used);
            // A client that has its reply may ask for the totals at once.
            shared.count(&mut answers);
            if !answers.replies.is_empty() {
                self.send(&answers.replies)?;
                answers.replies.clear();
            }
            if interruption.is_some() {
                return interruption;
            }
            self.receive(shared)?;
        }
    }

    fn send(&mut self, replies: &[u8]) -> Option<()> {
        let sent = match &mut self.tls {
            None => std::io::Write::write_all(&mut self.socket, replies),
            Some(tls) => tls.send(&mut self.socket, replies),
        };
        sent.ok()
    }

    fn receive(&mut self, shared: &Shared) -> Option<()> {
        self.socket.begin_step(STEP_LIMIT);
        match &mut self.tls {
            None => self.socket.receive(&mut self.input, &shared.stop).ok(),
            Some(tls) => {
                tls.receive(&mut self.socket, &shared.stop).ok()?;
                tls.decrypt(&mut self.input).ok()
            }
        }
    }

    /// Performs the handshake. Bytes that arrived in the clear after STARTTLS end the connection: inside TLS they must not
    /// count (RFC 3207 §4.2).
    fn start_tls(&mut self, shared: &Shared) -> Option<()> {
        if !self.input.filled().is_empty() {
            return None;
        }
        self.socket.begin_step(STEP_LIMIT);
        let mut tls = Tls::new(&shared.tls, Grain::All).ok()?;
        tls.shake_hands(&mut self.socket, &shared.stop, &mut self.input).ok()?;
        self.tls = Some(tls);
        Some(())
    }
}

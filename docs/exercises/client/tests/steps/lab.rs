//! The servers of the tests, and failures that say what happened.

use std::{
    fmt,
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
    panic,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use mailer_server::{
    Account, Config, Conversation, EmbeddedServer, Fault, Peer, Point, Script, ScriptedServer,
    TranscriptLine,
};
use smtp_client::given::{
    Capabilities, Connection, Error, Login, Mail, Outcome, Reply, Server, Tls,
};

/// The client's time limit, unless a test is about time.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a function may take in all.
const LIMIT: Duration = Duration::from_secs(10);
/// The pause between the pieces of a reply.
const PAUSE: Duration = Duration::from_millis(1);
/// The points at which the server replies, and splits its replies.
const REPLIES: [Point; 12] = [
    Point::Greeting,
    Point::Ehlo,
    Point::StartTls,
    Point::Auth,
    Point::AuthResponse,
    Point::Mail,
    Point::Rcpt,
    Point::Data,
    Point::EndOfData,
    Point::Rset,
    Point::Noop,
    Point::Quit,
];

pub(crate) const USER: &str = "ann";
pub(crate) const PASSWORD: &str = "sesame";
pub(crate) const HELLO: &str = "client.example.test";

/// A server, and what it has seen.
pub(crate) struct Lab {
    kind: Kind,
}

enum Kind {
    Embedded(Box<EmbeddedServer>),
    Scripted(ScriptedServer),
    Memory(Arc<Mutex<Memory>>),
}

impl Lab {
    /// The embedded server, which splits each reply. It offers STARTTLS, and AUTH inside TLS.
    pub(crate) fn embedded(config: Config) -> Self {
        let mut config = config.with_account(Account::new(USER, PASSWORD)).with_session_tickets(0);
        config.profile = config.profile.with_mechanisms(["PLAIN", "LOGIN"]);
        let config = config.with_limits(|limits| limits.failed_login_delay = Duration::ZERO);
        let faults = REPLIES.map(|point| Fault::at(point).split(PAUSE));
        let config = faults.into_iter().fold(config, Config::with_fault);
        let server = EmbeddedServer::start(config).expect("the embedded server starts");
        Self { kind: Kind::Embedded(Box::new(server)) }
    }

    /// A server that performs a script.
    pub(crate) fn scripted(script: Script) -> Self {
        let server = ScriptedServer::start(script).expect("the scripted server starts");
        Self { kind: Kind::Scripted(server) }
    }

    /// A connection whose reads return exactly these pieces, one after the other. Then the server waits for
    /// the client. An empty piece is the end of the stream.
    pub(crate) fn pieces(pieces: &[&str]) -> (Self, Connection) {
        let pieces = pieces.iter().rev().map(|piece| piece.as_bytes().to_vec()).collect();
        let memory = Arc::new(Mutex::new(Memory { pieces, log: Vec::new() }));
        let connection = Connection::new(MemoryStream(Arc::clone(&memory)));
        (Self { kind: Kind::Memory(memory) }, connection)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        match &self.kind {
            Kind::Embedded(server) => server.addr(),
            Kind::Scripted(server) => server.addr(),
            Kind::Memory(_) => panic!("a connection in memory has no address"),
        }
    }

    /// How to check the server's certificate.
    pub(crate) fn tls(&self) -> Tls {
        let ca_pem = match &self.kind {
            Kind::Embedded(server) => server.ca_pem().to_owned(),
            Kind::Scripted(server) => server.ca_pem().to_owned(),
            Kind::Memory(_) => String::new(),
        };
        Tls { name: "localhost".into(), ca_pem }
    }

    /// The server as a client that requires TLS and logs in sees it.
    pub(crate) fn server(&self) -> Server {
        Server { tls: Some(self.tls()), login: Some(login()), ..self.bare_server() }
    }

    /// The server as a client without TLS and login sees it.
    pub(crate) fn bare_server(&self) -> Server {
        let hello = HELLO.to_owned();
        Server { address: self.address(), timeout: TIMEOUT, hello, tls: None, login: None }
    }

    /// The embedded server of this lab.
    pub(crate) fn embedded_server(&self) -> &EmbeddedServer {
        match &self.kind {
            Kind::Embedded(server) => server,
            _ => panic!("this lab has no embedded server"),
        }
    }

    /// Runs a function of the client, and fails if it does not return in time.
    pub(crate) fn run<T: Send + 'static>(&self, f: impl FnOnce() -> T + Send + 'static) -> T {
        self.run_within(LIMIT, f).unwrap_or_else(|| {
            self.fail(
                &format!("your function has not returned after {} seconds", LIMIT.as_secs()),
                "it may read again although nothing more is due, or without a time limit",
            )
        })
    }

    /// Runs a function of the client. Returns `None` if it does not return in time.
    pub(crate) fn run_within<T: Send + 'static>(
        &self,
        limit: Duration,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (done, result) = mpsc::channel();
        let thread = thread::spawn(move || {
            // If the test has given up, the result is of no use.
            let _ = done.send(f());
        });
        match result.recv_timeout(limit) {
            Ok(value) => Some(value),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
                Err(panic) => panic::resume_unwind(panic),
                Ok(()) => unreachable!("the thread has sent its result"),
            },
        }
    }

    /// Fails unless both texts are equal.
    #[track_caller]
    pub(crate) fn check(&self, what: &str, found: &str, wanted: &str, why: &str) {
        if found != wanted {
            self.fail(&format!("{what}\n  should be  {wanted}\n  but is     {found}"), why);
        }
    }

    /// Fails with the problem, the dialogue, and the reason.
    #[track_caller]
    pub(crate) fn fail(&self, problem: &str, why: &str) -> ! {
        panic!("\n{problem}\n\n{}\n\nWhy: {why}\n", self.shown_dialogue())
    }

    /// The dialogue for a failure, in which a line that is repeated appears once.
    pub(crate) fn shown_dialogue(&self) -> String {
        let mut text = "The dialogue, as the server saw it:".to_owned();
        let dialogue = self.dialogue();
        for same in dialogue.chunk_by(|a, b| a == b) {
            text.push_str(&format!("\n  {}", same[0]));
            if same.len() > 1 {
                text.push_str(&format!("\n  (the same {} times more)", same.len() - 1));
            }
        }
        if dialogue.is_empty() {
            text.push_str("\n  (the server has sent and received nothing)");
        }
        text
    }

    /// What both sides sent, in order. `C` is the client and `S` the server; `*` is inside TLS.
    pub(crate) fn dialogue(&self) -> Vec<String> {
        match &self.kind {
            Kind::Embedded(server) => server.transcript().iter().map(shown).collect(),
            Kind::Scripted(server) => {
                let conversations = server.conversations();
                let lines = conversations.iter().flat_map(|conversation| {
                    let transfers = conversation.transfers.iter().map(|transfer| {
                        let side = side(transfer.from, transfer.inside_tls);
                        format!("{side}: {}", short(&transfer.bytes))
                    });
                    let deviation = conversation.deviation.iter();
                    transfers.chain(deviation.map(|how| format!("(the server gave up: {how})")))
                });
                lines.collect()
            }
            Kind::Memory(memory) => lock(memory).log.clone(),
        }
    }

    /// What each connection to the scripted server saw.
    pub(crate) fn conversations(&self) -> Vec<Conversation> {
        match &self.kind {
            Kind::Scripted(server) => server.conversations(),
            _ => Vec::new(),
        }
    }

    /// The lines that the client sent.
    pub(crate) fn client_lines(&self) -> Vec<String> {
        let lines = self.dialogue();
        let lines = lines.iter().filter(|line| line.starts_with('C'));
        lines.filter_map(|line| Some(line.split_once(": ")?.1.to_owned())).collect()
    }

    /// Whether the client sent a line that begins with this.
    pub(crate) fn client_sent(&self, prefix: &str) -> bool {
        self.client_lines().iter().any(|line| line.starts_with(prefix))
    }
}

fn shown(line: &TranscriptLine) -> String {
    format!("{}: {}", side(line.from, line.inside_tls), line.text)
}

fn side(peer: Peer, inside_tls: bool) -> &'static str {
    match (peer, inside_tls) {
        (Peer::Client, false) => "C ",
        (Peer::Client, true) => "C*",
        (Peer::Server, false) => "S ",
        (Peer::Server, true) => "S*",
    }
}

/// The beginning of some bytes, with line ends and other controls as escapes.
pub(crate) fn short(bytes: &[u8]) -> String {
    const MOST: usize = 200;
    let text = bytes.get(..MOST).unwrap_or(bytes).escape_ascii();
    if bytes.len() > MOST { format!("{text}… ({} bytes)", bytes.len()) } else { text.to_string() }
}

/// Both directions of a connection in memory.
struct Memory {
    /// What the server still sends, last piece first.
    pieces: Vec<Vec<u8>>,
    log: Vec<String>,
}

#[derive(Clone)]
struct MemoryStream(Arc<Mutex<Memory>>);

impl Read for MemoryStream {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut memory = lock(&self.0);
        let Some(mut piece) = memory.pieces.pop() else {
            memory
                .log
                .push("(your function reads again, but the server waits for the client)".into());
            return Err(io::Error::new(ErrorKind::TimedOut, "the server sends nothing more"));
        };
        let rest = piece.split_off(piece.len().min(room.len()));
        if !rest.is_empty() {
            memory.pieces.push(rest);
        }
        memory.log.push(match piece.as_slice() {
            [] => "(the server closes the connection)".into(),
            piece => format!("S : {}", short(piece)),
        });
        room[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

impl Write for MemoryStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).log.push(format!("C : {}", short(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for MemoryStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStream")
    }
}

fn lock(memory: &Mutex<Memory>) -> std::sync::MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn login() -> Login {
    Login { user: USER.into(), password: PASSWORD.into() }
}

/// Capabilities with STARTTLS and these ways to log in.
pub(crate) fn announced(auth: &[&str]) -> Capabilities {
    let auth = auth.iter().map(|name| (*name).to_owned()).collect();
    Capabilities { starttls: true, auth, ..Capabilities::default() }
}

/// A small message from ann.
pub(crate) fn mail(to: &[&str]) -> Mail {
    Mail {
        from: "ann@example.test".into(),
        to: to.iter().map(|&recipient| recipient.to_owned()).collect(),
        content: b"Subject: Hello\r\n\r\nSee you at nine.\r\n".to_vec(),
    }
}

/// Describes a result in a few words, so that tests can compare it.
pub(crate) fn describe<T>(result: &Result<T, Error>) -> String {
    match result {
        Ok(_) => "Ok".into(),
        Err(error) => format!("Err({})", kind(error)),
    }
}

fn kind(error: &Error) -> String {
    match error {
        Error::Lost(_) => "Lost".into(),
        Error::Protocol(_) => "Protocol".into(),
        Error::Refused(Reply { code, .. }) => format!("Refused {code}"),
        Error::Tls(_) => "Tls".into(),
        Error::Invalid(_) => "Invalid".into(),
    }
}

/// Describes an outcome in a few words.
pub(crate) fn describe_outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted => "Accepted".into(),
        Outcome::Partial(refusals) => {
            let refused = refusals.iter().map(|r| format!("{} {}", r.recipient, r.reply.code));
            format!("Partial({})", refused.collect::<Vec<_>>().join(", "))
        }
        Outcome::Rejected(reply) => format!("Rejected {}", reply.code),
        Outcome::NotSent(error) => format!("NotSent({})", kind(error)),
        Outcome::Unknown(error) => format!("Unknown({})", kind(error)),
    }
}

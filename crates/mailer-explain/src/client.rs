//! A client that follows the protocol up to a point, and then sends whatever it is given.
//!
//! Up to that point `mailer-protocol` decides what is sent, as in raw. After it the client only writes
//! bytes and reads replies.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use mailer::{Error, Kind, Mask, Reply, Security, Server, Step};
use mailer_compare::{
    observation::{DialogueLine, Speaker},
    wire::reply_lines,
};
use mailer_protocol::{Flow, Next, Note, Session};
use native_tls::TlsStream;

use crate::breaks::Start;

/// The longest reply that is read, in bytes.
const MAX_REPLY: usize = 64 * 1024;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// While the handshake runs, and after it failed.
    None,
}

/// A connection, and what was sent on it so far.
pub(crate) struct Client<'a> {
    server: &'a Server,
    stream: Stream,
    mask: Mask,
    /// What was read and belongs to no reply yet.
    unread: Vec<u8>,
    /// What both sides sent, with the steps.
    lines: Vec<(Step, DialogueLine)>,
}

/// The end of waiting for a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Reply(u16),
    /// No complete reply came in time.
    Silence,
    Closed,
}

impl<'a> Client<'a> {
    /// Connects to the server. Nothing is sent.
    pub(crate) fn connect(server: &'a Server) -> Result<Self, Error> {
        let limit = server.timeouts.connect;
        let mut failure = None;
        for address in mailer_lab::resolve(server)? {
            match TcpStream::connect_timeout(&address, limit) {
                Ok(socket) => {
                    let mask = Mask::new(server.credentials.as_ref());
                    let stream = Stream::Plain(socket);
                    return Ok(Self {
                        server,
                        stream,
                        mask,
                        unread: Vec::new(),
                        lines: Vec::new(),
                    });
                }
                Err(cause) => failure = Some(cause),
            }
        }
        let cause = failure.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
        Err(Error::not_connected(server, &cause).with_cause(cause))
    }

    /// Follows the protocol up to this point.
    ///
    /// # Errors
    /// Returns the error that a backend would report, if the dialogue does not get that far.
    pub(crate) fn follow(&mut self, start: Start) -> Result<(), Error> {
        let mut session = Session::new(Arc::new(self.server.clone()), Flow::Lockstep);
        session.keep_journal(true);
        loop {
            let next = session.what_next();
            self.keep(session.take_notes(), &next, start);
            match next {
                next if self.is_reached(&next, start) => return Ok(()),
                Next::Write { step, .. } => {
                    self.write(step, session.bytes())?;
                    session.wrote();
                }
                Next::Read { step, limit, .. } => match self.read(Instant::now() + limit) {
                    Ok(0) => session.fail(Error::lost(step)),
                    Ok(_) => session.received(&std::mem::take(&mut self.unread)),
                    Err(cause) if is_timeout(&cause) => session.reply_timed_out(),
                    Err(cause) => session.fail(Error::lost(step).with_cause(cause)),
                },
                Next::StartTls { limit } => match self.start_tls(limit) {
                    Ok(()) => session.secured(),
                    Err(error) => session.fail(error),
                },
                // A refusal of the login is what one break is about; the client sends QUIT itself.
                Next::Idle | Next::Close => {
                    return match session.failure() {
                        Some(error) => Err(error.clone()),
                        None if start == Start::BeforeLastEhlo => {
                            Err(Error::starttls_not_offered(self.server))
                        }
                        None => Ok(()),
                    };
                }
                Next::Mail | Next::Content { .. } | Next::Settled(_) => {
                    return Err(Error::new(Kind::Internal, "a session without mails asks for one"));
                }
            }
        }
    }

    /// Whether the next thing to do is where the dialogue breaks.
    fn is_reached(&self, next: &Next, start: Start) -> bool {
        let has_two = matches!(self.server.security, Security::Required | Security::Opportunistic);
        match (start, next) {
            (Start::Connected, Next::Read { .. }) => true,
            (Start::BeforeEhlo, Next::Write { step: Step::Ehlo, .. }) => true,
            (Start::BeforeLastEhlo, Next::Write { step: Step::Ehlo, .. }) => !has_two,
            (Start::BeforeLastEhlo, Next::Write { step: Step::EhloAgain, .. }) => true,
            (Start::WrongPassword, Next::Write { step: Step::Quit, .. }) => self.has(Step::Auth),
            _ => false,
        }
    }

    fn has(&self, step: Step) -> bool {
        self.lines.iter().any(|(known, _)| *known == step)
    }

    /// Keeps the lines of the session. A line that will not be written is left out.
    fn keep(&mut self, notes: Vec<Note>, next: &Next, start: Start) {
        let is_reached = |this: &Self, step: Step| {
            matches!(next, Next::Write { step: ahead, .. } if *ahead == step)
                && this.is_reached(next, start)
        };
        for note in notes {
            match note {
                Note::Sent { step, line, .. } => {
                    // `is_reached` may depend on what was kept before.
                    if !is_reached(self, step) {
                        self.add(step, Speaker::Client, line);
                    }
                }
                Note::Received { step, reply } => self.add_reply(step, &reply),
                Note::Content { .. } => {}
            }
        }
    }

    fn add(&mut self, step: Step, speaker: Speaker, text: String) {
        self.lines.push((step, DialogueLine { speaker, text, source: None }));
    }

    fn add_reply(&mut self, step: Step, reply: &Reply) {
        for line in reply_lines(reply) {
            self.add(step, Speaker::Server, line);
        }
    }

    /// Adds a line that neither side sent.
    pub(crate) fn remark(&mut self, step: Step, text: impl Into<String>) {
        self.add(step, Speaker::Note, text.into());
    }

    /// Sends these bytes as they are, and keeps their lines. Only CR LF ends a line.
    pub(crate) fn send(&mut self, step: Step, bytes: &[u8]) -> Result<(), Error> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_suffix("\r\n").unwrap_or(&text);
        for line in text.split("\r\n") {
            self.add(step, Speaker::Client, line.to_owned());
        }
        self.write(step, bytes)
    }

    fn write(&mut self, step: Step, bytes: &[u8]) -> Result<(), Error> {
        let limit = Some(self.server.timeouts.for_step(step));
        let written = match &mut self.stream {
            Stream::Plain(socket) => {
                socket.set_write_timeout(limit).and_then(|()| socket.write_all(bytes))
            }
            Stream::Tls(tls) => {
                let timeout = tls.get_ref().set_write_timeout(limit);
                timeout.and_then(|()| tls.write_all(bytes)).and_then(|()| tls.flush())
            }
            Stream::None => Err(io::ErrorKind::NotConnected.into()),
        };
        written.map_err(|cause| Error::lost(step).with_cause(cause))
    }

    /// Reads what has arrived, until this time.
    fn read(&mut self, deadline: Instant) -> io::Result<usize> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut buffer = [0; 4096];
        let count = match &mut self.stream {
            Stream::Plain(socket) => {
                socket.set_read_timeout(Some(left))?;
                socket.read(&mut buffer)?
            }
            Stream::Tls(tls) => {
                tls.get_ref().set_read_timeout(Some(left))?;
                tls.read(&mut buffer)?
            }
            Stream::None => 0,
        };
        self.unread.extend_from_slice(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    /// Waits for one reply to this step, and keeps its lines.
    pub(crate) fn answer(&mut self, step: Step, wait: Duration) -> Answer {
        let deadline = Instant::now() + wait;
        loop {
            if let Some((code, lines)) = take_reply(&mut self.unread) {
                for line in lines {
                    let line = self.mask.apply(line);
                    self.add(step, Speaker::Server, line);
                }
                return Answer::Reply(code);
            }
            if self.unread.len() > MAX_REPLY {
                return Answer::Closed;
            }
            match self.read(deadline) {
                Ok(0) => return Answer::Closed,
                Ok(_) => {}
                Err(cause) if is_timeout(&cause) => return Answer::Silence,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Answer::Closed,
            }
        }
    }

    fn start_tls(&mut self, limit: Duration) -> Result<(), Error> {
        let connector = mailer_lab::tls_connector(self.server)?;
        let Stream::Plain(socket) = std::mem::replace(&mut self.stream, Stream::None) else {
            return Err(Error::lost(Step::Tls));
        };
        let broken = |cause| Error::lost(Step::Tls).with_cause(cause);
        socket.set_read_timeout(Some(limit)).map_err(broken)?;
        socket.set_write_timeout(Some(limit)).map_err(broken)?;
        let host = self.server.host.as_str();
        let tls = connector.connect(host, socket).map_err(|cause| match cause {
            native_tls::HandshakeError::Failure(cause) => Error::tls_failed(self.server, cause),
            native_tls::HandshakeError::WouldBlock(_) => Error::timed_out(Step::Tls, limit),
        })?;
        self.stream = Stream::Tls(Box::new(tls));
        self.remark(Step::Tls, "TLS is on");
        Ok(())
    }

    /// Returns what was sent, with the steps.
    pub(crate) fn into_lines(self) -> Vec<(Step, DialogueLine)> {
        self.lines
    }

    /// Returns the number of lines so far.
    pub(crate) fn count(&self) -> usize {
        self.lines.len()
    }

    /// Returns the index of the first line of a step.
    pub(crate) fn first(&self, step: Step) -> Option<usize> {
        self.lines.iter().position(|(known, _)| *known == step)
    }
}

fn is_timeout(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// Removes the first reply from the bytes, if it is complete, and returns its code and its lines. A line that is
/// no reply ends one too, with the code 0, so that it is shown (RFC 5321 §4.2).
///
/// The reader of `mailer-protocol` cannot serve here: it ends a session at the first violation of the grammar, and it
/// returns the text of a reply and not its lines. This client breaks the dialogue on purpose and shows whatever the
/// server says then, byte for byte.
fn take_reply(bytes: &mut Vec<u8>) -> Option<(u16, Vec<String>)> {
    let mut lines = Vec::new();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| byte == b'\n')? + 1;
        let line = rest.get(..length).unwrap_or_default();
        let line = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
        at += length;
        let (code, text) = line.split_at_checked(3).unwrap_or(("", &line));
        let code: u16 = code.parse().unwrap_or(0);
        let continues = code != 0 && text.starts_with('-');
        lines.push(line);
        if !continues {
            bytes.drain(..at);
            return Some((code, lines));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_taken_one_by_one_and_only_whole() {
        let mut bytes = b"250-one\r\n250 two\r\n500 no\r\n221 b".to_vec();
        let lines = ["250-one", "250 two"].map(str::to_owned).to_vec();
        assert_eq!(take_reply(&mut bytes), Some((250, lines)));
        assert_eq!(take_reply(&mut bytes).unwrap().0, 500);
        assert_eq!((take_reply(&mut bytes), bytes.as_slice()), (None, b"221 b".as_slice()));
    }

    #[test]
    fn a_line_that_is_no_reply_has_the_code_0() {
        for line in ["x\n", "\r\n", "hello\r\n", "2é0 x\r\n"] {
            let (code, lines) = take_reply(&mut line.as_bytes().to_vec()).unwrap();
            assert_eq!((code, lines), (0, vec![line.trim_end().to_owned()]));
        }
    }
}

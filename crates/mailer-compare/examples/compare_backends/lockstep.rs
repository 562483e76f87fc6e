//! A small backend: it waits for every reply, knows no TLS, and sends only prepared messages.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::Arc,
    time::Instant,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{
    Content, Error, Event, Kind, Mail, Mailer, Receipt, Reply, Server, Step, Trace, What,
};
use mailer_lab::Contender;

/// Returns this backend as a contender. It adds `extra` to each message, as no backend should.
pub(crate) fn contender(name: &str, extra: &'static str) -> Contender {
    let make = move |server: &Server| -> Result<Box<dyn Mailer>, Error> {
        let server = server.clone();
        Ok(Box::new(Lockstep { server, extra, connection: None, writes: 0, trace: None }))
    };
    Contender::new(name, make).with_flow("lockstep")
}

/// The backend, with its connection once it is open.
struct Lockstep {
    server: Server,
    extra: &'static str,
    connection: Option<BufReader<TcpStream>>,
    writes: u64,
    trace: Option<Arc<dyn Trace>>,
}

impl Lockstep {
    fn report(&self, what: What<'_>) {
        if let Some(trace) = &self.trace {
            trace.event(&Event::new(Instant::now(), what, None));
        }
    }

    fn write(&mut self, step: Step, bytes: &[u8]) -> Result<(), Error> {
        self.writes += 1;
        let connection = self.connection.as_mut().ok_or_else(|| Error::lost(step))?;
        connection.get_mut().write_all(bytes).map_err(|cause| Error::lost(step).with_cause(cause))
    }

    fn read(&mut self, step: Step) -> Result<Reply, Error> {
        let connection = self.connection.as_mut().ok_or_else(|| Error::lost(step))?;
        let mut reply = Reply::default();
        loop {
            let mut line = String::new();
            connection.read_line(&mut line).map_err(|cause| Error::lost(step).with_cause(cause))?;
            let (Some(code), Some(text)) = (line.get(..3), line.get(4..)) else {
                return Err(Error::lost(step));
            };
            reply.code = code.parse().map_err(|cause| Error::lost(step).with_cause(cause))?;
            reply.text += text.trim_end();
            if line.as_bytes().get(3) == Some(&b' ') {
                break;
            }
            reply.text.push('\n');
        }
        self.report(What::Received { step, reply: &reply });
        match reply.code {
            200..400 => Ok(reply),
            _ => Err(Error::refused(step, reply)),
        }
    }

    fn exchange(&mut self, step: Step, line: &str, shown: &str) -> Result<Reply, Error> {
        self.write(step, format!("{line}\r\n").as_bytes())?;
        self.report(What::Sent { step, line: shown });
        self.read(step)
    }

    fn log_in(&mut self) -> Result<(), Error> {
        let Some(credentials) = self.server.credentials.clone() else { return Ok(()) };
        self.exchange(Step::Auth, "AUTH LOGIN", "AUTH LOGIN")?;
        let user = STANDARD.encode(credentials.user());
        self.exchange(Step::Auth, &user, "****")?;
        let password = STANDARD.encode(credentials.secret().reveal());
        self.exchange(Step::Auth, &password, "****").map(drop)
    }

    fn deliver(&mut self, mail: &Mail) -> Result<Receipt, Error> {
        let Content::Message(message) = mail.content() else {
            return Err(Error::new(Kind::CannotRender, "only prepared messages are sent"));
        };
        let sender = mail.envelope().sender().map_or("", |sender| sender.as_str());
        let line = format!("MAIL FROM:<{sender}>");
        self.exchange(Step::Mail, &line, &line)?;
        let mut replies = Vec::new();
        for recipient in mail.envelope().recipients() {
            let line = format!("RCPT TO:<{recipient}>");
            replies.push(Some(self.exchange(Step::Recipient, &line, &line)?));
        }
        self.exchange(Step::Data, "DATA", "DATA")?;
        let mut content = message.to_vec()?;
        content.extend_from_slice(self.extra.as_bytes());
        self.report(What::Content { bytes: &content });
        let text = String::from_utf8_lossy(&content).replace("\r\n.", "\r\n..");
        self.write(Step::Content, format!("{text}.\r\n").as_bytes())?;
        Ok(Receipt::accepted(replies, self.read(Step::EndOfData)?))
    }
}

impl Mailer for Lockstep {
    fn open(&mut self) -> Result<(), Error> {
        if self.connection.is_some() {
            return Ok(());
        }
        let addr = self.server.connect_to.expect("the experiment resolves the name");
        let unreachable = |cause| Error::unreachable(&self.server).with_cause(cause);
        let socket = TcpStream::connect(addr).map_err(unreachable)?;
        socket.set_nodelay(true).map_err(unreachable)?;
        self.report(What::Connected { peer: addr });
        self.connection = Some(BufReader::new(socket));
        self.read(Step::Greeting)?;
        let line = format!("EHLO {}", self.server.hello);
        self.exchange(Step::Ehlo, &line, &line)?;
        self.log_in()
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        self.open().and_then(|()| self.deliver(mail)).unwrap_or_else(Receipt::not_sent)
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            return Ok(());
        }
        let closed = self.exchange(Step::Quit, "QUIT", "QUIT");
        self.connection = None;
        let writes = std::mem::take(&mut self.writes);
        self.report(What::Closed { writes: Some(writes) });
        closed.map(drop)
    }

    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
        self.trace = sink;
    }
}

//! Measures a backend of your own, twice: as it is, and with Nagle's algorithm left on.
//!
//! ```text
//! cargo run --release -p mailer-bench --example own_backend
//! ```
//!
//! The backend writes the content and the final dot separately. With Nagle's algorithm on, the second write
//! waits until the first is acknowledged, which the server's system delays by 40 ms: the report shows it.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Content, Error, Kind, Mail, Mailer, Receipt, Reply, Security, Server, Step, Trace};
use mailer_bench::{
    load::{Experiment, Limit, Plan, take_part},
    report::text::text,
};
use mailer_lab::Contender;

fn main() -> Result<(), Error> {
    let contender = |name: &str, nagle| {
        Contender::new(name, move |server| Ok(Box::new(SmallMailer::new(server, nagle))))
    };
    let contenders = [contender("small", false), contender("small-nagle", true)];
    // Each contender runs in a process of its own, which is this program again.
    if take_part(&contenders)? {
        return Ok(());
    }
    let plan = Plan {
        limit: Limit::Count(20),
        rounds: 2,
        warm_up: Duration::from_millis(100),
        ..Plan::default()
    };
    let run = Experiment::new(&contenders).plan(plan).embedded(Security::None).run()?;
    io::stdout()
        .write_all(text(&run, &[], 100).as_bytes())
        .map_err(|cause| Error::new(Kind::Internal, "cannot write the report").with_cause(cause))?;
    // A contender is invalid if the server did not store exactly what the contender was given to send.
    match run.results.iter().find_map(|result| result.invalid.as_ref()) {
        Some(reason) => Err(Error::new(Kind::Internal, reason.clone())),
        None => Ok(()),
    }
}

/// A backend that waits for every reply. It knows no TLS, and sends only prepared messages.
struct SmallMailer {
    server: Server,
    nagle: bool,
    connection: Option<BufReader<TcpStream>>,
}

impl SmallMailer {
    fn new(server: &Server, nagle: bool) -> Self {
        Self { server: server.clone(), nagle, connection: None }
    }

    fn connect(&mut self) -> Result<(), Error> {
        let unreachable = |cause| Error::unreachable(&self.server).with_cause(cause);
        // The benchmark has resolved the server's name.
        let address = self.server.connect_to.ok_or_else(|| Error::not_resolved(&self.server))?;
        let socket = TcpStream::connect(address).map_err(unreachable)?;
        socket.set_nodelay(!self.nagle).map_err(unreachable)?;
        self.connection = Some(BufReader::new(socket));
        self.reply(Step::Greeting)?;
        self.command(Step::Ehlo, &format!("EHLO {}", self.server.hello))?;
        self.log_in()
    }

    fn log_in(&mut self) -> Result<(), Error> {
        let Some(credentials) = &self.server.credentials else { return Ok(()) };
        // RFC 4616 §2: no authorization identity, the user, the password.
        let (user, password) = (credentials.user(), credentials.secret().reveal());
        let response = STANDARD.encode(format!("\0{user}\0{password}"));
        self.command(Step::Auth, &format!("AUTH PLAIN {response}")).map(drop)
    }

    fn transaction(&mut self, mail: &Mail) -> Result<Receipt, Error> {
        let Content::Message(message) = mail.content() else {
            return Err(Error::new(Kind::CannotRender, "only prepared messages can be sent"));
        };
        let sender = mail.envelope().sender().map_or("", |sender| sender.as_str());
        self.command(Step::Mail, &format!("MAIL FROM:<{sender}>"))?;
        let recipients = mail.envelope().recipients().iter();
        let replies = recipients
            .map(|to| self.command(Step::Recipient, &format!("RCPT TO:<{to}>")).map(Some))
            .collect::<Result<_, _>>()?;
        self.command(Step::Data, "DATA")?;
        self.write(Step::Content, &dot_stuffed(&message.to_vec()?))?;
        self.write(Step::EndOfData, b".\r\n")?;
        // Without a final reply the outcome is unknown: the server may have accepted the message.
        match self.reply(Step::EndOfData) {
            Ok(reply) => Ok(Receipt::accepted(replies, reply)),
            Err(error) if error.reply().is_some() => Err(error),
            Err(error) => Ok(Receipt::unknown(error).with_recipients(replies)),
        }
    }

    fn command(&mut self, step: Step, line: &str) -> Result<Reply, Error> {
        self.write(step, format!("{line}\r\n").as_bytes())?;
        self.reply(step)
    }

    fn write(&mut self, step: Step, bytes: &[u8]) -> Result<(), Error> {
        let connection = self.connection.as_mut().ok_or_else(|| Error::lost(step))?;
        connection.get_mut().write_all(bytes).map_err(|cause| Error::lost(step).with_cause(cause))
    }

    /// Reads a reply, which may have several lines (RFC 5321 §4.2.1).
    fn reply(&mut self, step: Step) -> Result<Reply, Error> {
        let connection = self.connection.as_mut().ok_or_else(|| Error::lost(step))?;
        loop {
            let mut line = String::new();
            connection.read_line(&mut line).map_err(|cause| Error::lost(step).with_cause(cause))?;
            let code = line.get(..3).and_then(|code| code.parse().ok());
            let code: u16 = code.ok_or_else(|| Error::lost(step))?;
            let text = line.get(4..).unwrap_or_default().trim_end();
            match (line.as_bytes().get(3), code) {
                (Some(b'-'), _) => {}
                (_, 200..400) => return Ok(Reply::new(code, text)),
                _ => return Err(Error::refused(step, Reply::new(code, text))),
            }
        }
    }
}

impl Mailer for SmallMailer {
    fn open(&mut self) -> Result<(), Error> {
        if self.connection.is_some() { Ok(()) } else { self.connect() }
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        let receipt = self.open().and_then(|()| self.transaction(mail));
        // After a failure the connection may be in the middle of a transaction.
        receipt.unwrap_or_else(|error| {
            self.connection = None;
            let is_refusal = error.step() >= Some(Step::Mail) && error.reply().is_some();
            if is_refusal { Receipt::rejected(error) } else { Receipt::not_sent(error) }
        })
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            return Ok(());
        }
        let closed = self.command(Step::Quit, "QUIT");
        self.connection = None;
        closed.map(drop)
    }

    /// It has no events to trace.
    fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
}

/// Returns the content with a dot before each line that starts with one (RFC 5321 §4.5.2).
fn dot_stuffed(content: &[u8]) -> Vec<u8> {
    let lines = content.split_inclusive(|byte| *byte == b'\n');
    let dot = |line: &[u8]| if line.first() == Some(&b'.') { b".".as_slice() } else { b"" };
    lines.flat_map(|line| [dot(line), line].concat()).collect()
}

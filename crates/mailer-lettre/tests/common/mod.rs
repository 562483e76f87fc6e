//! What all tests here need: a server, the way to it, a mail, and ears.

#![allow(dead_code, reason = "each test program uses its share")]

use std::sync::{Arc, Mutex};

use mailer::{
    Credentials, Envelope, Event, Mail, Message, Reply, Security, Server, Source, Step, Trace, What,
};
use mailer_server::{Config, EmbeddedServer};

/// The way to the server, with its account and its CA.
pub(crate) fn way_to(server: &EmbeddedServer) -> Server {
    let security = match server.config().security {
        mailer_server::Security::Plain => Security::None,
        mailer_server::Security::StartTls => Security::Required,
        mailer_server::Security::Implicit => Security::Implicit,
    };
    let mut way = Server::new("localhost".parse().unwrap(), server.addr().port(), security);
    way.connect_to = Some(server.addr());
    way.trust.add_pem(server.ca_pem().as_bytes()).unwrap();
    if security != Security::None {
        let account = server.account().unwrap();
        let credentials = Credentials::new(account.user.as_str(), account.password.as_str());
        way.credentials = Some(credentials.unwrap());
    }
    way
}

pub(crate) fn start(config: Config) -> EmbeddedServer {
    EmbeddedServer::start(config).unwrap()
}

pub(crate) fn envelope(recipients: &[&str]) -> Envelope {
    let recipients = recipients.iter().map(|address| address.parse().unwrap()).collect();
    Envelope::new(Some("ann@example.com".parse().unwrap()), recipients).unwrap()
}

pub(crate) const CONTENT: &str = "Subject: hello\r\n\r\n.A line\r\nand an end\r\n";

pub(crate) fn mail() -> Mail {
    mail_to(&["bob@example.com"])
}

pub(crate) fn mail_to(recipients: &[&str]) -> Mail {
    Mail::new(envelope(recipients), Message::from_bytes(CONTENT).unwrap())
}

/// An event that can be kept.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    Sent(Step, String),
    Content(Vec<u8>),
    Received(Step, Reply),
    TlsStarted,
    Closed(Option<u64>),
}

#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<(Kept, Option<Source>)>>);

impl Recorder {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn events(&self) -> Vec<(Kept, Option<Source>)> {
        self.0.lock().unwrap().clone()
    }

    /// The dialogue in one line an event.
    pub(crate) fn lines(&self) -> Vec<String> {
        let shown = |event: &Kept| match event {
            Kept::Sent(step, line) => format!("{step} > {line}"),
            Kept::Content(bytes) => format!("{} octets", bytes.len()),
            Kept::Received(step, reply) => format!("{step} < {}", reply.code),
            Kept::TlsStarted => "TLS".to_owned(),
            Kept::Closed(writes) => format!("closed after {writes:?} writes"),
        };
        self.events().iter().map(|(event, _)| shown(event)).collect()
    }
}

impl Trace for Recorder {
    fn event(&self, event: &Event<'_>) {
        let kept = match &event.what {
            What::Sent { step, line } => Kept::Sent(*step, (*line).to_owned()),
            What::Content { bytes } => Kept::Content(bytes.to_vec()),
            What::Received { step, reply } => Kept::Received(*step, (*reply).clone()),
            What::TlsStarted { .. } => Kept::TlsStarted,
            What::Closed { writes } => Kept::Closed(*writes),
            What::Connected { .. } => return,
        };
        self.0.lock().unwrap().push((kept, event.source.clone()));
    }
}

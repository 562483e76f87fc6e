//! Shared by the tests of this crate: an embedded server, settings for it, a mail, and a trace that records.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::sync::{Arc, Mutex};

use mailer::{
    Credentials, Envelope, Event, Mail, Message, Reply, Security, Server, Source, Step, Trace, What,
};
use mailer_server::{Config, EmbeddedServer};

/// Returns settings for the server, with its account and its CA.
pub(crate) fn settings_for(server: &EmbeddedServer) -> Server {
    let security = match server.config().security {
        mailer_server::Security::Plain => Security::None,
        mailer_server::Security::StartTls => Security::Required,
        mailer_server::Security::Implicit => Security::Implicit,
    };
    let mut settings = Server::new("localhost".parse().unwrap(), server.addr().port(), security);
    settings.connect_to = Some(server.addr());
    settings.trust.add_pem(server.ca_pem().as_bytes()).unwrap();
    if security != Security::None {
        let account = server.account().unwrap();
        let credentials = Credentials::new(account.user.as_str(), account.password.as_str());
        settings.credentials = Some(credentials.unwrap());
    }
    settings
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

/// An event that owns its data.
#[derive(Clone, Debug)]
pub(crate) enum OwnedEvent {
    Sent(Step, String),
    Content(Vec<u8>),
    Received(Step, Reply),
    TlsStarted,
    Closed(Option<u64>),
}

/// A trace that keeps all events.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<(OwnedEvent, Option<Source>)>>);

impl Recorder {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn events(&self) -> Vec<(OwnedEvent, Option<Source>)> {
        self.0.lock().unwrap().clone()
    }

    /// Returns the dialogue with one line per event.
    pub(crate) fn lines(&self) -> Vec<String> {
        let shown = |event: &OwnedEvent| match event {
            OwnedEvent::Sent(step, line) => format!("{step} > {line}"),
            OwnedEvent::Content(bytes) => format!("{} bytes", bytes.len()),
            OwnedEvent::Received(step, reply) => format!("{step} < {}", reply.code),
            OwnedEvent::TlsStarted => "TLS".to_owned(),
            OwnedEvent::Closed(writes) => format!("closed after {writes:?} writes"),
        };
        self.events().iter().map(|(event, _)| shown(event)).collect()
    }
}

impl Trace for Recorder {
    fn event(&self, event: &Event<'_>) {
        let kept = match &event.what {
            What::Sent { step, line } => OwnedEvent::Sent(*step, (*line).to_owned()),
            What::Content { bytes } => OwnedEvent::Content(bytes.to_vec()),
            What::Received { step, reply } => OwnedEvent::Received(*step, (*reply).clone()),
            What::TlsStarted { .. } => OwnedEvent::TlsStarted,
            What::Closed { writes } => OwnedEvent::Closed(*writes),
            What::Connected { .. } => return,
        };
        self.0.lock().unwrap().push((kept, event.source.clone()));
    }
}

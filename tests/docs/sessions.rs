//! Sessions of several clients with the embedded server over a path with delay, in which round trips are counted.

use std::time::{Duration, SystemTime};

use mailer::{Mechanism, Outcome, Server};
use mailer_backends::{BACKENDS, Flow, Options, Pipelining};
use mailer_compare::{
    exchange::{Exchange, exchanges},
    recordings::{Settings, Variant, observe_over},
};
use mailer_lab::sample;

/// Long enough that TLS session tickets never arrive before the client's next flight has left.
const RTT: Duration = Duration::from_millis(20);

/// A way to send one message.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    backend: &'static str,
    mechanism: Mechanism,
    pipelining: Pipelining,
}

/// The classroom's client: it waits for each reply, and logs in with LOGIN.
pub(crate) fn classroom() -> Client {
    raw("the classroom's client: raw in lockstep, AUTH LOGIN", Mechanism::Login, Flow::Lockstep)
}

/// lettre, as its users run it.
pub(crate) fn lettre() -> Client {
    let name = "lettre, AUTH PLAIN, Nagle's algorithm on";
    Client { backend: "lettre", ..raw(name, Mechanism::Plain, Flow::default()) }
}

/// raw with AUTH PLAIN and this flow.
pub(crate) fn flow(name: &'static str, flow: Flow) -> Client {
    raw(name, Mechanism::Plain, flow)
}

/// raw with AUTH PLAIN in the flight of the envelope, and this flow.
pub(crate) fn with_auth_in_flight(name: &'static str, flow: Flow) -> Client {
    let client = raw(name, Mechanism::Plain, flow);
    Client { pipelining: Pipelining { pipeline_auth: true, ..client.pipelining }, ..client }
}

fn raw(name: &'static str, mechanism: Mechanism, flow: Flow) -> Client {
    let pipelining = Pipelining { pipeline_quit: true, ..Pipelining::from(flow) };
    Client { name, backend: "raw", mechanism, pipelining }
}

impl Client {
    /// Sends this many messages over one connection, and returns the exchanges of the session.
    pub(crate) fn session(&self, server: &Server, mails: usize) -> Vec<Exchange> {
        let mail = sample::mail(SystemTime::UNIX_EPOCH, "1@example.test".parse().expect("an id"));
        let mail = mail.expect("the sample is valid");
        let backend = BACKENDS.iter().find(|it| it.name == self.backend).expect("it is listed");
        let options =
            Options { pipelining: self.pipelining, unguarded: true, ..Options::default() };
        let mut server = server.clone();
        server.mechanisms = vec![self.mechanism];
        let variant = Variant {
            side: 0,
            settings: Settings::new(),
            contender: backend.contender(options, server.tls_library),
            server: &server,
            mail: &mail,
            mails,
        };
        let observation = observe_over(&variant, RTT).expect("a link can be started");
        assert_eq!(observation.receipt.outcome, Outcome::Accepted, "{}", self.name);
        exchanges(&observation)
    }
}

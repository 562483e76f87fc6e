//! docs/round-trips.md: the table of round trips, counted over a path with delay.

use std::{fmt::Write as _, time::Duration, time::SystemTime};

use mailer::{Mechanism, Outcome, Security, Server};
use mailer_backends::{BACKENDS, Flow, Options, Pipelining};
use mailer_compare::{
    exchange::{exchanges, round_trips, until_accepted},
    recordings::{Settings, Variant, observe_over},
};
use mailer_lab::{embedded, sample};
use mailer_server::Store;
use mailer_tests::blocks;

/// Long enough that TLS session tickets never arrive before the client's next flight has left.
const RTT: Duration = Duration::from_millis(20);

/// A client of the table.
struct Client {
    name: &'static str,
    backend: &'static str,
    mechanism: Mechanism,
    pipelining: Pipelining,
}

fn clients() -> [Client; 6] {
    let raw = |name, mechanism, flow: Flow, pipeline_auth| Client {
        name,
        backend: "raw",
        mechanism,
        pipelining: Pipelining { pipeline_auth, pipeline_quit: true, ..Pipelining::from(flow) },
    };
    let (plain, login) = (Mechanism::Plain, Mechanism::Login);
    let lettre = Client {
        backend: "lettre",
        ..raw("lettre, AUTH PLAIN, Nagle's algorithm on", plain, Flow::default(), false)
    };
    [
        raw("the classroom's client: raw in lockstep, AUTH LOGIN", login, Flow::Lockstep, false),
        lettre,
        raw("raw in lockstep, AUTH PLAIN", plain, Flow::Lockstep, false),
        raw("raw, pipelined", plain, Flow::Pipelined, false),
        raw("raw, pipelined, AUTH in the flight", plain, Flow::Pipelined, true),
        raw("raw, BDAT (chunked), AUTH in the flight", plain, Flow::Chunked, true),
    ]
}

/// Round trips until the message is accepted and until QUIT is answered, and the number of stalls.
fn counts(client: &Client, server: &Server) -> (u32, u32, u32) {
    let mail = sample::mail(SystemTime::UNIX_EPOCH, "1@example.test".parse().expect("an id"));
    let mail = mail.expect("the sample is valid");
    let backend = BACKENDS.iter().find(|it| it.name == client.backend).expect("it is listed");
    let options = Options { pipelining: client.pipelining, unguarded: true, ..Options::default() };
    let mut server = server.clone();
    server.mechanism = Some(client.mechanism);
    let variant = Variant {
        side: 0,
        settings: Settings::new(),
        contender: backend.contender(options),
        server: &server,
        mail: &mail,
        mails: 1,
    };
    let observation = observe_over(&variant, RTT).expect("a link can be started");
    assert_eq!(observation.receipt.outcome, Outcome::Accepted, "{}", client.name);
    let exchanges = exchanges(&observation);
    let stalls = exchanges.iter().map(|exchange| exchange.stalls).sum();
    (round_trips(until_accepted(&exchanges)), round_trips(&exchanges), stalls)
}

#[test]
fn docs_round_trips_has_the_counts() {
    let (_embedded, server) =
        embedded::start(Security::Required, Store::Count).expect("a server can be started");
    let mut table = String::from(
        "| client | round trips until accepted | until QUIT is answered | stalls |\n| --- | ---: | ---: | ---: |\n",
    );
    for client in clients() {
        let (accepted, quit, stalls) = counts(&client, &server);
        let _ = writeln!(table, "| {} | {accepted} | {quit} | {stalls} |", client.name);
    }
    blocks::check("docs/round-trips.md", "round trips", &table);
}

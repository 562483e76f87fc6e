//! docs/round-trips.md: the table of round trips, counted over a path with delay.

use std::fmt::Write as _;

use mailer::{Security, Server};
use mailer_backends::Flow;
use mailer_compare::exchange::{round_trips, until_accepted};
use mailer_lab::embedded;
use mailer_server::Store;
use mailer_tests::blocks;

use crate::sessions::{self, Client};

fn clients() -> [Client; 6] {
    [
        sessions::classroom(),
        sessions::lettre(),
        sessions::flow("raw in lockstep, AUTH PLAIN", Flow::Lockstep),
        sessions::flow("raw, pipelined", Flow::Pipelined),
        sessions::with_auth_in_flight("raw, pipelined, AUTH in the flight", Flow::Pipelined),
        sessions::with_auth_in_flight("raw, BDAT (chunked), AUTH in the flight", Flow::Chunked),
    ]
}

/// Round trips until the message is accepted and until QUIT is answered, and the number of stalls.
fn counts(client: &Client, server: &Server) -> (u32, u32, u32) {
    let exchanges = client.session(server, 1);
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

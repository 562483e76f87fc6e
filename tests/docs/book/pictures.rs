//! The pictures of the book. Each is drawn from a session with the embedded server, or from its counts.

use std::fmt::Write as _;

use mailer::{Phase, Security};
use mailer_backends::Flow;
use mailer_compare::exchange::{Exchange, round_trips, until_accepted};
use mailer_lab::embedded;
use mailer_server::{Profile, Store};
use mailer_tests::blocks;

use super::{
    drawing::{Anchor, Drawing},
    ladder,
};
use crate::sessions::{self, Client};

/// The time by which Linux delays an acknowledgement at least, in milliseconds (`TCP_DELACK_MIN`).
const DELAYED_ACK: f64 = 40.0;

fn save(name: &str, title: &str, drawing: &Drawing) {
    blocks::check_file(&format!("docs/book/{name}.svg"), &drawing.svg(title));
}

fn sessions_of(clients: &[(Client, usize)]) -> Vec<Vec<Exchange>> {
    let (_embedded, server) =
        embedded::start(Security::Required, Store::Count).expect("a server can be started");
    clients.iter().map(|(client, mails)| client.session(&server, *mails)).collect()
}

#[test]
fn whole_sessions_are_ladders() {
    let pictures = [
        ("classroom", "lockstep, AUTH LOGIN", sessions::classroom()),
        ("lettre", "lettre", sessions::lettre()),
        ("pipelined", "raw, pipelined", sessions::flow("pipelined", Flow::Pipelined)),
        (
            "chunked",
            "raw, BDAT, AUTH joined",
            sessions::with_auth_in_flight("chunked", Flow::Chunked),
        ),
    ];
    let clients = pictures.map(|(_, _, client)| (client, 1));
    for ((name, heading, _), exchanges) in pictures.iter().zip(sessions_of(&clients)) {
        let title =
            format!("The session of {heading}: each flight and its reply, from top to bottom");
        save(name, &title, &ladder::draw(heading, &exchanges));
    }
}

#[test]
fn flows_are_ladders_of_three_messages() {
    let flows = [Flow::Lockstep, Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed];
    let clients = flows.map(|flow| (sessions::flow(flow.name(), flow), 3));
    for (flow, exchanges) in flows.iter().zip(sessions_of(&clients)) {
        let messages = from_first_mail(&exchanges);
        let title = format!("Three messages in the flow {flow}: each flight and its replies");
        save(
            &format!("flow-{flow}"),
            &title,
            &ladder::draw(&format!("{flow}, 3 messages"), messages),
        );
    }
}

/// Servers with different habits, by the names of their profiles.
const SERVERS: [&str; 4] = ["gmail", "ses", "chasquid", "haraka"];

#[test]
fn the_flows_are_counted_for_each_server() {
    let flows = [Flow::Lockstep, Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed];
    let mut table =
        format!("| flow | {} |\n| --- |{}\n", SERVERS.join(" | "), " ---: |".repeat(SERVERS.len()));
    let servers = SERVERS.map(|name| {
        let mut config = embedded::config(Security::Required);
        config.profile = Profile::named(name).expect("it is listed");
        embedded::start_with(config, Security::Required).expect("a server can be started")
    });
    for flow in flows {
        let counts = servers.each_ref().map(|(_embedded, server)| {
            let exchanges = sessions::flow(flow.name(), flow).session(server, 3);
            round_trips(from_first_mail(&exchanges)).to_string()
        });
        let _ = writeln!(table, "| {flow} | {} |", counts.join(" | "));
    }
    blocks::check("docs/book/10-flights.md", "flows by server", &table);
}

/// Returns the exchanges from the first MAIL on.
fn from_first_mail(exchanges: &[Exchange]) -> &[Exchange] {
    let first = exchanges.iter().position(|exchange| exchange.phase == Phase::Envelope);
    exchanges.get(first.expect("there is an envelope")..).unwrap_or_default()
}

#[test]
fn the_time_over_a_path_is_a_line() {
    let clients = [
        ("lettre", sessions::lettre()),
        ("lockstep, LOGIN", sessions::classroom()),
        ("pipelined", sessions::flow("pipelined", Flow::Pipelined)),
        ("BDAT, AUTH joined", sessions::with_auth_in_flight("chunked", Flow::Chunked)),
    ];
    let sessions = sessions_of(&clients.map(|(_, client)| (client, 1)));
    let (left, bottom, width, height) = (64.0, 290.0, 420.0, 250.0);
    let mut drawing = Drawing::new(680.0);
    let at = |rtt: f64, ms: f64| (left + rtt / 200.0 * width, bottom - ms / 3000.0 * height);
    for ms in [0.0, 1000.0, 2000.0, 3000.0] {
        drawing.line("line dashed", at(0.0, ms), at(200.0, ms));
        let (x, y) = at(0.0, ms);
        drawing.text("soft", Anchor::End, (x - 8.0, y + 4.0), &format!("{:.0} s", ms / 1000.0));
    }
    for rtt in [0.0, 50.0, 100.0, 150.0, 200.0] {
        let (x, y) = at(rtt, 0.0);
        drawing.text("soft", Anchor::Middle, (x, y + 20.0), &format!("{rtt:.0}"));
    }
    let middle = at(100.0, 0.0);
    drawing.text("soft", Anchor::Middle, (middle.0, middle.1 + 40.0), "RTT of the path, ms");
    let mut lowest = 0.0;
    for (((name, _), exchanges), class) in
        clients.iter().zip(&sessions).zip(["wait", "in", "out", "done"])
    {
        let exchanges = until_accepted(exchanges);
        let stalls: u32 = exchanges.iter().map(|exchange| exchange.stalls).sum();
        let (trips, stalls) = (f64::from(round_trips(exchanges)), f64::from(stalls));
        let time = |rtt: f64| trips * rtt + stalls * (rtt + DELAYED_ACK);
        drawing.line(class, at(0.0, time(0.0)), at(200.0, time(200.0)));
        let (x, y) = at(200.0, time(200.0));
        let label = format!("{name}: {:.2} s", time(200.0) / 1000.0);
        // The sides are in the order of their times, but two may be close.
        lowest = f64::max(lowest + 16.0, y);
        drawing.text("", Anchor::Start, (x + 8.0, lowest + 4.0), &label);
    }
    save(
        "distance",
        "Time until the message is accepted, by the RTT of the path and by client",
        &drawing,
    );
}

#[test]
fn two_writes_stall_and_one_does_not() {
    let (client, server) = (170.0, 400.0);
    let mut drawing = Drawing::new(560.0);
    let label = |drawing: &mut Drawing, y: f64, text: &str| {
        drawing.text("", Anchor::End, (client - 10.0, y + 4.0), text);
    };
    let reply = |drawing: &mut Drawing, y: f64, text: &str| {
        drawing.text("", Anchor::Start, (server + 10.0, y + 4.0), text);
    };
    drawing.text("title", Anchor::Start, (16.0, 26.0), "Two small writes, Nagle's algorithm on");
    label(&mut drawing, 50.0, "write: content");
    drawing.arrow("out", (client, 50.0), (server, 64.0));
    reply(&mut drawing, 64.0, "no dot yet: no reply");
    label(&mut drawing, 72.0, "write: CRLF . CRLF");
    drawing.line("wait", (client, 72.0), (client, 190.0));
    drawing.text("soft", Anchor::End, (client - 10.0, 120.0), "held back until");
    drawing.text("soft", Anchor::End, (client - 10.0, 136.0), "the ACK arrives");
    drawing.line("wait", (server, 66.0), (server, 176.0));
    drawing.text("soft", Anchor::Start, (server + 10.0, 120.0), "ACK delayed by");
    drawing.text("soft", Anchor::Start, (server + 10.0, 136.0), "40 ms (Linux)");
    drawing.arrow("in", (server, 176.0), (client, 190.0));
    reply(&mut drawing, 176.0, "ACK");
    drawing.arrow("out", (client, 194.0), (server, 208.0));
    drawing.arrow("done", (server, 210.0), (client, 224.0));
    reply(&mut drawing, 210.0, "250");
    drawing.text("title", Anchor::Start, (16.0, 262.0), "One write, or TCP_NODELAY");
    label(&mut drawing, 286.0, "content CRLF . CRLF");
    drawing.arrow("out", (client, 286.0), (server, 300.0));
    drawing.arrow("done", (server, 302.0), (client, 316.0));
    reply(&mut drawing, 302.0, "250");
    for (from, to) in [(44.0, 232.0), (280.0, 324.0)] {
        drawing.line("line", (client, from), (client, to));
        drawing.line("line", (server, from), (server, to));
    }
    save("stall", "Nagle's algorithm and a delayed acknowledgement wait for each other", &drawing);
}

#[test]
fn the_protocol_is_between_its_caller_and_no_socket() {
    let mut drawing = Drawing::new(640.0);
    let boxed = |drawing: &mut Drawing, x: f64, lines: [&str; 3]| {
        drawing.rectangle("box", (x, 30.0), (140.0, 96.0));
        for (line, y) in lines.iter().zip([58.0, 82.0, 102.0]) {
            let class = if y < 60.0 { "title" } else { "soft" };
            drawing.text(class, Anchor::Middle, (x + 70.0, y), line);
        }
    };
    boxed(&mut drawing, 16.0, ["the server", "TCP, TLS", "bytes"]);
    boxed(&mut drawing, 250.0, ["the driver", "socket, clock,", "TLS, files"]);
    boxed(&mut drawing, 484.0, ["the Session", "commands, replies,", "decisions"]);
    for (x, out, back) in [(156.0, "write", "read"), (390.0, "received()", "what_next()")] {
        drawing.arrow("out", (x + 92.0, 62.0), (x + 2.0, 62.0));
        drawing.arrow("in", (x + 2.0, 98.0), (x + 92.0, 98.0));
        let (above, below) = if x < 200.0 { (out, back) } else { (back, out) };
        drawing.text("soft", Anchor::Middle, (x + 47.0, 54.0), above);
        drawing.text("soft", Anchor::Middle, (x + 47.0, 116.0), below);
    }
    save(
        "loop",
        "The driver asks the session what to do next, does it, and reports what arrived",
        &drawing,
    );
}

#[test]
fn one_mail_goes_two_ways() {
    let mut drawing = Drawing::new(640.0);
    let row = |drawing: &mut Drawing, y: f64, name: &str, inside: [&str; 2], class: &str| {
        drawing.rectangle("box", (150.0, y), (310.0, 64.0));
        drawing.text("title", Anchor::Middle, (305.0, y + 20.0), name);
        drawing.text("soft", Anchor::Middle, (305.0, y + 39.0), inside[0]);
        drawing.text("soft", Anchor::Middle, (305.0, y + 55.0), inside[1]);
        drawing.arrow(class, (110.0, 105.0), (150.0, y + 32.0));
        drawing.arrow(class, (460.0, y + 32.0), (520.0, 105.0));
    };
    drawing.rectangle("box", (16.0, 75.0), (94.0, 60.0));
    drawing.text("title", Anchor::Middle, (63.0, 101.0), "one mail");
    drawing.text("soft", Anchor::Middle, (63.0, 120.0), "Mailer::send");
    row(
        &mut drawing,
        26.0,
        "lettre",
        ["a library knows the protocol:", "the program names what it wants"],
        "in",
    );
    row(
        &mut drawing,
        120.0,
        "raw",
        ["the project's own code writes", "each command and reads each reply"],
        "out",
    );
    drawing.rectangle("box", (520.0, 75.0), (104.0, 60.0));
    drawing.text("title", Anchor::Middle, (572.0, 101.0), "one server");
    drawing.text("soft", Anchor::Middle, (572.0, 120.0), "TLS over TCP");
    save(
        "two-programs",
        "One mail goes through lettre or through raw to the same server",
        &drawing,
    );
}

//! A floor sends exactly what raw sends in the same flow. Otherwise their ratio would mean nothing.

use std::{thread, time::Duration};

use mailer::{Envelope, Mail, Message, Outcome, Security};
use mailer_backends::Flow;
use mailer_bench::floor::{self, Shape};
use mailer_lab::{Contender, embedded};
use mailer_link::{Link, LinkCounts};
use mailer_server::{EmbeddedServer, Peer};

/// Long enough that a flight of two writes is still one flight.
const ROUND_TRIP: Duration = Duration::from_millis(20);

/// What the server received, and what the link counted.
#[derive(Debug, PartialEq, Eq)]
struct Dialogue {
    lines: Vec<String>,
    counts: LinkCounts,
}

/// Sends five messages of this size, in two batches over one connection.
fn dialogue(contender: &Contender, size: usize) -> Dialogue {
    let security = Security::None;
    let server = EmbeddedServer::start(embedded::config(security)).unwrap();
    let link = Link::to([server.addr()]).round_trip(ROUND_TRIP).start().unwrap();
    let mut reached = embedded::reach(&server, security).unwrap();
    reached.connect_to = Some(link.addr());
    let mut mailer = (contender.make)(&reached).unwrap();
    for batch in [3, 2] {
        let mail = mail(size);
        let mut accepted = 0;
        mailer.send_many(&mut (0..batch).map(|_| mail.clone()), &mut |number, receipt| {
            assert_eq!((number, receipt.outcome), (accepted, Outcome::Accepted));
            accepted += 1;
        });
        assert_eq!(accepted, batch);
    }
    mailer.close().unwrap();
    drop(mailer);
    let counts = link.finish().iter().map(mailer_link::Connection::counts).sum();
    let lines = server.transcript().into_iter().filter(|line| line.from == Peer::Client);
    Dialogue { lines: lines.map(|line| line.text).collect(), counts }
}

fn mail(size: usize) -> Mail {
    let to = ["bob@example.test", "eve@example.test"].map(|to| to.parse().unwrap());
    let envelope = Envelope::new(Some("ann@example.test".parse().unwrap()), to.to_vec()).unwrap();
    let lines = b".A line that begins with a dot.\r\n".repeat(size / 33);
    Mail::new(envelope, Message::from_bytes(lines).unwrap())
}

#[test]
fn a_floor_sends_what_its_flow_sends_in_the_same_flights() {
    thread::scope(|scope| {
        for &shape in Shape::ALL {
            scope.spawn(move || compare(shape));
        }
    });
}

fn compare(shape: Shape) {
    let flow: Flow = shape.name().parse().unwrap();
    let raw = super::contender(mailer_backends::find("raw").unwrap(), flow);
    // A message that fits in a block, one that does not, and one that exceeds the window if there is one.
    let large = match shape {
        Shape::Chunked | Shape::Streamed => 17_000_000,
        _ => 1_000_000,
    };
    for size in [1_000, 100_000, large] {
        let (raw, bare) = (dialogue(&raw, size), dialogue(&floor::bare(shape), size));
        assert_eq!(bare, raw, "{shape}, {size} bytes");
    }
}

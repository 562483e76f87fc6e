//! A floor says exactly what the flow says whose floor it is: else a ratio of the two means nothing.

use std::{thread, time::Duration};

use mailer::{Envelope, Mail, Message, Outcome, Security};
use mailer_backends::Flow;
use mailer_bench::floor::{self, Shape};
use mailer_lab::{Contender, embedded};
use mailer_link::{Link, LinkCounts};
use mailer_server::{EmbeddedServer, Peer};

/// Long enough that what leaves in two writes is one flight all the same.
const ROUND_TRIP: Duration = Duration::from_millis(20);

/// What the server saw, and what passed.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    lines: Vec<String>,
    counts: LinkCounts,
}

/// What is said for so many mails of that size, in two lots on one connection.
fn said(contender: &Contender, octets: usize) -> Said {
    let security = Security::None;
    let server = EmbeddedServer::start(embedded::config(security)).unwrap();
    let link = Link::to([server.addr()]).round_trip(ROUND_TRIP).start().unwrap();
    let mut reached = embedded::reach(&server, security).unwrap();
    reached.connect_to = Some(link.addr());
    let mut mailer = (contender.make)(&reached).unwrap();
    for lot in [3, 2] {
        let mail = mail(octets);
        let mut accepted = 0;
        mailer.send_many(&mut (0..lot).map(|_| mail.clone()), &mut |number, receipt| {
            assert_eq!((number, receipt.outcome), (accepted, Outcome::Accepted));
            accepted += 1;
        });
        assert_eq!(accepted, lot);
    }
    mailer.close().unwrap();
    drop(mailer);
    let counts = link.finish().iter().map(mailer_link::Connection::counts).sum();
    let lines = server.transcript().into_iter().filter(|line| line.from == Peer::Client);
    Said { lines: lines.map(|line| line.text).collect(), counts }
}

fn mail(octets: usize) -> Mail {
    let to = ["bob@example.test", "eve@example.test"].map(|to| to.parse().unwrap());
    let envelope = Envelope::new(Some("ann@example.test".parse().unwrap()), to.to_vec()).unwrap();
    let lines = b".A line that begins with a dot.\r\n".repeat(octets / 33);
    Mail::new(envelope, Message::from_bytes(lines).unwrap())
}

#[test]
fn a_floor_says_what_its_flow_says_in_the_same_flights() {
    thread::scope(|scope| {
        for shape in Shape::ALL {
            scope.spawn(move || compare(shape));
        }
    });
}

fn compare(shape: Shape) {
    let flow: Flow = shape.name().parse().unwrap();
    let raw = super::backend_contender("raw", flow);
    // One that fits in a block, one that does not, one that fills the window where there is one.
    let large = match shape {
        Shape::Chunked | Shape::Streamed => 17_000_000,
        _ => 1_000_000,
    };
    for octets in [1_000, 100_000, large] {
        let (raw, bare) = (said(&raw, octets), said(&floor::bare(shape), octets));
        assert_eq!(bare, raw, "{shape}, {octets} octets");
    }
}

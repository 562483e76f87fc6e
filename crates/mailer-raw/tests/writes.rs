//! Large content leaves in few writes, with the commands around it, and arrives unchanged.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod settings;

use std::sync::{Arc, Mutex};

use mailer::{
    Envelope, Event, Mail, Mailer, Message, Outcome, Security, Server, TlsLibrary, Trace, What,
};
use mailer_raw::{Flow, Pipelining, RawMailer};
use mailer_server::{Config, EmbeddedServer};
use settings::server_at;

const KIB: usize = 1024;
/// The system may accept a part of a write only, but not in every try.
const TRIES: usize = 20;

/// The number of writes of the connection that was closed last.
#[derive(Default)]
struct Writes(Mutex<Option<u64>>);

impl Trace for Writes {
    fn event(&self, event: &Event<'_>) {
        if let What::Closed { writes } = event.what {
            *self.0.lock().unwrap() = writes;
        }
    }
}

/// A mail with a content of about this size, made of this line.
fn mail(size: usize, line: &str) -> Mail {
    let recipients = vec!["bob@example.com".parse().unwrap()];
    let envelope = Envelope::new(Some("ann@example.com".parse().unwrap()), recipients).unwrap();
    let lines = line.repeat(size / line.len());
    Mail::new(envelope, Message::from_bytes(format!("Subject: large\r\n\r\n{lines}")).unwrap())
}

/// Sends mails over one connection and returns the number of writes.
fn writes(server: &Server, pipelining: Pipelining, mail: &Mail, mails: usize) -> u64 {
    writes_of(RawMailer::new(server, pipelining).unwrap(), mail, mails)
}

fn writes_of(mut mailer: RawMailer, mail: &Mail, mails: usize) -> u64 {
    let writes = Arc::new(Writes::default());
    mailer.trace_to(Some(writes.clone()));
    mailer.send_many(&mut std::iter::repeat_n(mail.clone(), mails), &mut |_, receipt| {
        assert_eq!(receipt.outcome, Outcome::Accepted, "{receipt:?}");
    });
    mailer.close().unwrap();
    let writes = writes.0.lock().unwrap();
    writes.unwrap()
}

#[test]
fn commands_and_content_leave_in_one_write() {
    let embedded = EmbeddedServer::start(Config::plain()).unwrap();
    let server = server_at(&embedded, Security::None);
    // One of the writes is EHLO's, and QUIT shares the last one.
    for (flow, size, expected) in [
        (Flow::Pipelined, 100 * KIB, 1 + 2),
        (Flow::Chunked, 100 * KIB, 1 + 1),
        (Flow::Pipelined, 2000 * KIB, 1 + 1 + 2),
        (Flow::Chunked, 2000 * KIB, 1 + 2),
    ] {
        let pipelining = Pipelining { pipeline_quit: true, ..flow.into() };
        let mail = mail(size, "a line of content\r\n");
        let fewest = (0..TRIES).map(|_| writes(&server, pipelining, &mail, 1)).min();
        assert_eq!(fewest, Some(expected), "{flow}, {size} bytes");
    }
}

#[test]
fn tls_records_leave_in_batches_of_the_requested_size() {
    let embedded = EmbeddedServer::start(Config::default()).unwrap();
    let mut server = server_at(&embedded, Security::Required);
    let mail = mail(1000 * KIB, "a line of content\r\n");
    for &library in TlsLibrary::ALL {
        server.tls_library = library;
        let mailer = || RawMailer::new(&server, Flow::Pipelined).unwrap();
        let fewest = |batch| {
            let writes = || writes_of(mailer().with_tls_batch(batch), &mail, 1);
            (0..TRIES).map(|_| writes()).min().unwrap()
        };
        // The handshake, the commands and the ends of flights need fewer than ten further writes.
        let contents = [16, 32, 64].map(|batch| 1000_u64.div_ceil(batch));
        for (batch, content) in [16, 32, 64].into_iter().zip(contents) {
            let writes = fewest(batch * KIB);
            assert!((content / 2..content + 10).contains(&writes), "{library}, {batch}: {writes}");
        }
    }
}

#[test]
fn the_first_records_of_a_large_flight_leave_early() {
    let embedded = EmbeddedServer::start(Config::default()).unwrap();
    let mut server = server_at(&embedded, Security::Required);
    for &library in TlsLibrary::ALL {
        server.tls_library = library;
        let fewest = |size| {
            let mail = mail(size, "a line of content\r\n");
            (0..TRIES).map(|_| writes(&server, Flow::Pipelined.into(), &mail, 1)).min().unwrap()
        };
        // A flight below 64 KiB is one write; a larger one has 16 KiB, 32 KiB and the rest.
        assert_eq!(fewest(80 * KIB) - fewest(48 * KIB), 3 - 1, "{library}");
    }
}

#[test]
fn large_content_arrives_unchanged_in_every_flow() {
    for security in [Security::None, Security::Required] {
        let config = if security == Security::None { Config::plain() } else { Config::default() };
        let embedded = EmbeddedServer::start(config).unwrap();
        let server = server_at(&embedded, security);
        for &flow in Flow::ALL {
            for (pipeline_quit, separate_final_dot) in [(true, false), (false, true)] {
                for line in ["a line of content\r\n", ".a line with a dot\r\n"] {
                    for size in [30 * KIB, 100 * KIB, 1024 * KIB, 1100 * KIB] {
                        let mail = mail(size, line);
                        let pipelining =
                            Pipelining { pipeline_quit, separate_final_dot, ..flow.into() };
                        writes(&server, pipelining, &mail, 2);
                        let mailer::Content::Message(message) = mail.content() else { panic!() };
                        let wanted = message.to_vec().unwrap();
                        let stored = embedded.take_mails();
                        assert_eq!(stored.len(), 2);
                        assert!(stored.iter().all(|it| *it.content == *wanted), "{flow}, {size}");
                    }
                }
            }
        }
    }
}

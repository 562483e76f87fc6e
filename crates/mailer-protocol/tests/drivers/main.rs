//! The examples, against the embedded server.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

#[path = "../../examples/blocking.rs"]
mod blocking;
#[path = "../../examples/on_tokio.rs"]
mod on_tokio;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use mailer::{Envelope, Error, Kind, Message, Outcome, Receipt, Security, Server, Step};
use mailer_protocol::{Flow, Pipelining};
use mailer_server::{Config, EmbeddedServer, Fault, Point};

fn server_at(embedded: &EmbeddedServer) -> Server {
    Server::new("127.0.0.1".parse().unwrap(), embedded.addr().port(), Security::None)
}

/// Mails whose subjects are their numbers.
fn mails(count: usize) -> Vec<on_tokio::Mail> {
    let envelope = Envelope::new(None, vec!["bob@example.com".parse().unwrap()]).unwrap();
    let envelope = Arc::new(envelope);
    let message = |n| Message::from_bytes(format!("Subject: {n}\n\n.A line.\n")).unwrap();
    (0..count).map(|n| (envelope.clone(), message(n))).collect()
}

/// The contents that the server stored.
fn stored(embedded: &EmbeddedServer) -> Vec<String> {
    let text = |content: &[u8]| String::from_utf8(content.to_vec()).unwrap();
    embedded.mails().iter().map(|mail| text(&mail.content)).collect()
}

fn outcomes(receipts: &[Receipt]) -> Vec<Outcome> {
    receipts.iter().map(|receipt| receipt.outcome).collect()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// Runs the client until it has waited this often, and reports whether it has ended by then.
async fn run_until(client: &mut on_tokio::Client, waits: usize) -> bool {
    let mut run = pin!(client.run());
    let mut left = waits;
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[test]
fn the_blocking_example_sends_mails() {
    let embedded = EmbeddedServer::start(Config::plain()).unwrap();
    let receipts = blocking::send(&server_at(&embedded), &mails(3)).unwrap();
    assert_eq!(outcomes(&receipts), [Outcome::Accepted; 3]);
    assert_eq!(stored(&embedded).len(), 3);
}

#[test]
fn the_blocking_example_settles_every_mail_when_the_connection_is_lost() {
    let fault = Fault::at(Point::Mail).nth(2).close();
    let embedded = EmbeddedServer::start(Config::plain().with_fault(fault)).unwrap();
    let receipts = blocking::send(&server_at(&embedded), &mails(3)).unwrap();
    assert_eq!(outcomes(&receipts), [Outcome::Accepted, Outcome::NotSent, Outcome::NotSent]);
}

#[test]
fn the_tokio_example_sends_mails_in_every_flow() {
    for &flow in Flow::ALL {
        let embedded = EmbeddedServer::start(Config::plain()).unwrap();
        let receipts = block_on(async {
            let mut client =
                on_tokio::Client::connect(server_at(&embedded), flow, mails(3)).await.unwrap();
            client.run().await;
            client.abort(&Error::lost(Step::Quit))
        });
        assert_eq!(outcomes(&receipts), [Outcome::Accepted; 3], "{flow}");
        assert_eq!(stored(&embedded).len(), 3, "{flow}");
    }
}

#[test]
fn the_tokio_example_keeps_its_deadlines() {
    let fault = Fault::at(Point::Mail).silence();
    let embedded = EmbeddedServer::start(Config::plain().with_fault(fault)).unwrap();
    let mut server = server_at(&embedded);
    server.timeouts.envelope = Duration::from_millis(50);
    let receipts = block_on(async {
        let mut client = on_tokio::Client::connect(server, Flow::Lockstep, mails(1)).await.unwrap();
        client.run().await;
        client.abort(&Error::lost(Step::Quit))
    });
    let error = receipts[0].error.as_ref().unwrap();
    assert_eq!((receipts[0].outcome, error.kind()), (Outcome::NotSent, Kind::TimedOut));
}

/// The client is dropped after each number of waits, until it ends by itself. The server must have stored
/// what is accepted, and must not have stored what is not sent.
#[test]
fn outcomes_are_true_wherever_the_tokio_example_is_cancelled() {
    let quit = Pipelining { pipeline_quit: true, ..Flow::Streamed.into() };
    for pipelining in [Flow::Lockstep.into(), Flow::Pipelined.into(), quit] {
        let has_ended = |waits| {
            let embedded = EmbeddedServer::start(Config::plain()).unwrap();
            let (has_ended, receipts) = block_on(async {
                let mut client =
                    on_tokio::Client::connect(server_at(&embedded), pipelining, mails(2))
                        .await
                        .unwrap();
                let has_ended = run_until(&mut client, waits).await;
                (has_ended, client.abort(&Error::lost(Step::Content)))
            });
            assert_eq!(receipts.len(), 2, "{waits} waits");
            // By then the server has read everything that was written.
            assert!(embedded.wait_for_sessions(Duration::from_secs(20)));
            let accepted = receipts.iter().filter(|one| one.outcome == Outcome::Accepted).count();
            let unknown = receipts.iter().filter(|one| one.outcome == Outcome::Unknown).count();
            let stored = stored(&embedded).len();
            assert!((accepted..=accepted + unknown).contains(&stored), "{waits}: {receipts:?}");
            has_ended
        };
        let waits = (0..1000).find(|&waits| has_ended(waits));
        assert!(waits.is_some_and(|waits| waits > 0), "the client ends by itself");
    }
}

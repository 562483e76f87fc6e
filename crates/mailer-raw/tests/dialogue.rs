//! Dialogues of raw with the embedded server: what it sends, and how it handles the replies.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod settings;

use std::{
    cell::Cell,
    sync::{Arc, Mutex},
    time::Duration,
};

use mailer::{
    Envelope, Event, Kind, Mail, Mailer, Mechanism, Message, Outcome, Receipt, Security, Server,
    Step, Timeouts, Trace, What,
};
use mailer_raw::{Flow, Pipelining, RawMailer, Window};
use mailer_server::{Config, EmbeddedServer, Fault, Point};

/// The client's lines, as a trace shows them.
#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Trace for Lines {
    fn event(&self, event: &Event<'_>) {
        let line = match &event.what {
            What::Connected { .. } => "(connected)".to_owned(),
            What::Sent { line, .. } => (*line).to_owned(),
            What::Content { .. } => "(content)".to_owned(),
            What::TlsStarted { version } => format!("({})", version.unwrap_or("TLS")),
            What::Received { .. } => return,
            What::Closed { .. } => "(closed)".to_owned(),
        };
        self.0.lock().unwrap().push(line);
    }
}

fn server_at(embedded: &EmbeddedServer, security: Security) -> Server {
    let mut server = settings::server_at(embedded, security);
    server.hello = "client.example.com".parse().unwrap();
    server
}

fn mail(recipients: &[&str]) -> Mail {
    let recipients = recipients.iter().map(|address| address.parse().unwrap()).collect();
    let envelope = Envelope::new(Some("ann@example.com".parse().unwrap()), recipients).unwrap();
    Mail::new(envelope, Message::from_bytes("Subject: hello\n\n.A line.\n").unwrap())
}

#[test]
fn lockstep_with_login_sends_the_commands_of_the_notebook() {
    let embedded = EmbeddedServer::start(Config::default()).unwrap();
    let mut server = server_at(&embedded, Security::Required);
    server.mechanisms = vec![Mechanism::Login];
    let mut mailer = RawMailer::new(&server, Flow::Lockstep).unwrap();
    let lines = Arc::new(Lines::default());
    mailer.trace_to(Some(lines.clone()));
    let receipt = mailer.send(&mail(&["bob@example.com"]));
    assert_eq!(receipt.outcome, Outcome::Accepted, "{receipt:?}");
    mailer.close().unwrap();
    let lines = lines.0.lock().unwrap();
    assert_eq!(
        lines.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "(connected)",
            "EHLO client.example.com",
            "STARTTLS",
            "(TLSv1.3)",
            "EHLO client.example.com",
            "AUTH LOGIN",
            "****",
            "****",
            "MAIL FROM:<ann@example.com> SIZE=28",
            "RCPT TO:<bob@example.com>",
            "DATA",
            "(content)",
            ".",
            "QUIT",
            "(closed)",
        ]
    );
    let stored = embedded.mails();
    assert_eq!(stored.len(), 1);
    assert_eq!(&*stored[0].content, b"Subject: hello\r\n\r\n.A line.\r\n");
}

/// The size of a content in bytes: far more than socket buffers hold, so that the refusal arrives before
/// all of it is sent.
const LARGE: usize = 64 * 1024 * 1024;

#[test]
fn a_refusal_in_the_middle_of_the_content_stops_it() {
    for security in [Security::None, Security::Implicit] {
        let refusal = Fault::at(Point::Content).reply("552 5.3.4 too large after all").close();
        let mut config = match security {
            Security::None => Config::plain(),
            _ => Config::implicit(),
        };
        config.size_limit = Some(u64::MAX);
        let embedded = EmbeddedServer::start(config.with_fault(refusal)).unwrap();
        let mut mailer = RawMailer::new(&server_at(&embedded, security), Flow::Lockstep).unwrap();
        let content = "a line of no great length\r\n".repeat(LARGE / 27);
        let envelope = mail(&["bob@example.com"]).envelope().clone();
        let receipt = mailer.send(&Mail::new(envelope, Message::from_bytes(content).unwrap()));
        let error = receipt.error.unwrap();
        assert_eq!(receipt.outcome, Outcome::Rejected, "{security:?}: {error}");
        assert_eq!((error.kind(), error.step()), (Kind::Refused, Some(Step::Content)));
        assert_eq!(error.reply().map(|reply| reply.code), Some(552));
    }
}

#[test]
fn a_time_limit_beyond_the_range_of_the_clock_is_accepted() {
    let embedded = EmbeddedServer::start(Config::plain()).unwrap();
    let mut server = server_at(&embedded, Security::None);
    server.timeouts = Timeouts::all(Duration::MAX);
    let mut mailer = RawMailer::new(&server, Flow::Auto).unwrap();
    assert_eq!(mailer.send(&mail(&["bob@example.com"])).outcome, Outcome::Accepted);
}

/// A mail that raw takes from the iterator too early waits, and is one more that is not sent if the
/// connection is lost.
#[test]
fn a_mail_is_requested_only_when_its_commands_can_be_sent() {
    // In the flow `overlapped` the next envelope follows a content before its reply arrives.
    for (flow, wanted) in
        [(Flow::Lockstep, 1), (Flow::Pipelined, 1), (Flow::Chunked, 1), (Flow::Overlapped, 2)]
    {
        for is_length_known in [false, true] {
            let embedded = EmbeddedServer::start(Config::plain()).unwrap();
            let pipelining = Pipelining { pipeline_quit: true, ..flow.into() };
            let server = server_at(&embedded, Security::None);
            let mut mailer = RawMailer::new(&server, pipelining).unwrap();
            let settled = Cell::new(0);
            let (mut requested, mut most) = (0, 0);
            let mut mails = (0..4).map(|_| {
                requested += 1;
                most = most.max(requested - settled.get());
                mail(&["bob@example.com"])
            });
            let mut unknown = std::iter::from_fn(|| mails.next());
            assert_eq!(unknown.size_hint(), (0, None));
            let count = &mut |_, _: &Receipt| settled.set(settled.get() + 1);
            if is_length_known {
                mailer.send_many(&mut mails, count);
            } else {
                mailer.send_many(&mut unknown, count);
            }
            mailer.close().unwrap();
            assert_eq!((settled.get(), embedded.stored().mails), (4, 4), "{flow}");
            assert_eq!(most, wanted, "{flow}, {is_length_known}");
        }
    }
}

#[test]
fn no_more_mails_are_in_flight_than_the_window_allows() {
    let embedded = EmbeddedServer::start(Config::plain()).unwrap();
    let window = Window { mails: 2, ..Window::default() };
    let pipelining = Pipelining { window, ..Flow::Streamed.into() };
    let mut mailer = RawMailer::new(&server_at(&embedded, Security::None), pipelining).unwrap();
    let mut settled_mails = Vec::new();
    let mut offered = 0;
    let mut most = 0;
    let settled = Cell::new(0_usize);
    let mut mails = (0..6).map(|_| {
        offered += 1;
        most = most.max(offered - settled.get());
        mail(&["bob@example.com"])
    });
    mailer.send_many(&mut mails, &mut |number, receipt| {
        settled.set(settled.get() + 1);
        settled_mails.push((number, receipt.outcome));
    });
    drop(mails);
    assert_eq!(settled_mails, (0..6).map(|number| (number, Outcome::Accepted)).collect::<Vec<_>>());
    // raw may request one more, to learn whether there is one.
    assert!((2..=3).contains(&most), "{most}");
}

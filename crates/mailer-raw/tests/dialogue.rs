//! What raw says to the embedded server, and what it makes of the answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::sync::{Arc, Mutex};

use mailer::{
    Credentials, Envelope, Event, Mail, Mailer, Mechanism, Message, Outcome, Security, Server,
    Trace, What,
};
use mailer_raw::{Flow, RawMailer};
use mailer_server::{Config, EmbeddedServer};

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
    let mut server = Server::new("127.0.0.1".parse().unwrap(), embedded.addr().port(), security);
    server.trust.add_pem(embedded.ca_pem().as_bytes()).unwrap();
    if let Some(account) = embedded.account() {
        let credentials = Credentials::new(&account.user, account.password.as_str());
        server.credentials = Some(credentials.unwrap());
    }
    server.hello = "client.example.com".parse().unwrap();
    server
}

fn mail(recipients: &[&str]) -> Mail {
    let recipients = recipients.iter().map(|address| address.parse().unwrap()).collect();
    let envelope = Envelope::new(Some("ann@example.com".parse().unwrap()), recipients).unwrap();
    Mail::new(envelope, Message::from_bytes("Subject: hello\n\n.A line.\n").unwrap())
}

#[test]
fn lockstep_with_login_says_what_the_notebook_says() {
    let embedded = EmbeddedServer::start(Config::default()).unwrap();
    let mut server = server_at(&embedded, Security::Required);
    server.mechanism = Some(Mechanism::Login);
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

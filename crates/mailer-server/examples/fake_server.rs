//! A fake SMTP server in the tests of a program that sends mail with lettre.
//!
//! `cargo run -p mailer-server --example fake_server` runs it. In a test of your own, the body of `main`
//! is the body of your tests.

use std::error::Error;

use lettre::{Message, SmtpTransport, Transport as _, transport::smtp};
use mailer_server::{Config, EmbeddedServer, Fault, Point};

/// The program under test: sends an invitation, and tries again after a temporary refusal.
fn invite(mailer: &SmtpTransport, to: &str) -> Result<(), Box<dyn Error>> {
    let message = Message::builder()
        .from("team@example.test".parse()?)
        .to(to.parse()?)
        .subject("Invitation")
        .body(String::from("Join us on Friday."))?;
    let mut sent = mailer.send(&message);
    for _ in 0..2 {
        if sent.as_ref().is_err_and(smtp::Error::is_transient) {
            sent = mailer.send(&message);
        }
    }
    sent?;
    Ok(())
}

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let server = EmbeddedServer::start(Config::plain())?;
    let mailer = SmtpTransport::from_url(&server.url())?.build();

    // The message arrives as it was sent.
    invite(&mailer, "ann@example.test")?;
    let mails = server.take_mails();
    let [mail] = mails.as_slice() else { return Err(format!("{mails:?}").into()) };
    assert_eq!(mail.recipients, ["ann@example.test"]);
    let text = String::from_utf8_lossy(&mail.content);
    assert!(text.contains("Subject: Invitation\r\n"));

    // A server with greylisting refuses the first attempt. The program tries again.
    server.set_faults([Fault::at(Point::Rcpt).first(1).reply("450 4.2.0 Greylisted")]);
    invite(&mailer, "ann@example.test")?;
    assert_eq!(server.take_mails().len(), 1);

    // The server does not know bob. The program reports the reply, and ann still gets her invitation.
    server.set_faults([Fault::at(Point::Rcpt).when("bob@").reply("550 5.1.1 No such user")]);
    let refused = invite(&mailer, "bob@example.test").map_err(|error| error.to_string());
    assert!(refused.is_err_and(|error| error.contains("No such user")));
    invite(&mailer, "ann@example.test")?;
    assert_eq!(server.take_mails().len(), 1);
    Ok(())
}

//! A small program that sends mail with lettre, and its tests against the embedded server as a fake:
//! what a user of this crate writes.

mod outbox;

#[path = "../../examples/fake_server.rs"]
mod example;

use std::{error::Error, fs, path::Path, time::Duration};

use lettre::{
    Message, SmtpTransport, Transport as _,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use mailer_server::{Account, Authority, CertificateKind, Config, EmbeddedServer, Fault, Point};

use outbox::{Outbox, State};

fn message(to: &str, subject: &str) -> Message {
    let message = Message::builder()
        .from("shop@example.test".parse().expect("an address"))
        .to(to.parse().expect("an address"))
        .subject(subject);
    message.body(String::from("Thank you for your order.")).expect("a message")
}

fn start(config: Config) -> EmbeddedServer {
    EmbeddedServer::start(config).expect("the server starts")
}

/// Connects lettre to a server without TLS.
fn plain(server: &EmbeddedServer) -> SmtpTransport {
    SmtpTransport::from_url(&server.url()).expect("a URL").build()
}

/// Connects lettre to a server with TLS, trusting this CA.
fn trusting(server: &EmbeddedServer, ca_pem: &str) -> SmtpTransport {
    let ca = Certificate::from_pem(ca_pem.as_bytes()).expect("a certificate");
    let parameters = TlsParameters::builder(server.addr().ip().to_string())
        .add_root_certificate(ca)
        .build()
        .expect("TLS parameters");
    let builder = SmtpTransport::from_url(&server.url()).expect("a URL");
    builder.tls(Tls::Required(parameters)).build()
}

#[test]
fn the_example_of_the_crate_runs() {
    example::main().expect("the example succeeds");
}

/// Connects lettre with the code that `mailer serve` prints.
fn pasted(server: &EmbeddedServer, ca_file: &Path) -> Result<SmtpTransport, Box<dyn Error>> {
    let account = server.account().ok_or("an account")?;
    let server_host = server.addr().ip().to_string();
    let (server_host, server_port) = (server_host.as_str(), server.addr().port());
    let (user_name, password) = (account.user.as_str(), account.password.clone());
    Ok(include!("../../../mailer-cli/src/commands/serve/lettre_client.txt"))
}

#[test]
fn the_code_that_mailer_serve_prints_for_lettre_sends_a_message() {
    let server = start(Config::default());
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    fs::write(&ca_file, server.ca_pem()).expect("written");
    let mailer = pasted(&server, &ca_file).expect("a transport");
    mailer.send(&message("ann@example.test", "Order 1")).expect("sent");
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_sent_message_leaves_the_outbox() {
    let server = start(Config::plain());
    let mut outbox = Outbox::new(plain(&server));
    outbox.push(message("ann@example.test", "Order 1"));
    assert_eq!(outbox.run(), [State::Sent]);
    assert_eq!(outbox.run(), [State::Sent; 0]);
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].sender.as_deref(), Some("shop@example.test"));
}

#[test]
fn a_temporary_refusal_keeps_the_message_and_a_permanent_one_drops_it() {
    let server =
        start(Config::plain().with_fault(
            Fault::at(Point::Rcpt).when("ann@").first(1).reply("450 4.2.1 Mailbox busy"),
        ));
    let mut outbox = Outbox::new(plain(&server));
    outbox.push(message("ann@example.test", "Order 1"));
    outbox.push(message("cid@example.test", "Order 2"));
    assert_eq!(outbox.run(), [State::Waiting, State::Sent]);
    assert_eq!(outbox.run(), [State::Sent]);

    server.set_faults([Fault::at(Point::Rcpt).when("<bob@").reply("550 5.1.1 No such user")]);
    outbox.push(message("bob@example.test", "Order 3"));
    outbox.push(message("ann@example.test", "Order 4"));
    assert_eq!(outbox.run(), [State::Refused("No such user".into()), State::Sent]);
    assert_eq!(server.stored().mails, 3);
}

#[test]
fn a_fault_can_search_the_content() {
    let server = start(Config::plain());
    let spam = Fault::at(Point::EndOfData).when("subject: order 2").reply("554 5.7.1 Spam");
    server.set_faults([spam]);
    let mut outbox = Outbox::new(plain(&server));
    outbox.push(message("ann@example.test", "Order 1"));
    outbox.push(message("ann@example.test", "Order 2"));
    assert_eq!(outbox.run(), [State::Sent, State::Refused("Spam".into())]);
    assert_eq!(server.stored().mails, 1);
}

#[test]
fn a_fault_at_content_can_search_the_envelope() {
    let server = start(Config::plain());
    let fault = Fault::at(Point::EndOfData).when("rcpt to:<bob@").reply("452 4.3.1 Full");
    server.set_faults([fault]);
    let mut outbox = Outbox::new(plain(&server));
    outbox.push(message("bob@example.test", "Order 1"));
    outbox.push(message("ann@example.test", "Order 2"));
    assert_eq!(outbox.run(), [State::Waiting, State::Sent]);
}

#[test]
fn a_lost_connection_keeps_the_message() {
    let server = start(Config::plain().with_fault(Fault::at(Point::Mail).nth(1).reset()));
    let mut outbox = Outbox::new(plain(&server));
    outbox.push(message("ann@example.test", "Order 1"));
    assert_eq!(outbox.run(), [State::Waiting]);
    assert_eq!(outbox.run(), [State::Sent]);
}

#[test]
fn a_limit_of_the_server_is_a_refusal() {
    let config = Config::plain().with_size_limit(50).with_limits(|limits| limits.errors = 1);
    let server = start(config);
    let mut outbox = Outbox::new(plain(&server));
    outbox.push(message("ann@example.test", "Order 1"));
    assert!(matches!(outbox.run().as_slice(), [State::Refused(_)]));
    assert!(server.mails().is_empty());
}

#[test]
fn a_login_inside_starttls_and_implicit_tls_works() {
    let account = Account::new("shop@example.test", "s€same: 1/2");
    for config in [Config::default(), Config::implicit()] {
        let server = start(config.with_account(account.clone()));
        let tls = |ca: &str| {
            let is_implicit = server.url().starts_with("smtps://");
            if is_implicit { wrapped(&server, ca) } else { trusting(&server, ca) }
        };
        let mut outbox = Outbox::new(tls(server.ca_pem()));
        outbox.push(message("ann@example.test", "Order 1"));
        assert_eq!(outbox.run(), [State::Sent]);
        let mails = server.mails();
        assert_eq!(mails[0].authenticated_as.as_deref(), Some("shop@example.test"));
    }
}

/// Connects lettre to a server with TLS from the first byte.
fn wrapped(server: &EmbeddedServer, ca_pem: &str) -> SmtpTransport {
    let ca = Certificate::from_pem(ca_pem.as_bytes()).expect("a certificate");
    let parameters = TlsParameters::builder(server.addr().ip().to_string());
    let parameters = parameters.add_root_certificate(ca).build().expect("TLS parameters");
    let builder = SmtpTransport::from_url(&server.url()).expect("a URL");
    builder.tls(Tls::Wrapper(parameters)).build()
}

#[test]
fn an_expired_certificate_keeps_the_message() {
    let server = start(Config::default().with_certificate(CertificateKind::Expired));
    let mut outbox = Outbox::new(trusting(&server, server.ca_pem()));
    outbox.push(message("ann@example.test", "Order 1"));
    assert_eq!(outbox.run(), [State::Waiting]);
    assert!(server.mails().is_empty());
}

#[test]
fn a_ca_survives_a_restart_of_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("authority.pem");
    let config = || {
        let authority = Authority::load_or_create(&file).expect("an authority");
        Config::default().with_authority(authority)
    };
    let ca = start(config()).ca_pem().to_owned();
    let server = start(config());
    assert_eq!(server.ca_pem(), ca);
    let mut outbox = Outbox::new(trusting(&server, &ca));
    outbox.push(message("ann@example.test", "Order 1"));
    assert_eq!(outbox.run(), [State::Sent]);
}

#[test]
fn a_test_can_wait_for_a_message_that_another_thread_sends() {
    let server = start(Config::plain());
    let mut outbox = Outbox::new(plain(&server));
    outbox.push(message("ann@example.test", "Order 1"));
    let worker = std::thread::spawn(move || outbox.run());
    assert!(server.wait_for_mails(1, Duration::from_secs(20)));
    assert_eq!(worker.join().expect("no panic"), [State::Sent]);
}

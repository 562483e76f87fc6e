//! Tests of step 6: TLS, with the name checked.

use mailer_server::{CertificateKind, Config};
use smtp_client::{
    given::{Connection, Error, Tls},
    step_01_greeting::connect,
    step_02_replies::read_reply,
    step_03_ehlo::ehlo,
    step_05_starttls::starttls,
    step_06_tls::secure,
};

use crate::lab::{HELLO, Lab, TIMEOUT, announced, describe};

/// Connects to a server with this certificate, and secures the connection.
fn secured(kind: CertificateKind, name: &str) -> (Lab, Result<Connection, Error>) {
    let lab = Lab::embedded(Config::default().with_certificate(kind));
    let address = lab.address();
    let tls = Tls { name: name.to_owned(), ..lab.tls() };
    let connection = lab.run(move || {
        let mut connection = connect(address, TIMEOUT)?;
        read_reply(&mut connection)?;
        ehlo(&mut connection, HELLO)?;
        starttls(&mut connection, &announced(&[]))?;
        secure(connection, &tls)
    });
    (lab, connection)
}

#[test]
fn speaks_tls() {
    let (lab, connection) = secured(CertificateKind::Good, "localhost");
    let mut connection = connection.unwrap_or_else(|error| {
        lab.fail(
            &format!("secure returned an error: {error}"),
            "the certificate is good, if the CA in tls.ca_pem is trusted as well",
        )
    });
    let reply = lab.run(move || ehlo(&mut connection, HELLO));
    lab.check(
        "EHLO inside TLS",
        &describe(&reply),
        "Ok",
        "the stream in it must be the TLS stream",
    );
    let is_inside = lab.dialogue().iter().any(|line| line.starts_with("C*: EHLO"));
    assert!(is_inside, "EHLO was not sent inside TLS");
}

#[test]
fn checks_the_name() {
    let (lab, connection) = secured(CertificateKind::Good, "mail.example.test");
    lab.check(
        "secure, with a server that is localhost and not mail.example.test",
        &describe(&connection),
        "Err(Tls)",
        "the certificate must be made out to the name in tls.name",
    );
}

#[test]
fn refuses_a_bad_certificate() {
    let kinds = [
        (CertificateKind::WrongHost, "it is made out to another server"),
        (CertificateKind::UnknownAuthority, "a CA that the client does not trust has signed it"),
        (CertificateKind::SelfSigned, "it is signed by itself, which anyone can do"),
        (CertificateKind::Expired, "its time is over"),
    ];
    for (kind, why) in kinds {
        let (lab, connection) = secured(kind, "localhost");
        lab.check(
            &format!("secure, with a certificate of the kind {kind:?}"),
            &describe(&connection),
            "Err(Tls)",
            why,
        );
    }
}

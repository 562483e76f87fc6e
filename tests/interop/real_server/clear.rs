//! The port of real servers without TLS and AUTH.

use mailer::{Kind, Outcome, Security, Server, Step};
use mailer_tests::mails;

use super::{
    arrival::new_id,
    contender::{Setup, server_with},
    sending::{assert_accepted, message_of},
};

pub(super) fn none(setup: &Setup<'_>) {
    assert_arrives(setup, &setup.server);
}

pub(super) fn opportunistic(setup: &Setup<'_>) {
    let server = server_with(&setup.server, |it| it.security = Security::Opportunistic);
    assert_arrives(setup, &server);
}

pub(super) fn opportunistic_with_password(setup: &Setup<'_>) {
    let credentials = Some(setup.real.credentials("USER", "PASS"));
    assert_nothing_is_sent(
        setup,
        &server_with(&setup.server, |it| {
            it.security = Security::Opportunistic;
            it.credentials = credentials;
        }),
    );
}

pub(super) fn required(setup: &Setup<'_>) {
    assert_nothing_is_sent(
        setup,
        &server_with(&setup.server, |it| it.security = Security::Required),
    );
}

fn assert_arrives(setup: &Setup<'_>, server: &Server) {
    let id = new_id();
    let mut mailer = setup.mailer_to(server);
    let mail = mails::prepared(&[setup.real.fact("RCPT")], message_of(&id));
    assert_accepted(setup.real, &mailer.send(&mail), 1);
    mailer.close().expect("a good end");
    let arrived = setup.real.await_mail("MAILBOX", &id);
    assert_eq!(arrived.content, message_of(&id).into_bytes());
    // RFC 3848: neither TLS nor AUTH.
    assert!(arrived.came(setup.real.fact("RCPT"), "ESMTP"), "{}", arrived.on_top());
}

fn assert_nothing_is_sent(setup: &Setup<'_>, server: &Server) {
    let receipt = setup.mailer_to(server).send(&mails::small(&[setup.real.fact("RCPT")]));
    let error = receipt.error.as_ref().expect("an error");
    assert_eq!((receipt.outcome, error.kind()), (Outcome::NotSent, Kind::Tls), "{error}");
    assert_eq!(error.step(), Some(Step::StartTls));
}

//! AUTH and certificates of real servers.

use std::time::Duration;

use mailer::{Credentials, Kind, Mechanism, Outcome, Server, Step, Trust};
use mailer_tests::mails;

use super::{
    arrival::new_id,
    contender::{Setup, server_with},
    sending::{assert_accepted, message_of},
};
use crate::wait;

/// The time limit of a log line, which another process of the server may write.
const LOG_LIMIT: Duration = Duration::from_secs(10);

pub(super) fn mechanisms(setup: &Setup<'_>) {
    for mechanism in setup.mechanisms(false) {
        assert_logs_in(setup, &setup.server, mechanism);
    }
}

pub(super) fn utf8_password(setup: &Setup<'_>) {
    let password = setup.real.fact("PASS2");
    assert!(!password.is_ascii() && password.contains(' '));
    let credentials = Some(setup.real.credentials("USER2", "PASS2"));
    let server = server_with(&setup.server, |it| it.credentials = credentials);
    for mechanism in setup.mechanisms(false) {
        assert_logs_in(setup, &server, mechanism);
    }
}

/// An access token is checked by its signature.
pub(super) fn tokens(setup: &Setup<'_>) {
    let (user, token) = (setup.real.fact("USER"), setup.real.fact("TOKEN"));
    let with_token = |token: &str| {
        let credentials = Credentials::with_token(user, token).expect("credentials");
        server_with(&setup.server, |it| it.credentials = Some(credentials))
    };
    for mechanism in setup.mechanisms(true) {
        assert_logs_in(setup, &with_token(token), mechanism);
        let server = server_with(&with_token(&format!("{token}x")), |it| {
            it.mechanisms = vec![mechanism];
        });
        let error = setup.mailer_to(&server).open().expect_err("a wrong token");
        assert_eq!(
            (error.kind(), error.step()),
            (Kind::Authentication, Some(Step::Auth)),
            "{error}"
        );
        // Dovecot explains the refusal.
        let shown = error.to_string();
        assert!(shown.contains("access token: status ") && !shown.contains(token), "{shown}");
    }
}

pub(super) fn wrong_password(setup: &Setup<'_>) {
    let user = setup.real.fact("USER");
    let credentials = Credentials::new(user, "not the password").expect("credentials");
    let server = server_with(&setup.server, |it| it.credentials = Some(credentials));
    let mut mailer = setup.mailer_to(&server);
    let error = mailer.open().expect_err("a wrong password");
    assert_eq!((error.kind(), error.step()), (Kind::Authentication, Some(Step::Auth)), "{error}");
    let reply = error.reply().expect("the reply of the server").to_string();
    assert!(reply.starts_with(setup.real.product.bad_password), "{reply}");
    let receipt = mailer.send(&mails::small(&[setup.real.fact("RCPT")]));
    let kind = receipt.error.as_ref().map(mailer::Error::kind);
    assert_eq!((receipt.outcome, kind), (Outcome::NotSent, Some(Kind::Authentication)));
}

pub(super) fn unknown_authority(setup: &Setup<'_>) {
    let server = server_with(&setup.server, |it| it.trust = Trust::default());
    let error = setup.mailer_to(&server).open().expect_err("the certificate is not trusted");
    assert_eq!((error.kind(), error.step()), (Kind::Tls, Some(Step::Tls)), "{error}");
}

/// Sends a message, and checks in the log how its sender logged in.
fn assert_logs_in(setup: &Setup<'_>, server: &Server, mechanism: Mechanism) {
    let server = server_with(server, |it| it.mechanisms = vec![mechanism]);
    let mut mailer = setup.mailer_to(&server);
    let mail = mails::prepared(&[setup.real.fact("RCPT")], message_of(&new_id()));
    let receipt = mailer.send(&mail);
    assert_accepted(setup.real, &receipt, 1);
    let user = server.credentials.as_ref().map(Credentials::user).expect("credentials");
    let id = setup.real.queue_id(&receipt);
    let is_logged = |line: &str| setup.real.product.logs(line, id, mechanism.name(), user);
    let logged = || setup.real.log().lines().any(is_logged).then_some(());
    assert!(wait::until(LOG_LIMIT, logged).is_some(), "{id} is not in the log");
}

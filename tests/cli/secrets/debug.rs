//! `Debug` of every type that contains a password.

use mailer::{Credentials, Mask, Secret, Server, ServerUrl};
use mailer_server::{Account, Config};

use super::{Forms, SENTINEL, USER, taking};

/// Returns both layouts of `Debug`.
fn debug(value: &impl std::fmt::Debug) -> String {
    format!("{value:?} {value:#?}")
}

#[test]
fn debug_never_shows_a_password() {
    let credentials = Credentials::new(USER, SENTINEL).expect("valid credentials");
    let encoded: String = SENTINEL.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let url: ServerUrl = format!("smtp://alice:{encoded}@localhost").parse().expect("a URL");
    assert_eq!(url.password.as_ref().map(Secret::reveal), Some(SENTINEL));
    let mut server = Server::new(url.host.clone(), url.port, url.security);
    server.credentials = Some(credentials.clone());
    let account = Account::new(USER, SENTINEL).with_token(SENTINEL);
    let token = Credentials::with_token(USER, super::TOKEN).expect("valid credentials");
    let shown = debug(&token) + &debug(&Mask::new(Some(&token)));
    assert_eq!(Forms::new(USER, super::TOKEN).found_in(&shown), None, "{shown}");
    let fixture = taking(SENTINEL);
    for shown in [
        debug(&credentials),
        debug(credentials.secret()),
        debug(&Mask::new(Some(&credentials))),
        debug(&url),
        debug(&server),
        server.to_string(),
        debug(&account),
        debug(&Config::default().with_account(account.clone())),
        debug(fixture.server.config()),
        debug(&fixture.server.account()),
    ] {
        assert_eq!(Forms::new(USER, SENTINEL).found_in(&shown), None, "{shown}");
    }
}

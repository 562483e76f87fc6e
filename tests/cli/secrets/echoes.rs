//! Servers that repeat the credentials in their replies.

use std::process::Command;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mailer_server::{Account, Config, Fault, Point};
use mailer_tests::binary;

use super::{Kind, SENTINEL, TOKEN, USER, has, mechanisms, shown_by};
use crate::fixture::{Fixture, SMALL, backends};

/// The texts that a server repeats, with the mechanism that sent them.
fn echoes() -> Vec<(String, String)> {
    let plain = BASE64_STANDARD.encode(format!("\0{USER}\0{SENTINEL}"));
    let (begin, end) = plain.split_at(plain.len() / 2);
    let password = BASE64_STANDARD.encode(SENTINEL);
    let url_safe = plain.replace('+', "-").replace('/', "_");
    let message = format!("user={USER}\u{1}auth=Bearer {TOKEN}\u{1}\u{1}");
    let message = BASE64_STANDARD.encode(message);
    let json = format!(r#"{{"status":"{TOKEN}"}}"#);
    let json = BASE64_STANDARD.encode(json);
    [
        ("xoauth2", format!("535 5.7.8 What is AUTH XOAUTH2 {message}")),
        ("xoauth2", format!("535-5.7.8 What is {}\n535 {}", &message[..40], &message[40..])),
        ("xoauth2", format!("535 {USER} is not {TOKEN}")),
        ("xoauth2", format!("535 {}... is not valid", &TOKEN[..24])),
        ("xoauth2", format!("334 {json}")),
        ("oauthbearer", format!("535 5.7.8 What is AUTH {message}")),
        ("oauthbearer", format!("334 {json}")),
        ("oauthbearer", TOKEN.to_owned()),
        ("plain", format!("535 5.7.8 What is AUTH PLAIN {plain}")),
        ("plain", format!("535 5.5.2 Cannot decode '{}'", plain.trim_end_matches('='))),
        ("plain", format!("535-5.5.2 Cannot decode {begin}\n535 5.5.2 {end}")),
        ("plain", format!("535 5.5.2 {}... is too long", &plain[..plain.len() - 9])),
        ("plain", format!("535 {url_safe}")),
        ("plain", format!("535 {USER} is not {SENTINEL}")),
        ("plain", format!("334 {plain}")),
        ("login", format!("535 5.7.8 What is {password}")),
        ("login", format!("535-{}\n535 {}", &password[..15], &password[15..])),
        ("login", format!("421 4.7.0 {SENTINEL}: go away")),
        // These are no valid replies, so the error quotes part of them, escaped.
        ("login", password),
        ("login", SENTINEL.to_owned()),
        ("plain", format!("{} {plain}", "x".repeat(40))),
        ("plain", format!("250-{plain}\n535 {plain}")),
    ]
    .map(|(mechanism, reply)| (mechanism.to_owned(), reply))
    .into()
}

#[test]
fn a_repeated_password_is_masked() {
    for (mechanism, reply) in echoes() {
        let (_, kind) = mechanisms().find(|(known, _)| *known == mechanism).expect("a mechanism");
        for backend in backends().filter(|backend| has(backend, &mechanism)) {
            let fixture = repeating(&mechanism, &reply);
            let mut command = binary::mailer();
            command.current_dir(fixture.folder()).args(["send", "--ca", "ca.pem"]).args(SMALL);
            command.args(["--server", &fixture.url(), "--user", USER, "--auth", &mechanism]);
            fails(kind, command.args(["--backend", backend, "--trace", "--json"]));
        }
        let fixture = repeating(&mechanism, &reply);
        let mut command = binary::mailer();
        command.current_dir(fixture.folder()).args(["compare", "--ca", "ca.pem", "--user", USER]);
        fails(kind, command.args(["--server", &fixture.url(), "--auth", &mechanism]));
    }
}

/// Returns a server that sends this once it has the password.
fn repeating(mechanism: &str, reply: &str) -> Fixture {
    let fault = match mechanism {
        "login" => Fault::at(Point::AuthResponse).nth(2),
        _ => Fault::at(Point::Auth),
    };
    let config = Config::default().with_account(Account::new(USER, SENTINEL).with_token(TOKEN));
    Fixture::start(config.with_fault(fault.reply(reply)))
}

#[track_caller]
fn fails(kind: Kind, command: &mut Command) {
    let ran = shown_by(kind.secret, command.env(kind.variable, kind.secret));
    assert_ne!(ran.status, 0, "{ran:#?}");
}

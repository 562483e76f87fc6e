//! The server's messages in SCRAM-SHA-256, OAUTHBEARER and XOAUTH2: the login never succeeds, because the server knows
//! neither the password nor a right token, and no error shows a secret or a control character.

#![no_main]

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use libfuzzer_sys::fuzz_target;
use mailer::{Credentials, Error, Mechanism, Server};
use mailer_protocol::{Flow, Next, Session};

const SECRET: &str = "Zq7sesame9";
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
/// What stands for the client's nonce in an input.
const NONCE_SIGN: &str = "NONCE";
/// More rounds are allowed, but take too long here.
const SLOW: &str = "i=";

fuzz_target!(|input: &str| {
    let Some((choice, messages)) = input.split_at_checked(1) else { return };
    let mechanism = match choice {
        "0" => Mechanism::OAuthBearer,
        "1" => Mechanism::XOAuth2,
        _ => Mechanism::ScramSha256,
    };
    let messages: Vec<String> =
        messages.split('\n').map(|message| message.replace(NONCE_SIGN, NONCE)).collect();
    if messages.iter().any(|message| is_slow(message)) {
        return;
    }
    let mut session = session(mechanism);
    session.received(b"220 ready\r\n");
    write_all(&mut session);
    let offer = format!("250-mail.example.com\r\n250 AUTH {}\r\n", mechanism.name());
    session.received(offer.as_bytes());
    for message in &messages {
        write_all(&mut session);
        let challenge = format!("334 {}\r\n", BASE64_STANDARD.encode(message));
        session.received(challenge.as_bytes());
    }
    write_all(&mut session);
    session.received(b"235 2.7.0 welcome\r\n");
    assert!(!session.has_reached_mail(), "the login succeeds: {input:?}");
    write_all(&mut session);
    session.received(b"221 bye\r\n");
    assert!(matches!(session.what_next(), Next::Close), "the exchange does not end: {input:?}");
    is_clean(session.failure().expect("a failure"));
});

fn session(mechanism: Mechanism) -> Session {
    let mut server: Server = "smtp://mail.example.com?tls=none".parse().expect("a URL");
    let credentials = match mechanism.takes_token() {
        true => Credentials::with_token("tim", SECRET),
        false => Credentials::new("tim", SECRET),
    };
    server.credentials = Some(credentials.expect("valid credentials"));
    server.mechanisms = vec![mechanism];
    Session::new(Arc::new(server), Flow::Auto).with_nonce(NONCE)
}

fn write_all(session: &mut Session) {
    while matches!(session.what_next(), Next::Write { .. }) {
        session.wrote();
    }
}

/// Whether the message asks for more than 99,999 rounds.
fn is_slow(message: &str) -> bool {
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
    message.split(SLOW).skip(1).any(|rest| digits(rest) > 5)
}

fn is_clean(error: &Error) {
    let shown = format!("{error}{error:?}{}", error.cause().unwrap_or_default());
    assert!(!shown.contains(SECRET) && !error.to_string().contains(char::is_control), "{shown}");
}

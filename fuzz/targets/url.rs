//! The URL of a server: parsing never panics, a parsed URL can be written, and a password in it is never
//! shown.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use mailer::{Error, Server, ServerUrl};

/// The placeholder of an input for a password.
const PLACE: &str = ":*";
/// The password that replaces it. Nothing else looks like it.
const PASSWORD: &str = ":Zq7sesame9";

fuzz_target!(|text: &str| {
    if text.contains("Zq7") {
        return;
    }
    let text = text.replace(PLACE, PASSWORD);
    hides_password_in(&text.parse::<Server>().map(|server| server.to_string()));
    match text.parse::<ServerUrl>() {
        Ok(url) => {
            hides_password_in(&url);
            reads_again(&url);
        }
        Err(error) => tells_nothing(&error),
    }
});

fn hides_password_in(shown: &impl Debug) {
    let shown = format!("{shown:?}");
    assert!(!shown.contains(&PASSWORD[1..]), "{shown}");
}

fn tells_nothing(error: &Error) {
    hides_password_in(error);
    hides_password_in(&(error.to_string(), error.cause(), error.hint()));
}

fn reads_again(url: &ServerUrl) {
    assert!(!url.host.as_str().contains(|c: char| c.is_control() || c.is_whitespace()));
    let written = Server::new(url.host.clone(), url.port, url.security).to_string();
    let again: ServerUrl = written.parse().expect("what is written can be read");
    assert_eq!((&again.host, again.port, again.security), (&url.host, url.port, url.security));
    assert!(again.user.is_none() && again.password.is_none());
}

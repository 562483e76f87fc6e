//! The answer to EHLO: read as a plainer reader reads it, in any case and order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer::{Mechanism, Reply};
use mailer_protocol::Capabilities;

fuzz_target!(|text: &str| {
    let found = parse(text);
    assert_eq!(found, by_the_book(text));
    assert_eq!(found, parse(&text.to_ascii_lowercase()), "keywords come in any case");
    assert_eq!(found, parse(&format!("{text}\nX-UNKNOWN 1 2 3")), "what is unknown is skipped");
    for mechanism in Mechanism::ALL.iter().copied() {
        assert_eq!(found.offers(mechanism), found.auth.iter().any(|n| n == mechanism.name()));
    }
});

fn parse(text: &str) -> Capabilities {
    Capabilities::from_reply(&Reply::new(250, text))
}

/// Parses RFC 5321 §4.1.1.1, with the `AUTH=` of old servers.
fn by_the_book(text: &str) -> Capabilities {
    let text = text.to_ascii_uppercase().replace(['=', '\t'], " ");
    let lines: Vec<Vec<&str>> = text
        .split('\n')
        .skip(1)
        .map(|line| line.split(' ').filter(|word| !word.is_empty()).collect())
        .collect();
    let with = |keyword| lines.iter().filter(move |line| line.first() == Some(&keyword));
    let has = |keyword| with(keyword).next().is_some();
    let limit = |line: &Vec<&str>| line.get(1).and_then(|limit| limit.parse().ok());
    let mut auth: Vec<String> = Vec::new();
    for name in with("AUTH").flat_map(|line| line.iter().skip(1)) {
        if !auth.iter().any(|known| known == name) {
            auth.push((*name).to_owned());
        }
    }
    let mut capabilities = Capabilities::default();
    capabilities.starttls = has("STARTTLS");
    capabilities.pipelining = has("PIPELINING");
    capabilities.chunking = has("CHUNKING");
    capabilities.eight_bit_mime = has("8BITMIME");
    capabilities.smtputf8 = has("SMTPUTF8");
    capabilities.declares_size = has("SIZE");
    capabilities.size = with("SIZE").next_back().and_then(limit).filter(|&limit| limit > 0);
    capabilities.auth = auth;
    capabilities
}

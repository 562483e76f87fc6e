//! Addresses, mailboxes and host names: an accepted value can be written and parsed again, and cannot break
//! out of a command or a header.

#![no_main]

use std::{fmt::Display, str::FromStr};

use libfuzzer_sys::fuzz_target;
use mailer::{Address, HeaderText, HelloName, HostName, Mailbox, MediaType, MessageId};

fuzz_target!(|text: &str| {
    if let Some(address) = reads_again::<Address>(text) {
        fits_in_a_command(&address);
    }
    if let Ok(mailbox) = text.parse::<Mailbox>() {
        fits_in_a_command(&mailbox.address);
        assert_eq!(written(&mailbox).parse::<Mailbox>().expect("it can be read"), mailbox);
    }
    reads_again::<HelloName>(text);
    reads_again::<HostName>(text);
    reads_again::<MediaType>(text);
    if let Ok(id) = text.parse::<MessageId>() {
        is_one_word(id.as_str());
    }
    if let Ok(text) = HeaderText::new(text) {
        assert!(!text.as_str().contains(char::is_control));
    }
});

/// Returns the value of the text, if it has one. Written and parsed again, it must be the same.
fn reads_again<T: FromStr<Err: Display> + Display + PartialEq>(text: &str) -> Option<T> {
    let value: T = text.parse().ok()?;
    let shown = value.to_string();
    assert!(!shown.is_empty() && !shown.contains(char::is_control), "{shown:?}");
    match shown.parse() {
        Ok(again) => assert!(value == again, "{shown:?} reads as something else"),
        Err(error) => panic!("{text:?} is taken for {shown:?}, which is refused: {error}"),
    }
    Some(value)
}

/// The address fits in a command line (RFC 5321 §4.5.3.1.4) and contains nothing that ends its path or
/// the command. Local parts of more than 64 bytes are accepted on purpose: see `MAX_ADDRESS` in `mailer`.
fn fits_in_a_command(address: &Address) {
    assert!(!address.local().is_empty(), "{address}");
    assert!((1..=255).contains(&address.domain().len()), "{address}");
    assert!(format!("MAIL FROM:<{address}>\r\n").len() <= 512, "{address}");
    assert_eq!(format!("{}@{}", address.local(), address.domain()), address.as_str());
    assert!(address.domain().is_ascii(), "{address}");
    is_one_word(address.domain());
    if !address.local().starts_with('"') {
        is_one_word(address.local());
    }
}

fn is_one_word(text: &str) {
    assert!(!text.contains(|c: char| c.is_whitespace() || c.is_control()), "{text:?}");
    assert!(!text.contains(['<', '>']), "{text:?}");
}

/// Returns a mailbox as a header contains it.
fn written(mailbox: &Mailbox) -> String {
    let address = &mailbox.address;
    match &mailbox.name {
        Some(name) => {
            let escaped = name.as_str().replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\" <{address}>")
        }
        None => format!("<{address}>"),
    }
}

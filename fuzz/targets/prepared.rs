//! Headers of prepared messages: splitting the file changes nothing; no text of an address list is dropped,
//! no Bcc is kept, and nothing unprintable is shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer::{Address, Error};
use mailer_prepared::{Found, Header, Remark, address_list};

fuzz_target!(|file: &[u8]| {
    drops_no_text(file);
    let header = match Header::parse(file, true) {
        Ok(header) => header.expect("the file is whole"),
        Err(error) => return is_printable(&error),
    };
    for cut in 0..file.len().min(200) {
        if let Ok(Some(early)) = Header::parse(&file[..cut], false) {
            assert_eq!(early, header, "cut at {cut}");
        }
    }
    keeps_all_but_bcc(&header);
    header.notes().iter().for_each(remark_is_printable);
    match header.sender() {
        Ok(found) => found.remarks.iter().for_each(remark_is_printable),
        Err(error) => is_printable(&error),
    }
    match header.recipients() {
        Ok(found) => found.remarks.iter().for_each(remark_is_printable),
        Err(error) => is_printable(&error),
    }
});

fn keeps_all_but_bcc(header: &Header) {
    let is_bcc = |name: &[u8]| {
        ["bcc", "resent-bcc"].iter().any(|bcc| name.eq_ignore_ascii_case(bcc.as_bytes()))
    };
    let shown = header.fields().filter(|field| !is_bcc(field.name()));
    let wanted: Vec<u8> = shown.flat_map(|field| field.raw().iter().copied()).collect();
    let kept = header.without_bcc();
    assert_eq!(kept, wanted);
    if let Ok(Some(again)) = Header::parse(&kept, true) {
        assert!(again.fields().all(|field| !is_bcc(field.name())));
    }
}

/// Checks that only white space, comments and separators are between two elements of a list.
fn drops_no_text(body: &[u8]) {
    let mut at = 0;
    for element in address_list(body) {
        is_nothing(&body[at..element.range.start]);
        at = element.range.end;
        if let Found::Mailbox { address, .. } = element.found {
            let text = address.to_string();
            assert!(!text.contains(char::is_control), "{text:?}");
            assert!(
                text.parse::<Address>().is_ok_and(|again| again == address),
                "{text:?} reads as something else"
            );
        }
    }
    is_nothing(&body[at..]);
}

fn is_nothing(text: &[u8]) {
    let (mut depth, mut is_escaped) = (0, false);
    for &byte in text {
        match byte {
            _ if is_escaped => {}
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            _ => assert!(depth > 0 || b" \t\r\n,;".contains(&byte), "{text:?} is dropped"),
        }
        is_escaped = byte == b'\\' && !is_escaped && depth > 0;
    }
}

fn remark_is_printable(remark: &Remark) {
    let (Remark::Note(text) | Remark::Warning(text)) = remark;
    assert!(!text.contains(char::is_control), "{text:?}");
}

fn is_printable(error: &Error) {
    for text in [error.to_string(), error.cause().unwrap_or_default()] {
        assert!(!text.contains(char::is_control), "{text:?}");
    }
}

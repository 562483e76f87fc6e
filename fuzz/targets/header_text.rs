//! Encoded words, quoted strings, folding and the parameters of RFC 2231: a reader returns every subject,
//! name and file name unchanged.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer_fuzz::{printable, read_back};

fuzz_target!(|text: &str| {
    let text = printable(text);
    read_back::subject_survives(&text);
    read_back::names_survive(&text);
    read_back::file_name_survives(&text);
});

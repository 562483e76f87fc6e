//! Tests of step 12: dots.

use smtp_client::step_12_dots::{stuff, with_crlf};

#[track_caller]
fn check(call: &str, found: &[u8], wanted: &str, why: &str) {
    assert!(
        found == wanted.as_bytes(),
        "\n{call}\n  should be  \"{}\"\n  but is     \"{}\"\n\nWhy: {why}\n",
        wanted.escape_default(),
        found.escape_ascii()
    );
}

#[track_caller]
fn check_lines(text: &str, wanted: &str, why: &str) {
    check(&format!("with_crlf({text:?})"), &with_crlf(text.as_bytes()), wanted, why);
}

#[track_caller]
fn check_stuffed(text: &str, wanted: &str, why: &str) {
    check(&format!("stuff({text:?})"), &stuff(text.as_bytes()), wanted, why);
}

#[test]
fn every_line_end_becomes_cr_lf() {
    check_lines("one\r\ntwo\r\n", "one\r\ntwo\r\n", "these line ends are right already");
    check_lines("one\ntwo\n", "one\r\ntwo\r\n", "a LF alone is a line end too");
    check_lines("one\rtwo\r", "one\r\ntwo\r\n", "a CR alone is a line end too");
    check_lines("one\r\r\n\n", "one\r\n\r\n\r\n", "these are three line ends: CR, CR LF, and LF");
    check_lines("one", "one", "there is no line end");
}

#[test]
fn bytes_beyond_ascii_stay() {
    let bytes = b"\xe4\xff\n\0";
    let found = with_crlf(bytes);
    assert!(
        found == b"\xe4\xff\r\n\0",
        "\nwith_crlf(b\"{}\") is b\"{}\"\n\nWhy: a letter need not be UTF-8\n",
        bytes.escape_ascii(),
        found.escape_ascii()
    );
}

#[test]
fn a_dot_is_added_to_each_line_that_begins_with_one() {
    check_stuffed(
        "one\r\n.\r\ntwo\r\n",
        "one\r\n..\r\ntwo\r\n.\r\n",
        "a lone dot would end the letter",
    );
    check_stuffed(
        ".one\r\n..two\r\n",
        "..one\r\n...two\r\n.\r\n",
        "the first line is a line as well",
    );
    check_stuffed("1.5\r\nend.\r\n", "1.5\r\nend.\r\n.\r\n", "only a dot at the beginning counts");
}

#[test]
fn the_letter_ends_with_a_line_end_and_a_dot() {
    check_stuffed("one\r\n", "one\r\n.\r\n", "the last line is a lone dot");
    check_stuffed("one", "one\r\n.\r\n", "the dot must be on a line of its own");
    check_stuffed("", ".\r\n", "an empty letter is only its end");
    check_stuffed("one\r", "one\r\n.\r\n", "the CR alone becomes CR LF");
}

#[test]
fn no_line_end_can_smuggle_a_dot() {
    for end in ["\n", "\r", "\r\n"] {
        for next in ["\n", "\r", "\r\n"] {
            check_stuffed(
                &format!("one{end}.{next}MAIL FROM:<eve@example.test>"),
                "one\r\n..\r\nMAIL FROM:<eve@example.test>\r\n.\r\n",
                "first every line end becomes CR LF, and then the dots are added",
            );
        }
    }
}

//! Tests of step 8: base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use smtp_client::step_08_base64::encode;

#[track_caller]
fn check(bytes: &[u8], wanted: &str) {
    let found = encode(bytes);
    assert!(
        found == wanted,
        "\nencode(b\"{}\")\n  should be  {wanted:?}\n  but is     {found:?}\n",
        bytes.escape_ascii()
    );
}

#[test]
fn three_bytes_are_four_characters() {
    check(b"", "");
    check(b"bob", "Ym9i");
    check(b"foobar", "Zm9vYmFy");
}

#[test]
fn the_end_is_filled_up() {
    // RFC 4648 §10
    check(b"f", "Zg==");
    check(b"fo", "Zm8=");
    check(b"foob", "Zm9vYg==");
    check(b"fooba", "Zm9vYmE=");
}

#[test]
fn every_byte_is_possible() {
    check(&[0, 0xff, 0xfb, 0xf0], "AP/78A==");
    let all: Vec<u8> = (0..=255).collect();
    for length in [256, 255, 254] {
        check(&all[..length], &STANDARD.encode(&all[..length]));
    }
}

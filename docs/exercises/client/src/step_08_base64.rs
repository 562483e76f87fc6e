//! # Step 8: base64
//!
//! A user name or a password may contain any byte, and a line may not. The next two steps send them in
//! base64, which writes any bytes with 64 harmless characters:
//!
//! ```text
//! ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/
//! ```
//!
//! Three bytes are 24 bits, and 24 bits are four groups of six; each group is the place of a character, from 0:
//!
//! ```text
//! bytes        b         o         b
//! bits         01100010  01101111  01100010
//! groups       011000  100110  111101  100010
//! numbers      24      38      61      34
//! characters   Y       m       9       i
//! ```
//!
//! If one or two bytes are left at the end, zero bits fill the last group, and `=` fills up to four
//! characters: `b` is `Yg==`, `bo` is `Ym8=`.
//!
//! Base64 hides nothing. Anyone can decode it, and that is why TLS came first.
//!
//! RFC 4648 §4; §10 has examples
//!
//! ## To do
//!
//! Write the function, without a crate. (In a real client, the crate `base64` does it.)

/// Returns the bytes in base64.
pub fn encode(bytes: &[u8]) -> String {
    todo!("three bytes become four characters")
}

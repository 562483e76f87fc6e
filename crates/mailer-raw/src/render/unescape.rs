//! A decoder for escaped bytes, for tests: `=41` in text, `%41` in parameters.

/// Returns the bytes of a text in which this mark and two hexadecimal digits represent a byte.
pub(super) fn unescape(text: &str, mark: u8) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == mark {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            decoded.push(u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            decoded.push(byte);
        }
    }
    decoded
}

//! Reads escaped octets, for tests: `=41` in mail, `%41` in parameters.

/// The octets of a text in which this mark and two hexadecimal digits stand for one.
pub(super) fn unescape(text: &str, mark: u8) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut octets = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == mark {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            octets.push(u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            octets.push(byte);
        }
    }
    octets
}

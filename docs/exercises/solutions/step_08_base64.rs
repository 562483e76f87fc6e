//! Step 8, solved.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns the bytes in base64.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            // One byte needs two characters, two need three, and three need four.
            if at > group.len() {
                text.push('=');
            } else {
                let number = bits >> (18 - 6 * at) & 0b11_1111;
                text.push(char::from(ALPHABET[number as usize]));
            }
        }
    }
    text
}

//! Step 12, solved.

/// Replaces every line end (CR LF, CR, or LF) by CR LF.
pub fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut previous = 0;
    for &byte in text {
        match byte {
            // The second byte of a line end that is there already.
            b'\n' if previous == b'\r' => {}
            b'\r' | b'\n' => result.extend_from_slice(b"\r\n"),
            _ => result.push(byte),
        }
        previous = byte;
    }
    result
}

/// Returns the letter as it goes over the wire.
pub fn stuff(text: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len() + 5);
    for line in with_crlf(text).split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b".") {
            result.push(b'.');
        }
        result.extend_from_slice(line);
    }
    if !result.is_empty() && !result.ends_with(b"\r\n") {
        result.extend_from_slice(b"\r\n");
    }
    result.extend_from_slice(b".\r\n");
    result
}

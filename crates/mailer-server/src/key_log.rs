//! Passes the secrets of TLS connections to a hook, so that a capture can be decrypted.

use std::fmt::Write as _;

use crate::options::KeyLogHook;

/// Writes each secret as a line of the NSS key log format, which Wireshark reads: label, client random
/// and secret, the last two in hex.
#[derive(Debug)]
pub(crate) struct KeyLogger(pub(crate) KeyLogHook);

impl rustls::KeyLog for KeyLogger {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.0.call(&format!("{label} {} {}", hex(client_random), hex(secret)));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use rustls::KeyLog as _;

    use super::*;

    #[test]
    fn a_secret_is_one_line_of_three_words() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let hook = KeyLogHook::new(move |line: &str| kept.lock().unwrap().push(line.to_owned()));
        KeyLogger(hook).log("CLIENT_RANDOM", &[0, 0xab], &[1, 2, 0xff]);
        assert_eq!(*lines.lock().unwrap(), ["CLIENT_RANDOM 00ab 0102ff"]);
    }
}

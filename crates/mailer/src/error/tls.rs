//! Connections that break, and the difference between one that ended and TLS that failed on it.

use std::error;

use super::{Error, Kind};
use crate::Step;

impl Error {
    /// The connection broke at this step. It is [`Kind::Lost`], and may be tried again, unless the TLS
    /// library says that TLS itself failed after its handshake: by an alert of the server, or by a
    /// record that cannot be decrypted. That is [`Kind::Tls`], and another try ends the same.
    #[must_use]
    pub fn broken(step: Step, cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        let words = cause.to_string();
        if !is_tls_failure(&words) {
            return Self::lost(step).because(cause);
        }
        let hint = if words.contains("certificate required") {
            "the server demands a certificate of the client, and none was given"
        } else if words.contains("alert") {
            "the server ended TLS, and the cause says why; try again once that is solved there"
        } else {
            "distrust the path: what arrived is not what the server encrypted"
        };
        Self::new(Kind::Tls, "TLS failed after it had been started")
            .at(step)
            .because(cause)
            .hint(hint)
    }
}

/// Whether these words are OpenSSL's for TLS that failed. It has words for two other things too: a
/// connection that ended without TLS being closed, and a server that closed TLS on its side and then
/// said its last word in the clear.
fn is_tls_failure(words: &str) -> bool {
    let has_ended = ["unexpected EOF", "unexpected eof", "wrong version number"]
        .iter()
        .any(|end| words.contains(end));
    words.contains("SSL routines") && !has_ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_that_fails_is_not_a_lost_connection() {
        let broken =
            |words: &str| Error::broken(Step::Mail, std::io::Error::other(words.to_owned()));
        for (words, kind) in [
            ("Connection reset by peer (os error 104)", Kind::Lost),
            ("error:0A000126:SSL routines::unexpected eof while reading", Kind::Lost),
            ("error:0A00010B:SSL routines::wrong version number", Kind::Lost),
            ("error:0A00045C:SSL routines::tlsv13 alert certificate required", Kind::Tls),
            ("error:0A000119:SSL routines::decryption failed or bad record mac", Kind::Tls),
        ] {
            let error = broken(words);
            assert_eq!((error.kind(), error.step()), (kind, Some(Step::Mail)), "{words}");
        }
        assert!(broken("SSL routines:x:certificate required").advice().unwrap().contains("client"));
    }
}

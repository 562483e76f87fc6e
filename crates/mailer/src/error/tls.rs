//! Errors for connections that break: a lost connection, or a failure of TLS after the handshake.

use std::error;

use super::{Error, Kind};
use crate::Step;

impl Error {
    /// Returns the error for a connection that broke at this step; `cause` is the error of the read or
    /// write.
    ///
    /// It is [`Kind::Lost`], and the client may try again, unless TLS failed after its handshake: the
    /// server sent an alert, or a record could not be decrypted. That is [`Kind::Tls`], and a retry would
    /// fail in the same way.
    #[must_use]
    pub fn broken(step: Step, cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        let words = cause.to_string();
        if !is_tls_failure(&words) {
            return Self::lost(step).with_cause(cause);
        }
        let hint = if words.contains("certificate required") {
            "the server requires a client certificate, and none was given"
        } else if words.contains("alert") {
            "the server aborted TLS, see the cause; try again after the server's operator has fixed it"
        } else {
            "distrust the path: the data that arrived is not the data that the server encrypted"
        };
        Self::new(Kind::Tls, "TLS failed after the handshake")
            .with_step(step)
            .with_cause(cause)
            .with_hint(hint)
    }
}

/// Whether this text of OpenSSL means that TLS failed. Two of its errors do not: the connection ended
/// without a close_notify alert, or the server closed TLS on its side and then sent a last reply without
/// TLS.
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
    fn a_failure_of_tls_is_not_a_lost_connection() {
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
        assert!(broken("SSL routines:x:certificate required").hint().unwrap().contains("client"));
    }
}

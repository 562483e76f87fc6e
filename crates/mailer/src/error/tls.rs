//! Errors for connections that break: a lost connection, or a failure of TLS after the handshake.

use std::error;

use super::{Error, Kind, Setting};
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
        if let Some(error) = certificate_refused(&words) {
            return error.with_step(step).with_cause(cause);
        }
        let hint = if words.contains("alert") {
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

impl Error {
    /// Returns the error for a client certificate that the TLS library cannot use; `cause` is its error.
    #[must_use]
    pub fn client_certificate_unusable(
        cause: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self::new(Kind::Configuration, "the client certificate and its key cannot be used")
            .with_cause(cause)
            .with_hint("check that both are whole, and that the key belongs to the certificate")
            .with_settings(&[Setting::ClientCertificate])
    }
}

/// The alerts with which a server refuses a client certificate (RFC 8446 §6.2), as OpenSSL writes them.
const REFUSALS: [&str; 6] = [
    "unknown ca",
    "bad certificate",
    "certificate unknown",
    "certificate expired",
    "certificate revoked",
    "unsupported certificate",
];

/// Returns the error for an alert of the server about the client's certificate; `words` is OpenSSL's text.
pub(super) fn certificate_refused(words: &str) -> Option<Error> {
    let is_alert = |about: &&str| words.contains(&format!("alert {about}"));
    let (what, hint) = if is_alert(&"certificate required") {
        (
            "the server requires a client certificate, and none was given",
            "pass the certificate and its key that the server's operator gave you",
        )
    } else if REFUSALS.iter().any(is_alert) {
        (
            "the server refused the client certificate",
            "ask the server's operator which CA signs its clients' certificates; see the cause",
        )
    } else {
        return None;
    };
    Some(Error::new(Kind::Tls, what).with_hint(hint).with_settings(&[Setting::ClientCertificate]))
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
        let refused = |alert: &str| {
            let error = broken(&format!("error:0A000000:SSL routines::tlsv13 alert {alert}"));
            (error.to_string(), error.settings().to_vec())
        };
        let (missing, settings) = refused("certificate required");
        assert!(missing.contains("requires a client certificate"), "{missing}");
        assert_eq!(settings, [Setting::ClientCertificate]);
        for alert in REFUSALS {
            let (text, settings) = refused(alert);
            assert!(text.contains("refused the client certificate"), "{text}");
            assert_eq!(settings, [Setting::ClientCertificate]);
        }
        assert_eq!(refused("internal error").1, []);
    }
}

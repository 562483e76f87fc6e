//! Errors for TLS that fails, in its handshake or after it, and for connections that break.
//!
//! Only the text of a TLS library's error distinguishes an invalid certificate from a server that does not speak
//! TLS. So this file has the words of OpenSSL and those of rustls, and the same failure is the same error with
//! either.

use std::error;

use super::{Error, Kind, Setting, causes::Hint};
use crate::{Server, Step};

type Cause = Box<dyn error::Error + Send + Sync>;

impl Error {
    /// Returns the error for a failed TLS handshake; `cause` is the TLS library's error.
    #[must_use]
    pub fn tls_failed(server: &Server, cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        let words = cause.to_string();
        // Under TLS 1.2 the alert arrives during the handshake.
        if let Some(error) = certificate_refused(&words) {
            return error.with_step(Step::Tls).with_cause(cause);
        }
        let (what, (hint, settings)): (_, Hint) = if has(&words, INVALID) {
            (format!("the certificate of {} is not valid", server.host), bad_certificate(&words))
        } else if has(&words, NOT_TLS) {
            (
                "the server does not speak TLS on this port".to_owned(),
                ("use smtp:// (STARTTLS, port 587) instead of smtps://", &[]),
            )
        } else if has(&words, HANDSHAKE_REFUSED) && server.client_certificate.is_none() {
            (
                "TLS could not be started".to_owned(),
                (
                    "nothing was sent; the server may require a client certificate",
                    &[Setting::ClientCertificate],
                ),
            )
        } else {
            ("TLS could not be started".to_owned(), ("nothing was sent; see the cause", &[]))
        };
        let error = Self::new(Kind::Tls, what).with_step(Step::Tls).with_cause(cause);
        error.with_hint(hint).with_settings(settings)
    }

    /// Returns the error for a connection that broke at this step; `cause` is the error of the read or
    /// write.
    ///
    /// It is [`Kind::Lost`], and the client may try again, unless TLS failed after its handshake: the
    /// server sent an alert, or a record could not be decrypted. That is [`Kind::Tls`], and a retry would
    /// fail in the same way.
    #[must_use]
    pub fn broken(step: Step, cause: impl Into<Cause>) -> Self {
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

    /// Returns the error for a client certificate that the TLS library cannot use; `cause` is its error.
    #[must_use]
    pub fn client_certificate_unusable(cause: impl Into<Cause>) -> Self {
        Self::new(Kind::Configuration, "the client certificate and its key cannot be used")
            .with_cause(cause)
            .with_hint("check that both are whole, and that the key belongs to the certificate")
            .with_settings(&[Setting::ClientCertificate])
    }
}

/// The server's certificate is not valid, for whatever reason.
const INVALID: &[&str] =
    &["certificate verify failed", "certificate has expired", "invalid peer certificate"];
/// It is too old, or its time has not come.
const EXPIRED: &[&str] = &["has expired", "not yet valid", "certificate expired", "not valid yet"];
/// It has another name.
const WRONG_NAME: &[&str] = &["mismatch", "not valid for name"];
/// It is a CA's own, which rustls accepts as an issuer only.
const CA_ITSELF: &[&str] = &["CaUsedAsEndEntity"];

/// What arrived is not TLS.
const NOT_TLS: &[&str] = &[
    "wrong version number",
    "packet length too long",
    "http request",
    "message of type InvalidContentType",
];

/// The server refused the handshake without a reason.
const HANDSHAKE_REFUSED: &[&str] = &["alert handshake failure", "alert: HandshakeFailure"];

/// The alert of a server that requires a client certificate (RFC 8446 §6.2).
const CERTIFICATE_REQUIRED: &[&str] = &["alert certificate required", "alert: CertificateRequired"];
/// The alerts with which a server refuses a client certificate (RFC 8446 §6.2).
const CERTIFICATE_REFUSED: &[&str] = &[
    "alert unknown ca",
    "alert bad certificate",
    "alert certificate unknown",
    "alert certificate expired",
    "alert certificate revoked",
    "alert unsupported certificate",
    "alert: UnknownCA",
    "alert: BadCertificate",
    "alert: CertificateUnknown",
    "alert: CertificateExpired",
    "alert: CertificateRevoked",
    "alert: UnsupportedCertificate",
];

/// A text of the TLS library, as opposed to one of the system.
const OF_LIBRARY: &[&str] = &[
    "SSL routines",
    "received fatal alert",
    "received corrupt message",
    "received unexpected message",
    "received unexpected handshake message",
    "cannot decrypt peer's message",
    "peer is incompatible",
    "peer misbehaved",
    "peer sent",
];
/// Not a failure of TLS: the connection ended without the alert close_notify, or the server closed TLS on its
/// side and then sent a last reply without TLS.
const ENDED: &[&str] = &["unexpected EOF", "unexpected eof"];

fn has(words: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| words.contains(part))
}

/// Whether this text means that TLS failed after its handshake.
fn is_tls_failure(words: &str) -> bool {
    has(words, OF_LIBRARY) && !has(words, ENDED) && !has(words, NOT_TLS)
}

/// Returns the hint for a certificate that is not valid.
fn bad_certificate(words: &str) -> Hint {
    if has(words, EXPIRED) {
        (
            "check this machine's clock, and ask the server's operator; until then distrust the path",
            &[],
        )
    } else if has(words, WRONG_NAME) {
        ("use the host name in the certificate; otherwise distrust the path", &[])
    } else if has(words, CA_ITSELF) {
        (
            "for your own server, make a certificate that is no CA, or use native-tls",
            &[Setting::TlsLibrary],
        )
    } else {
        ("for your own server, trust its CA; otherwise distrust the path", &[Setting::Trust])
    }
}

/// Returns the error for an alert of the server about the client's certificate.
fn certificate_refused(words: &str) -> Option<Error> {
    let (what, hint) = if has(words, CERTIFICATE_REQUIRED) {
        (
            "the server requires a client certificate, and none was given",
            "pass the certificate and its key that the server's operator gave you",
        )
    } else if has(words, CERTIFICATE_REFUSED) {
        (
            "the server refused the client certificate",
            "ask the server's operator which CA signs its clients' certificates; see the cause",
        )
    } else {
        return None;
    };
    Some(Error::new(Kind::Tls, what).with_hint(hint).with_settings(&[Setting::ClientCertificate]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(words: &str) -> Error {
        Error::broken(Step::Mail, std::io::Error::other(words.to_owned()))
    }

    #[test]
    fn a_failure_of_tls_is_not_a_lost_connection() {
        for (words, kind) in [
            ("Connection reset by peer (os error 104)", Kind::Lost),
            ("error:0A000126:SSL routines::unexpected eof while reading", Kind::Lost),
            ("error:0A00010B:SSL routines::wrong version number", Kind::Lost),
            ("error:0A00045C:SSL routines::tlsv13 alert certificate required", Kind::Tls),
            ("error:0A000119:SSL routines::decryption failed or bad record mac", Kind::Tls),
            ("peer closed connection without sending TLS close_notify", Kind::Lost),
            ("received corrupt message of type InvalidContentType", Kind::Lost),
            ("received fatal alert: CertificateRequired", Kind::Tls),
            ("cannot decrypt peer's message", Kind::Tls),
        ] {
            let error = broken(words);
            assert_eq!((error.kind(), error.step()), (kind, Some(Step::Mail)), "{words}");
        }
    }

    #[test]
    fn an_alert_about_the_client_certificate_names_the_setting() {
        for alert in CERTIFICATE_REQUIRED.iter().chain(CERTIFICATE_REFUSED) {
            let error = broken(&format!("SSL routines: received fatal {alert}"));
            assert_eq!(error.settings(), [Setting::ClientCertificate], "{alert}");
            let is_required = CERTIFICATE_REQUIRED.contains(alert);
            assert_eq!(error.to_string().contains("requires"), is_required, "{alert}");
        }
        for alert in ["SSL routines::tlsv13 alert internal error", "fatal alert: InternalError"] {
            assert_eq!(broken(alert).settings(), [], "{alert}");
        }
    }

    #[test]
    fn the_hint_follows_from_the_text_of_either_library() {
        let server: Server = "smtps://mail.example.com".parse().unwrap();
        for (openssl, rustls, hint) in [
            (
                "error:1416F086: certificate verify failed (unable to get local issuer certificate)",
                "invalid peer certificate: UnknownIssuer",
                "trust its CA",
            ),
            (
                "certificate verify failed (certificate has expired)",
                "invalid peer certificate: certificate expired: verification time 2 (UNIX), but \
                 certificate is not valid after 1 (1 seconds ago)",
                "clock",
            ),
            (
                "certificate verify failed (certificate is not yet valid)",
                "invalid peer certificate: certificate not valid yet: verification time 1 (UNIX)",
                "clock",
            ),
            (
                "certificate verify failed (hostname mismatch)",
                "invalid peer certificate: certificate not valid for name \"a\"; certificate is only \
                 valid for b",
                "host name",
            ),
            (
                "error:1408F10B: wrong version number",
                "received corrupt message of type InvalidContentType",
                "smtp://",
            ),
            (
                "SSL routines::ssl/tls alert handshake failure",
                "received fatal alert: HandshakeFailure",
                "require a client certificate",
            ),
        ] {
            let [of_openssl, of_rustls] = [openssl, rustls]
                .map(|words| Error::tls_failed(&server, std::io::Error::other(words.to_owned())));
            assert!(of_openssl.hint().is_some_and(|text| text.contains(hint)), "{openssl}");
            assert_eq!(of_openssl.hint(), of_rustls.hint());
            assert_eq!(of_openssl.settings(), of_rustls.settings());
            assert_eq!(of_openssl.to_string(), of_rustls.to_string());
        }
    }
}

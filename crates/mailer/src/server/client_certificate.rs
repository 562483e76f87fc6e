//! The certificate of a client.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use zeroize::Zeroizing;

use super::trust::certificates;
use crate::{Error, Kind, Setting};

const BEGIN: &str = "-----BEGIN ";
const KEY: &str = "PRIVATE KEY-----";

/// A client certificate with its private key, for a server that asks for one (RFC 8446 §4.3.2). The key is
/// wiped when dropped, and `Debug` does not show it.
///
/// Two equal values are the same certificate, so a TLS configuration that was built with one can be reused
/// for the other.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The client's certificate and those that lead to its CA, in PEM.
    certificates: Arc<str>,
    /// The key in PEM (PKCS#8, RFC 5958).
    key: Arc<Zeroizing<String>>,
}

impl ClientCertificate {
    /// Returns the identity in two PEM files: the certificate, which may be followed by those that lead to
    /// its CA, and the key in PKCS#8 form. Both may be in one file.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if a part is missing, or the key has another form or is encrypted.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, Error> {
        let found = certificates(&String::from_utf8_lossy(certificate));
        if found.is_empty() {
            let what = "the file of the client certificate has no certificate in PEM";
            return Err(unusable(
                what,
                "a PEM file has the lines BEGIN CERTIFICATE and END CERTIFICATE",
            ));
        }
        Ok(Self { certificates: found.concat().into(), key: Arc::new(private_key(key)?) })
    }

    /// Returns the certificates in PEM, the client's own first.
    #[must_use]
    pub fn certificates(&self) -> &str {
        &self.certificates
    }

    /// Returns the key in PEM (PKCS#8), for the TLS library.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Returns the block of the key, which may be among other blocks and comments.
fn private_key(text: &[u8]) -> Result<Zeroizing<String>, Error> {
    // The key itself is ASCII.
    let text = Zeroizing::new(String::from_utf8_lossy(text).into_owned());
    let blocks = text.split(BEGIN).skip(1);
    let kind = blocks.clone().find_map(|block| Some(block.split_once(KEY)?.0)).map(str::trim);
    match kind {
        Some("") => {}
        Some("ENCRYPTED") => {
            let hint = "decrypt it: openssl pkcs8 -in FILE -out NEW-FILE";
            return Err(unusable("the private key of the client certificate is encrypted", hint));
        }
        Some(_) => {
            let hint = "convert it: openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW-FILE";
            return Err(unusable(
                "the private key of the client certificate is not in PKCS#8 form",
                hint,
            ));
        }
        None => {
            let what = "the file has no private key of the client certificate in PEM";
            return Err(unusable(what, "name the file with the line BEGIN PRIVATE KEY"));
        }
    }
    let end = format!("-----END {KEY}");
    let body =
        blocks.filter_map(|block| block.strip_prefix(KEY)).find_map(|block| block.split_once(&end));
    let Some((body, _)) = body else {
        return Err(unusable(
            "the private key of the client certificate is cut off",
            "check the file",
        ));
    };
    // The capacity is exact: a text that grows leaves a copy in memory that is not wiped.
    let parts = [BEGIN, KEY, body, &end, "\n"];
    let mut key = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| key.push_str(part));
    Ok(key)
}

fn unusable(what: &'static str, hint: &'static str) -> Error {
    Error::new(Kind::Configuration, what)
        .with_hint(hint)
        .with_settings(&[Setting::ClientCertificate])
}

impl PartialEq for ClientCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.certificates == other.certificates && self.key() == other.key()
    }
}

impl Eq for ClientCertificate {}

impl Hash for ClientCertificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.certificates.hash(state);
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.certificates.matches(BEGIN).count();
        f.debug_struct("ClientCertificate")
            .field("certificates", &count)
            .field("key", &format_args!("****"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const PKCS8: &str = "-----BEGIN PRIVATE KEY-----\nc2VzYW1l\n-----END PRIVATE KEY-----\n";

    #[test]
    fn certificates_and_key_are_found_among_other_text() {
        let whole = format!("Bag Attributes\n{CERTIFICATE}# a comment\n{PKCS8}{CERTIFICATE}");
        let identity = ClientCertificate::from_pem(whole.as_bytes(), whole.as_bytes()).unwrap();
        assert_eq!(identity.certificates(), format!("{CERTIFICATE}{CERTIFICATE}"));
        assert_eq!(identity.key(), PKCS8);
        assert_eq!(format!("{identity:?}"), "ClientCertificate { certificates: 2, key: **** }");
        let one = ClientCertificate::from_pem(CERTIFICATE.as_bytes(), PKCS8.as_bytes()).unwrap();
        assert_ne!(identity, one);
        assert_eq!(one, one.clone());
    }

    #[test]
    fn an_unusable_part_is_named_and_its_key_never_shown() {
        let key = |begin: &str| PKCS8.replace("BEGIN ", &format!("BEGIN {begin}"));
        for (certificate, key, what) in [
            ("", PKCS8.to_owned(), "no certificate"),
            (PKCS8, PKCS8.to_owned(), "no certificate"),
            (CERTIFICATE, CERTIFICATE.to_owned(), "no private key"),
            (CERTIFICATE, key("RSA "), "PKCS#8"),
            (CERTIFICATE, key("EC "), "PKCS#8"),
            (CERTIFICATE, key("ENCRYPTED "), "encrypted"),
            (CERTIFICATE, PKCS8[..40].to_owned(), "cut off"),
        ] {
            let error =
                ClientCertificate::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), Kind::Configuration);
            assert!(error.to_string().contains(what), "{error}");
            assert!(!format!("{error:?}").contains("c2Vz"), "{error:?}");
        }
    }
}

//! Trusted certificates.

use std::{fmt, sync::Arc};

use crate::{Error, Kind};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificate authorities (CAs) to trust: those of the system, and those that are added here.
///
/// Two equal values trust the same certificates, so a TLS configuration that was built from one can be
/// reused for the other.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Trust {
    /// The added CAs: one certificate in PEM per entry.
    added: Vec<Arc<str>>,
    accepts_invalid: bool,
}

impl Trust {
    /// Adds CAs to trust: one or more certificates in PEM.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if the text has no certificate.
    pub fn add_pem(&mut self, pem: &[u8]) -> Result<(), Error> {
        // Only the certificates are ASCII: bundles have comments between them, in any charset.
        let found = certificates(&String::from_utf8_lossy(pem));
        if found.is_empty() {
            return Err(Error::new(Kind::Configuration, "the CA file has no certificate in PEM")
                .with_hint("a PEM file has the lines BEGIN CERTIFICATE and END CERTIFICATE"));
        }
        self.added.extend(found);
        Ok(())
    }

    /// Accepts every certificate, of any issuer and for any name. An attacker on the path can then read the
    /// password and the mail.
    pub fn accept_invalid_certificates(&mut self) {
        self.accepts_invalid = true;
    }

    /// Returns the added CAs, one certificate in PEM each.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        self.added.iter().map(AsRef::as_ref)
    }

    /// Whether every certificate is accepted.
    #[must_use]
    pub fn accepts_invalid(&self) -> bool {
        self.accepts_invalid
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("added", &self.added.len())
            .field("accepts_invalid", &self.accepts_invalid)
            .finish()
    }
}

/// Returns the certificates in a text that may also contain comments and keys.
pub(super) fn certificates(text: &str) -> Vec<Arc<str>> {
    text.split(BEGIN)
        .skip(1)
        .filter_map(|block| block.split_once(END))
        .map(|(body, _)| format!("{BEGIN}{body}{END}\n").into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn add_pem_reads_every_certificate_and_skips_the_rest() {
        let one = format!("{BEGIN}\nAAAA\n{END}\n");
        let two = format!("{BEGIN}\nBBBB\n{END}\n");
        let bundle = format!("# a comment\n{one}-----BEGIN PRIVATE KEY-----\nK\n{two}");
        let mut trust = Trust::default();
        trust.add_pem(bundle.as_bytes()).unwrap();
        assert_eq!(trust.added().collect::<Vec<_>>(), [&one, &two]);
        let latin_1 = [b"# Zertifizierungsstelle K\xf6ln\n", one.as_bytes(), b"\xff\xfe"].concat();
        let mut trust = Trust::default();
        trust.add_pem(&latin_1).unwrap();
        assert_eq!(trust.added().collect::<Vec<_>>(), [&one]);
        assert_eq!(trust.add_pem(b"no certificate").unwrap_err().kind(), Kind::Configuration);
    }
}

//! Which certificates are believed.

use std::{fmt, sync::Arc};

use crate::{Error, Kind};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Which certificates are believed: the system's authorities, and any that are added here.
///
/// Two settings that are equal believe the same, so that what is costly to build from one can be
/// kept for the other.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Trust {
    /// Each one certificate in PEM.
    added: Vec<Arc<str>>,
    accepts_invalid: bool,
}

impl Trust {
    /// Also believes certificates signed by these authorities: one or more in PEM.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if there is no certificate in the text.
    pub fn add_pem(&mut self, pem: &[u8]) -> Result<(), Error> {
        // Only the certificates are ASCII: bundles have comments between them, in any charset.
        let found = certificates(&String::from_utf8_lossy(pem));
        if found.is_empty() {
            return Err(Error::new(Kind::Configuration, "the CA file has no certificate in PEM")
                .hint("a PEM file has lines that say BEGIN CERTIFICATE and END CERTIFICATE"));
        }
        self.added.extend(found);
        Ok(())
    }

    /// Believes any certificate, whoever signed it and whatever name it is for: anybody on the path
    /// can then read the password and the mail.
    pub fn accept_invalid_certificates(&mut self) {
        self.accepts_invalid = true;
    }

    /// The added authorities, each one certificate in PEM.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        self.added.iter().map(AsRef::as_ref)
    }

    /// Whether any certificate is believed.
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

/// Cuts the certificates out of what may hold comments and keys too.
fn certificates(text: &str) -> Vec<Arc<str>> {
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
    fn takes_every_certificate_and_nothing_else() {
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

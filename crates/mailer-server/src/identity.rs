//! A certificate of the caller's, with its key.

use std::fmt;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use x509_parser::parse_x509_certificate;

use crate::error::StartError;

/// A certificate with its chain and its private key, which the server presents instead of one that it makes.
///
/// ```no_run
/// use mailer_server::{Config, EmbeddedServer, Identity};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (chain, key) = (std::fs::read("chain.pem")?, std::fs::read("key.pem")?);
/// let config = Config::implicit().with_identity(Identity::from_pem(&chain, &key)?);
/// let server = EmbeddedServer::start(config)?;
/// # Ok(())
/// # }
/// ```
pub struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    /// The chain as it was given.
    pub(crate) chain_pem: String,
}

impl Identity {
    /// Parses a chain of certificates, the server's own first, and its key: PKCS #8, PKCS #1 or SEC 1,
    /// without a password.
    ///
    /// # Errors
    /// [`StartError::Identity`] if there is no certificate or no key.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, StartError> {
        let invalid = |what: String| StartError::Identity(what);
        let certificates = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>();
        let certificates = certificates
            .map_err(|cause| invalid(format!("the certificate is not valid: {cause}")))?;
        if certificates.is_empty() {
            return Err(invalid("there is no certificate in PEM".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|cause| {
            invalid(format!("there is no private key in PEM without a password: {cause}"))
        })?;
        let chain_pem = String::from_utf8_lossy(chain).into_owned();
        Ok(Self { chain: certificates, key, chain_pem })
    }

    /// Returns whether the certificate is signed by itself, so that a client can trust the certificate.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.chain.first().is_some_and(|certificate| {
            parse_x509_certificate(certificate)
                .is_ok_and(|(_, parsed)| parsed.issuer() == parsed.subject())
        })
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        let Self { chain, key, chain_pem } = self;
        Self { chain: chain.clone(), key: key.clone_key(), chain_pem: chain_pem.clone() }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("chain", &self.chain_pem).field("key", &"***").finish()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[test]
    fn a_chain_and_a_key_are_needed() {
        let key = KeyPair::generate().expect("a key");
        let names = vec!["mail.example.test".to_owned()];
        let certificate = CertificateParams::new(names).expect("names").self_signed(&key);
        let (chain, key) = (certificate.expect("signed").pem(), key.serialize_pem());
        let identity =
            Identity::from_pem(chain.as_bytes(), key.as_bytes()).expect("both are there");
        assert!(identity.is_self_signed());
        assert!(!format!("{identity:?}").contains(&key));
        for (chain, key, problem) in [
            ("", key.as_str(), "no certificate"),
            (&chain, &chain, "no private key"),
            (&key, &key, "no certificate"),
        ] {
            let error = Identity::from_pem(chain.as_bytes(), key.as_bytes()).expect_err(problem);
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}

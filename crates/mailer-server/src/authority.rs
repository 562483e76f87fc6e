//! The certificate authority of a server, which can outlive the server.

use std::{
    fmt, fs,
    io::{self, ErrorKind, Write as _},
    path::Path,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::{error::StartError, private};

const COMMON_NAME: &str = "Throw-away CA of the embedded server";

/// The line at which the key follows the certificate in a file.
const KEY_BEGINS: &str = "-----BEGIN PRIVATE KEY-----";

/// A certificate authority (CA) that signs the certificates of servers.
///
/// Without one, each server makes its own at start. Share an authority between servers so that clients
/// that trust it also trust the next server, within a process or, with [`load_or_create`], across
/// processes. Its key can sign a certificate for any host: trust it in tests only.
///
/// [`load_or_create`]: Self::load_or_create
///
/// ```
/// use mailer_server::{Authority, Config, EmbeddedServer};
/// # fn main() -> Result<(), mailer_server::StartError> {
/// let authority = Authority::generate()?;
/// let first = EmbeddedServer::start(Config::implicit().with_authority(authority.clone()))?;
/// let ca = first.ca_pem().to_owned();
/// drop(first);
/// let second = EmbeddedServer::start(Config::implicit().with_authority(authority))?;
/// assert_eq!(second.ca_pem(), ca);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Authority {
    certificate_pem: String,
    key_pem: String,
}

impl Authority {
    /// Makes an authority with a new key.
    ///
    /// # Errors
    /// [`StartError::Certificate`] if the key or the certificate cannot be created.
    pub fn generate() -> Result<Self, StartError> {
        let key = KeyPair::generate().map_err(StartError::certificate)?;
        let key_pem = key.serialize_pem();
        let issuer = CertifiedIssuer::self_signed(params(COMMON_NAME), key);
        let certificate_pem = issuer.map_err(StartError::certificate)?.pem();
        Ok(Self { certificate_pem, key_pem })
    }

    /// Reads an authority from a file, which it creates if it does not exist.
    ///
    /// The file has the certificate and the key in PEM, and only its owner can read it.
    ///
    /// # Errors
    /// [`StartError::Authority`] if the file cannot be read or written, or has other content.
    pub fn load_or_create(path: impl AsRef<Path>) -> Result<Self, StartError> {
        let path = path.as_ref();
        let failed = |cause: io::Error| StartError::Authority(path.to_owned(), cause);
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(failed),
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                let authority = Self::generate()?;
                authority.write(path).map_err(failed)?;
                Ok(authority)
            }
            Err(cause) => Err(failed(cause)),
        }
    }

    /// Returns the certificate in PEM, for clients to trust.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Returns the issuer that signs with this authority's key.
    pub(crate) fn issuer(&self) -> Result<Issuer<'static, KeyPair>, rcgen::Error> {
        Ok(Issuer::new(params(COMMON_NAME), KeyPair::from_pem(&self.key_pem)?))
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = private::create_file(path)?;
        file.write_all(self.certificate_pem.as_bytes())?;
        file.write_all(self.key_pem.as_bytes())?;
        file.sync_all()
    }

    /// Parses a certificate followed by its key.
    fn parse(text: &str) -> io::Result<Self> {
        let invalid = |what: &str| io::Error::new(ErrorKind::InvalidData, what.to_owned());
        let at = text.find(KEY_BEGINS).ok_or_else(|| invalid("it has no private key"))?;
        let (certificate_pem, key_pem) =
            text.split_at_checked(at).ok_or_else(|| invalid("it has no private key"))?;
        if !certificate_pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err(invalid("it has no certificate before its private key"));
        }
        let authority = Self { certificate_pem: certificate_pem.into(), key_pem: key_pem.into() };
        authority.issuer().map_err(|cause| invalid(&cause.to_string()))?;
        Ok(authority)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Authority");
        shown.field("certificate_pem", &self.certificate_pem).field("key_pem", &"***").finish()
    }
}

/// Returns the parameters of a CA certificate with this name.
pub(crate) fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_an_authority() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("authority.pem");
        let created = Authority::load_or_create(&path).expect("created");
        assert_eq!(Authority::load_or_create(&path).expect("loaded"), created);
        assert_ne!(Authority::generate().expect("another"), created);
        assert!(!format!("{created:?}").contains(&created.key_pem));
    }

    #[test]
    fn a_file_with_other_content_is_an_error_and_stays_unchanged() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("authority.pem");
        let key = Authority::generate().expect("an authority").key_pem;
        for text in ["", "hello", key.as_str(), "-----BEGIN CERTIFICATE-----\nAA\n"] {
            fs::write(&path, text).expect("written");
            let error = Authority::load_or_create(&path).expect_err("other content");
            assert!(matches!(error, StartError::Authority(..)), "{text:?}: {error}");
            assert_eq!(fs::read_to_string(&path).expect("read"), text);
        }
    }
}

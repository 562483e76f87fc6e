//! The certificate authority of a server, which can outlive the server.

use std::{
    fmt, fs,
    io::{self, ErrorKind, Write as _},
    path::Path,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};
use x509_parser::pem::parse_x509_pem;

use crate::{error::StartError, private};

/// How long an authority is valid.
const VALIDITY: Duration = Duration::days(3650);
/// An authority is replaced this long before it expires, so that a server that starts with it does not
/// outlive it soon.
const RENEWAL: Duration = Duration::days(7);

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
        Self::valid_from(OffsetDateTime::now_utc())
    }

    fn valid_from(now: OffsetDateTime) -> Result<Self, StartError> {
        let key = KeyPair::generate().map_err(StartError::certificate)?;
        let key_pem = key.serialize_pem();
        // Each authority has its own name. With one name for all, a client that trusts another authority
        // would report a bad signature instead of an unknown authority.
        let number = getrandom::u32().map_err(|cause| StartError::Certificate(cause.into()))?;
        let mut params = params(&format!("Throw-away CA {number:08x} of the server"));
        // The clock of a client may be slow.
        params.not_before = now - Duration::days(1);
        params.not_after = now + VALIDITY;
        let issuer = CertifiedIssuer::self_signed(params, key);
        let certificate_pem = issuer.map_err(StartError::certificate)?.pem();
        Ok(Self { certificate_pem, key_pem })
    }

    /// Reads an authority from a file, which it creates if it does not exist. It replaces an authority that
    /// has expired.
    ///
    /// The file has the certificate and the key in PEM, and only its owner can read it. Of several processes
    /// that create it at the same time, all get the same authority.
    ///
    /// # Errors
    /// [`StartError::Authority`] if the file cannot be read or written, or has other content.
    pub fn load_or_create(path: impl AsRef<Path>) -> Result<Self, StartError> {
        let path = path.as_ref();
        let failed = |cause: io::Error| StartError::Authority(path.to_owned(), cause);
        let found = Self::load(path).map_err(failed)?;
        let now = OffsetDateTime::now_utc();
        if let Some((authority, expires)) = &found
            && *expires - RENEWAL > now
        {
            return Ok(authority.clone());
        }
        let authority = Self::generate()?;
        authority.write(path, found.is_some()).map_err(failed)?;
        // Another process may have been faster.
        let written = Self::load(path).map_err(failed)?;
        Ok(written.map_or(authority, |(authority, _)| authority))
    }

    /// Reads an authority and the time at which it expires; None if there is no file.
    fn load(path: &Path) -> io::Result<Option<(Self, OffsetDateTime)>> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map(Some),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause),
        }
    }

    /// Returns the certificate in PEM, for clients to trust.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Makes a client certificate with this common name, for a server whose
    /// [`client_ca`](crate::Config::client_ca) is this authority. Returns the certificate and its key (PKCS#8),
    /// both in PEM.
    ///
    /// # Errors
    /// [`StartError::Certificate`] if the key or the certificate cannot be created.
    pub fn issue_client(&self, name: &str) -> Result<(String, String), StartError> {
        let key = KeyPair::generate().map_err(StartError::certificate)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let issuer = self.issuer().map_err(StartError::certificate)?;
        let signed = params.signed_by(&key, &issuer).map_err(StartError::certificate)?;
        Ok((signed.pem(), key.serialize_pem()))
    }

    /// Returns the issuer that signs with this authority's key.
    pub(crate) fn issuer(&self) -> Result<Issuer<'static, KeyPair>, rcgen::Error> {
        Issuer::from_ca_cert_pem(&self.certificate_pem, KeyPair::from_pem(&self.key_pem)?)
    }

    /// Writes the file in one step, so that no process reads a part of it. A file that exists stays unless
    /// it is to be replaced.
    fn write(&self, path: &Path, replaces: bool) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        private::create_directory(folder)?;
        let mut file = private::temporary_file(folder)?;
        file.write_all(self.certificate_pem.as_bytes())?;
        file.write_all(self.key_pem.as_bytes())?;
        file.as_file().sync_all()?;
        let persisted = if replaces { file.persist(path) } else { file.persist_noclobber(path) };
        match persisted {
            Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => Ok(()),
            persisted => persisted.map(drop).map_err(|failed| failed.error),
        }
    }

    /// Parses a certificate followed by its key, and returns when it expires.
    fn parse(text: &str) -> io::Result<(Self, OffsetDateTime)> {
        let invalid = |what: &str| io::Error::new(ErrorKind::InvalidData, what.to_owned());
        let at = text.find(KEY_BEGINS).ok_or_else(|| invalid("it has no private key"))?;
        let (certificate_pem, key_pem) =
            text.split_at_checked(at).ok_or_else(|| invalid("it has no private key"))?;
        let no_certificate = || invalid("it has no certificate before its private key");
        let (_, pem) = parse_x509_pem(certificate_pem.as_bytes()).map_err(|_| no_certificate())?;
        let certificate = pem.parse_x509().map_err(|_| no_certificate())?;
        let expires = certificate.validity().not_after.to_datetime();
        let authority = Self { certificate_pem: certificate_pem.into(), key_pem: key_pem.into() };
        authority.issuer().map_err(|cause| invalid(&cause.to_string()))?;
        Ok((authority, expires))
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
    fn an_expired_authority_is_replaced_in_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/authority.pem");
        let now = OffsetDateTime::now_utc();
        let expired = Authority::valid_from(now - VALIDITY).expect("an authority");
        expired.write(&path, false).expect("written");
        let renewed = Authority::load_or_create(&path).expect("renewed");
        assert_ne!(renewed, expired);
        assert_eq!(Authority::load_or_create(&path).expect("loaded"), renewed);
        // The first of two processes wins.
        expired.write(&path, false).expect("nothing to do");
        assert_eq!(Authority::load_or_create(&path).expect("loaded"), renewed);
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

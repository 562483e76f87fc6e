//! The server's certificate, and the TLS configuration with it.

use std::sync::Arc;

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
    version::{TLS12, TLS13},
};

use crate::{
    authority::{self, Authority},
    config::Config,
    error::StartError,
    identity::Identity,
    key_log::KeyLogger,
    options::{CertificateKind, TlsVersions},
};

/// The TLS configuration, and the CA that clients need.
pub(crate) struct Setup {
    /// The certificate that clients have to trust.
    pub(crate) ca_pem: String,
    pub(crate) tls: Arc<ServerConfig>,
}

/// Makes the certificate and the configuration of rustls.
pub(crate) fn set_up(config: &Config) -> Result<Setup, StartError> {
    if let Some(Identity { chain, key, chain_pem }) = config.identity.clone() {
        let tls = rustls_config(config, chain, key)
            .map_err(|cause| StartError::Identity(cause.to_string()))?;
        return Ok(Setup { ca_pem: chain_pem, tls: Arc::new(tls) });
    }
    let authority = match &config.authority {
        Some(authority) => authority.clone(),
        None => Authority::generate()?,
    };
    let key = KeyPair::generate().map_err(StartError::certificate)?;
    let certificate = certificate(config, &key, &authority).map_err(StartError::certificate)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let tls = rustls_config(config, vec![certificate], key).map_err(StartError::tls)?;
    Ok(Setup { ca_pem: authority.certificate_pem().to_owned(), tls: Arc::new(tls) })
}

/// Signs a certificate of the configured kind for a key.
fn certificate(
    config: &Config,
    key: &KeyPair,
    authority: &Authority,
) -> Result<CertificateDer<'static>, rcgen::Error> {
    let params = server_params(config.certificate, &config.certificate_names)?;
    let certificate = match config.certificate {
        CertificateKind::SelfSigned => params.self_signed(key)?,
        CertificateKind::UnknownAuthority => {
            let unknown = authority::params("A CA that no client trusts");
            params.signed_by(key, &Issuer::new(unknown, KeyPair::generate()?))?
        }
        _ => params.signed_by(key, &authority.issuer()?)?,
    };
    Ok(certificate.der().clone())
}

fn server_params(
    kind: CertificateKind,
    more_names: &[String],
) -> Result<CertificateParams, rcgen::Error> {
    let names: &[&str] = match kind {
        CertificateKind::WrongHost => &["elsewhere.example"],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    let mut names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    names.extend_from_slice(more_names);
    let mut params = CertificateParams::new(names)?;
    match kind {
        CertificateKind::Expired => {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 2, 1);
        }
        CertificateKind::NotYetValid => params.not_before = date_time_ymd(4000, 1, 1),
        _ => {}
    }
    params.distinguished_name.push(DnType::CommonName, "Embedded server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Returns the check of a client's certificate: one is required, and must lead to a CA in this PEM text.
fn client_verifier(
    pem: &str,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, rustls::Error> {
    let unusable = |what: String| rustls::Error::General(format!("the CA of clients: {what}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate.map_err(|cause| unusable(cause.to_string()))?)?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    builder.build().map(|verifier| verifier as _).map_err(|cause| unusable(cause.to_string()))
}

/// Makes the configuration of rustls.
///
/// Half-RTT data is off, because a greeting before the client's Finished would change every count of
/// round trips. Without tickets no TLS 1.2 session is resumed either, so that each connection pays
/// for a full handshake.
fn rustls_config(
    config: &Config,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let versions: &[_] = match config.tls_versions {
        TlsVersions::Tls12 => &[&TLS12],
        TlsVersions::Tls13 => &[&TLS13],
        TlsVersions::Both => &[&TLS13, &TLS12],
    };
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)?;
    let builder = match &config.client_ca {
        Some(pem) => builder.with_client_cert_verifier(client_verifier(pem, provider)?),
        None => builder.with_no_client_auth(),
    };
    let mut tls = builder.with_single_cert(chain, key)?;
    if let Some(hook) = &config.on_tls_secret {
        tls.key_log = Arc::new(KeyLogger(hook.clone()));
    }
    tls.send_half_rtt_data = false;
    tls.send_tls13_tickets = config.session_tickets;
    if config.session_tickets == 0 {
        tls.session_storage = Arc::new(NoServerSessionStorage {});
    }
    Ok(tls)
}

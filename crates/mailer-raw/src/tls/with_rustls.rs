//! TLS by rustls, with the cryptography of ring.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use mailer::{ClientCertificate, Error, HostName, Trust};
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, DigitallySignedStruct, RootCertStore,
    SignatureScheme, WantsVerifier,
    client::{
        Resumption, WantsClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
};

use super::seam::{Connector, Failure, Handshake, Settings, TlsStream, unreadable_ca, unusable};
use crate::wire::Wire;

/// Returns a connector with these settings.
pub(super) fn connector(settings: &Settings) -> Result<Arc<dyn Connector>, Error> {
    // The provider is named here, so this crate neither needs nor sets a default for the whole process.
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = with_trust(builder, &settings.trust, provider)?;
    let mut config = match &settings.client_certificate {
        Some(identity) => with_identity(builder, identity)?,
        None => builder.with_no_client_auth(),
    };
    if !settings.resumes {
        config.resumption = Resumption::disabled();
    }
    Ok(Arc::new(WithRustls(Arc::new(config))))
}

type Builder<State> = ConfigBuilder<ClientConfig, State>;

fn with_trust(
    builder: Builder<WantsVerifier>,
    trust: &Trust,
    provider: Arc<CryptoProvider>,
) -> Result<Builder<WantsClientCert>, Error> {
    let mut roots = RootCertStore::empty();
    if !trust.accepts_invalid() {
        // Like OpenSSL, this ignores what it cannot read in the system's folders.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    for pem in trust.added() {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(unreadable_ca)?;
        roots.add(certificate).map_err(unreadable_ca)?;
    }
    if trust.accepts_invalid() {
        let verifier = Arc::new(AnyCertificate(provider));
        return Ok(builder.dangerous().with_custom_certificate_verifier(verifier));
    }
    Ok(builder.with_root_certificates(roots))
}

fn with_identity(
    builder: Builder<WantsClientCert>,
    identity: &ClientCertificate,
) -> Result<ClientConfig, Error> {
    let certificates = CertificateDer::pem_slice_iter(identity.certificates().as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::client_certificate_unusable)?;
    let key = PrivateKeyDer::from_pem_slice(identity.key().as_bytes())
        .map_err(Error::client_certificate_unusable)?;
    // A key of another certificate is noticed here.
    builder.with_client_auth_cert(certificates, key).map_err(Error::client_certificate_unusable)
}

struct WithRustls(Arc<ClientConfig>);

impl Connector for WithRustls {
    /// Generates the key share of the ClientHello (RFC 8446 §4.2.8), and removes a session ticket from the cache if it
    /// has one.
    fn prepare(&self, host: &HostName) -> Result<Box<dyn Handshake>, Failure> {
        let name = ServerName::try_from(host.to_string());
        let name = name.map_err(|cause| Failure::Tls(cause.into()))?;
        let session = ClientConnection::new(Arc::clone(&self.0), name);
        Ok(Box::new(session.map_err(|cause| Failure::Tls(cause.into()))?))
    }
}

impl Handshake for ClientConnection {
    fn run(self: Box<Self>, wire: Wire) -> Result<Box<dyn TlsStream>, Failure> {
        let mut stream = RustlsStream { session: *self, wire, failure: None };
        stream.finish_handshake().map_err(|cause| match cause.downcast::<rustls::Error>() {
            Ok(cause) => Failure::Tls(cause.into()),
            Err(cause) => Failure::Lost(cause.into()),
        })?;
        Ok(Box::new(stream))
    }
}

#[derive(Debug)]
struct RustlsStream {
    session: ClientConnection,
    wire: Wire,
    /// Why no further record can be read.
    failure: Option<rustls::Error>,
}

impl RustlsStream {
    /// Runs the handshake. The client's last record stays in the outbox, so that it leaves together with the
    /// first command.
    fn finish_handshake(&mut self) -> io::Result<()> {
        self.write_records()?;
        while self.session.is_handshaking() {
            if self.read_records()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Moves the records that rustls has ready to the outbox.
    fn write_records(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.wire)?;
        }
        Ok(())
    }

    /// Reads and decrypts what has arrived; returns 0 at the end of the connection.
    fn read_records(&mut self) -> io::Result<usize> {
        if let Some(failure) = &self.failure {
            return Err(io::Error::new(io::ErrorKind::InvalidData, failure.clone()));
        }
        let count = self.session.read_tls(&mut self.wire)?;
        let processed = self.session.process_new_packets();
        // An answer, such as an alert. If it cannot be written, the next write reports that.
        let answered = self.write_records();
        match processed {
            Ok(_) => Ok(count),
            Err(failure) => {
                let _ = answered.and_then(|()| self.wire.flush());
                self.failure = Some(failure.clone());
                Err(io::Error::new(io::ErrorKind::InvalidData, failure))
            }
        }
    }
}

impl Read for RustlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
            if let Err(error) = self.read_records() {
                // What was decrypted before the failure comes first.
                let before = self.session.reader().read(buffer).ok().filter(|&count| count > 0);
                return before.ok_or(error);
            }
        }
    }
}

impl Write for RustlsStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        // rustls encrypts all bytes that it is given before any can leave, and the server waits meanwhile.
        let part = buffer.get(..self.wire.next_batch()).unwrap_or(buffer);
        let count = self.session.writer().write(part)?;
        self.write_records()?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wire.flush()
    }
}

impl TlsStream for RustlsStream {
    fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    fn send_close_notify(&mut self) {
        self.session.send_close_notify();
        let _ = self.write_records().and_then(|()| self.wire.flush());
    }
}

/// Accepts every certificate. The server still has to prove that it has the key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

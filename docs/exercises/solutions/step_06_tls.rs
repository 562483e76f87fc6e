//! Step 6, solved.

use native_tls::{Certificate, TlsConnector};

use crate::given::{Connection, Error, Tls};

/// Performs the TLS handshake, and returns the same connection inside TLS.
pub fn secure(connection: Connection, tls: &Tls) -> Result<Connection, Error> {
    let failed = |cause: native_tls::Error| Error::Tls(cause.to_string());
    let ca = Certificate::from_pem(tls.ca_pem.as_bytes()).map_err(failed)?;
    let connector = TlsConnector::builder().add_root_certificate(ca).build().map_err(failed)?;
    let stream = connector.connect(&tls.name, connection.stream);
    Ok(Connection::new(stream.map_err(|cause| Error::Tls(cause.to_string()))?))
}

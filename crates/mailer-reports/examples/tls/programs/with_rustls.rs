//! A small program with rustls: it connects, and prints what the server says first.

use std::{env, error::Error, io::Read, net::TcpStream, sync::Arc};

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};

fn main() -> Result<(), Box<dyn Error>> {
    let host = env::args().nth(1).ok_or("no host")?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let session = ClientConnection::new(Arc::new(config), host.clone().try_into()?)?;
    let mut stream = StreamOwned::new(session, TcpStream::connect((host.as_str(), 465))?);
    let mut greeting = [0; 512];
    let count = stream.read(&mut greeting)?;
    print!("{}", greeting[..count].escape_ascii());
    Ok(())
}

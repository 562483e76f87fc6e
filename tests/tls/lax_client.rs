//! A client by OpenSSL with its checks turned off, which shows that the server of a case works.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpStream},
};

use openssl::ssl::{SslConnector, SslMethod, SslOptions, SslVerifyMode};

/// Connects, reads the greeting and ends the session.
///
/// # Errors
/// Returns an error if the server does not offer what OpenSSL can use, or does not greet.
pub(crate) fn connect(server: SocketAddr) -> Result<(), Box<dyn Error>> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_verify(SslVerifyMode::NONE);
    builder.set_security_level(0);
    builder.set_cipher_list("ALL:@SECLEVEL=0")?;
    builder.set_min_proto_version(None)?;
    builder.clear_options(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
    let mut settings = builder.build().configure()?;
    settings.set_verify_hostname(false);
    let mut stream = BufReader::new(settings.connect("any", TcpStream::connect(server)?)?);
    let mut greeting = String::new();
    stream.read_line(&mut greeting)?;
    stream.get_mut().write_all(b"QUIT\r\n")?;
    match greeting.starts_with("220 ") {
        true => Ok(()),
        false => Err(format!("no greeting: {greeting:?}").into()),
    }
}

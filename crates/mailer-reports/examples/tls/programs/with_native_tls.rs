//! A small program with native-tls: it connects, and prints what the server says first.

use std::{env, error::Error, io::Read, net::TcpStream};

fn main() -> Result<(), Box<dyn Error>> {
    let host = env::args().nth(1).ok_or("no host")?;
    let connector = native_tls::TlsConnector::new()?;
    let mut stream = connector.connect(&host, TcpStream::connect((host.as_str(), 465))?)?;
    let mut greeting = [0; 512];
    let count = stream.read(&mut greeting)?;
    print!("{}", greeting[..count].escape_ascii());
    Ok(())
}

//! A port that refuses connections.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
};

/// The client's end of an open connection: nothing listens there, and no other program can get the port until this
/// is dropped. (After the server's end is closed, the system may give the port away, although the client's is open.)
pub struct RefusingPort {
    client: TcpStream,
    _server: TcpListener,
}

impl RefusingPort {
    /// Takes a free port.
    pub fn new() -> io::Result<Self> {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(Self { client: TcpStream::connect(server.local_addr()?)?, _server: server })
    }

    /// Returns its address.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.client.local_addr()
    }
}

#[test]
fn no_other_program_gets_the_port() -> io::Result<()> {
    let port = RefusingPort::new()?;
    let refused = TcpStream::connect(port.addr()?).expect_err("nothing listens");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    let taken = TcpListener::bind(port.addr()?).expect_err("it is in use");
    assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    Ok(())
}

//! Step 1, solved.

use std::{
    io::{ErrorKind, Read as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::given::{Connection, Error};

/// No line of a reply is longer (RFC 5321 §4.5.3.1.5 has 512, and some servers exceed it). The limit is for
/// exercise 16.
const LONGEST_LINE: usize = 4096;

/// Opens a TCP connection.
pub fn connect(address: SocketAddr, timeout: Duration) -> Result<Connection, Error> {
    let stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    Ok(Connection::new(stream))
}

/// Reads one line, and returns it without its `\r\n`.
pub fn read_line(connection: &mut Connection) -> Result<String, Error> {
    loop {
        if let Some(end) = connection.unread.windows(2).position(|pair| pair == b"\r\n") {
            let line = String::from_utf8_lossy(&connection.unread[..end]).into_owned();
            connection.unread.drain(..end + 2);
            return Ok(line);
        }
        if connection.unread.len() > LONGEST_LINE {
            return Err(Error::Protocol("a line does not end".into()));
        }
        let mut piece = [0; 1024];
        let count = connection.stream.read(&mut piece)?;
        if count == 0 {
            return Err(Error::Lost(ErrorKind::UnexpectedEof.into()));
        }
        connection.unread.extend_from_slice(&piece[..count]);
    }
}

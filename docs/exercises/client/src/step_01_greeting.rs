//! # Step 1: connect, and read a line
//!
//! An SMTP server speaks first. The client opens a TCP connection and waits; the server greets it:
//!
//! ```text
//! 220 mail.example.test ESMTP ready\r\n
//! ```
//!
//! SMTP is a dialogue of lines. Each line ends with two bytes, `\r\n` (CR and LF, 13 and 10), and only with
//! both (RFC 5321 §2.3.8). TCP knows no lines: it delivers bytes, in pieces that have nothing to do with what
//! the server wrote. One read may return `22`, the next `0 mail.example.test ESMTP ready\r`, and the last
//! `\n` with the beginning of another line. The servers of these exercises split what they send on purpose.
//!
//! So reading needs a place for bytes that have arrived and are not used yet: `connection.unread` (see
//! `given.rs`). A line is complete once `\r\n` is in there; what follows it stays for the next call.
//!
//! RFC 5321 §3.1 (the greeting), §2.3.8 (lines), §4.5.3.2 (time limits)
//!
//! ## To do
//!
//! Write the two functions. Run `cargo run` in `docs/exercises`: it runs the tests of this step each time you
//! save this file. Stuck? `cargo run -- hint`.

use std::{net::SocketAddr, time::Duration};

use crate::given::{Connection, Error};

/// Opens a TCP connection.
///
/// Connecting may take `timeout`, and so may every later read and write: a client without time limits waits
/// for a silent server for ever.
pub fn connect(address: SocketAddr, timeout: Duration) -> Result<Connection, Error> {
    todo!("open a TCP connection with these time limits")
}

/// Reads one line, and returns it without its `\r\n`.
///
/// Bytes after the line stay in `connection.unread`. A stream that ends before the line does is
/// [`Error::Lost`], of the kind `UnexpectedEof`.
pub fn read_line(connection: &mut Connection) -> Result<String, Error> {
    todo!("read until there is a CR LF")
}

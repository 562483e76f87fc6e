//! # Step 3: EHLO
//!
//! After the greeting the client introduces itself, with its name:
//!
//! ```text
//! S: 220 mail.example.test ESMTP ready\r\n
//! C: EHLO client.example.test\r\n
//! S: 250-mail.example.test at your service\r\n
//! S: 250-PIPELINING\r\n
//! S: 250 STARTTLS\r\n
//! ```
//!
//! (`C:` is the client, `S:` the server.) Every command is one line. Two things about sending it matter:
//!
//! - It leaves in **one** write. Two small writes, one for the text and one for `\r\n`, can cost 40 ms: the
//!   second waits in the kernel until the other side acknowledges the first (Nagle's algorithm, RFC 896).
//! - It contains no other CR or LF. Addresses and names come from outside; one like
//!   `bob@example.test>\r\nRCPT TO:<eve@example.test` would become a second command.
//!
//! RFC 5321 §3.2 and §4.1.1.1 (EHLO), §2.3.8 (lines)
//!
//! ## To do
//!
//! Write the two functions. Use `read_reply` and `expect` of step 2.

use crate::given::{Connection, Error, Reply};

/// Sends one command in one write. A CR or LF in it is [`Error::Invalid`], and then nothing is sent.
pub fn command(connection: &mut Connection, line: &str) -> Result<(), Error> {
    todo!("write the line and its CR LF")
}

/// Introduces the client by this name, and returns the server's reply, 250.
pub fn ehlo(connection: &mut Connection, name: &str) -> Result<Reply, Error> {
    todo!("send EHLO and read the reply")
}

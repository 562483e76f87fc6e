//! Step 3, solved.

use std::io::Write as _;

use crate::{
    given::{Connection, Error, Reply},
    step_02_replies::{expect, read_reply},
};

/// Sends one command in one write. A CR or LF in it is [`Error::Invalid`], and then nothing is sent.
pub fn command(connection: &mut Connection, line: &str) -> Result<(), Error> {
    if line.contains(['\r', '\n']) {
        return Err(Error::Invalid(format!("a line end in a command: {line:?}")));
    }
    // For exercise 16: every reply has been read, so that a byte here answers no command.
    if !connection.unread.is_empty() {
        return Err(Error::Protocol("a reply that answers no command".into()));
    }
    connection.stream.write_all(format!("{line}\r\n").as_bytes())?;
    Ok(connection.stream.flush()?)
}

/// Introduces the client by this name, and returns the server's reply, 250.
pub fn ehlo(connection: &mut Connection, name: &str) -> Result<Reply, Error> {
    command(connection, &format!("EHLO {name}"))?;
    expect(read_reply(connection)?, &[250])
}

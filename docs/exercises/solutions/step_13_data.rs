//! Step 13, solved.

use std::io::Write as _;

use crate::{
    given::{Connection, Error, Reply},
    step_02_replies::{expect, read_reply},
    step_03_ehlo::command,
    step_12_dots::stuff,
};

/// Sends DATA, and returns once the server asks for the letter.
pub fn begin_data(connection: &mut Connection) -> Result<(), Error> {
    command(connection, "DATA")?;
    expect(read_reply(connection)?, &[354])?;
    Ok(())
}

/// Sends the letter, prepared by `stuff` of step 12, and returns the reply to it, 250.
pub fn send_content(connection: &mut Connection, text: &[u8]) -> Result<Reply, Error> {
    connection.stream.write_all(&stuff(text))?;
    connection.stream.flush()?;
    expect(read_reply(connection)?, &[250])
}

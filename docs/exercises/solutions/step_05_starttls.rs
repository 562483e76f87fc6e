//! Step 5, solved.

use crate::{
    given::{Capabilities, Connection, Error},
    step_02_replies::{expect, read_reply},
    step_03_ehlo::command,
};

/// Asks for TLS, and returns once the server is ready for the handshake.
pub fn starttls(connection: &mut Connection, capabilities: &Capabilities) -> Result<(), Error> {
    if !capabilities.starttls {
        return Err(Error::Tls("the server does not offer STARTTLS".into()));
    }
    command(connection, "STARTTLS")?;
    expect(read_reply(connection)?, &[220])?;
    if !connection.unread.is_empty() {
        return Err(Error::Protocol("bytes outside TLS follow the 220 to STARTTLS".into()));
    }
    Ok(())
}

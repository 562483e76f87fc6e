//! Step 7, solved.

use crate::{
    given::{Capabilities, Connection, Error, Tls},
    step_03_ehlo::ehlo,
    step_04_capabilities::capabilities,
    step_05_starttls::starttls,
    step_06_tls::secure,
};

/// Secures a connection whose server has replied to EHLO with the capabilities `before`.
pub fn upgrade(
    mut connection: Connection,
    before: &Capabilities,
    hello: &str,
    tls: &Tls,
) -> Result<(Connection, Capabilities), Error> {
    starttls(&mut connection, before)?;
    let mut connection = secure(connection, tls)?;
    let reply = ehlo(&mut connection, hello)?;
    Ok((connection, capabilities(&reply)))
}

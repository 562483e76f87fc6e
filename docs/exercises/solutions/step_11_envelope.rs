//! Step 11, solved.

use crate::{
    given::{Connection, Error, Refusal},
    step_02_replies::{expect, read_reply},
    step_03_ehlo::command,
};

/// Sends the envelope, and returns the recipients that the server refused, in order.
pub fn envelope(
    connection: &mut Connection,
    from: &str,
    to: &[String],
) -> Result<Vec<Refusal>, Error> {
    command(connection, &format!("MAIL FROM:<{from}>"))?;
    expect(read_reply(connection)?, &[250])?;
    let mut refusals = Vec::new();
    for recipient in to {
        command(connection, &format!("RCPT TO:<{recipient}>"))?;
        match expect(read_reply(connection)?, &[250, 251, 252]) {
            Ok(_) => {}
            Err(Error::Refused(reply)) => {
                refusals.push(Refusal { recipient: recipient.clone(), reply });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(refusals)
}

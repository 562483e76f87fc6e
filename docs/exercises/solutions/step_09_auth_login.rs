//! Step 9, solved.

use crate::{
    given::{Connection, Error, Login},
    step_02_replies::{expect, read_reply},
    step_03_ehlo::command,
    step_08_base64::encode,
};

/// Logs in by AUTH LOGIN.
pub fn auth_login(connection: &mut Connection, login: &Login) -> Result<(), Error> {
    command(connection, "AUTH LOGIN")?;
    expect(read_reply(connection)?, &[334])?;
    command(connection, &encode(login.user.as_bytes()))?;
    expect(read_reply(connection)?, &[334])?;
    command(connection, &encode(login.password.as_bytes()))?;
    expect(read_reply(connection)?, &[235])?;
    Ok(())
}

//! Step 10, solved.

use crate::{
    given::{Capabilities, Connection, Error, Login},
    step_02_replies::{expect, read_reply},
    step_03_ehlo::command,
    step_08_base64::encode,
    step_09_auth_login::auth_login,
};

/// Logs in by AUTH PLAIN. A zero byte in the login is [`Error::Invalid`], and then nothing is sent.
pub fn auth_plain(connection: &mut Connection, login: &Login) -> Result<(), Error> {
    let Login { user, password } = login;
    if user.contains('\0') || password.contains('\0') {
        return Err(Error::Invalid("a zero byte in a user name or password".into()));
    }
    let response = encode(format!("\0{user}\0{password}").as_bytes());
    command(connection, &format!("AUTH PLAIN {response}"))?;
    expect(read_reply(connection)?, &[235])?;
    Ok(())
}

/// Logs in by PLAIN or, if the server does not announce that, by LOGIN.
pub fn log_in(
    connection: &mut Connection,
    capabilities: &Capabilities,
    login: &Login,
) -> Result<(), Error> {
    let offers = |name: &str| capabilities.auth.iter().any(|offered| offered == name);
    if offers("PLAIN") {
        auth_plain(connection, login)
    } else if offers("LOGIN") {
        auth_login(connection, login)
    } else {
        Err(Error::Invalid("the server offers neither PLAIN nor LOGIN".into()))
    }
}

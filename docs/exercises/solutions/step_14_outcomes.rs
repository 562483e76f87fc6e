//! Step 14, solved.

use crate::{
    given::{Capabilities, Connection, Error, Mail, Outcome, Server},
    step_01_greeting::connect,
    step_02_replies::{expect, read_reply},
    step_03_ehlo::{command, ehlo},
    step_04_capabilities::capabilities,
    step_07_ehlo_again::upgrade,
    step_10_auth_plain::log_in,
    step_11_envelope::envelope,
    step_13_data::{begin_data, send_content},
};

/// Opens a session up to the point where the server would accept MAIL.
pub fn open(server: &Server) -> Result<(Connection, Capabilities), Error> {
    let mut connection = connect(server.address, server.timeout)?;
    expect(read_reply(&mut connection)?, &[220])?;
    let reply = ehlo(&mut connection, &server.hello)?;
    let mut announced = capabilities(&reply);
    if let Some(tls) = &server.tls {
        (connection, announced) = upgrade(connection, &announced, &server.hello, tls)?;
    }
    if let Some(login) = &server.login {
        log_in(&mut connection, &announced, login)?;
    }
    Ok((connection, announced))
}

/// Sends one message over an open session, and says what became of it.
pub fn deliver(connection: &mut Connection, mail: &Mail) -> Outcome {
    let refusals = match envelope(connection, &mail.from, &mail.to) {
        Ok(refusals) => refusals,
        Err(error) => return before_content(error),
    };
    if refusals.len() == mail.to.len() {
        return match refusals.into_iter().next() {
            Some(refusal) => Outcome::Rejected(refusal.reply),
            None => Outcome::NotSent(Error::Invalid("the message has no recipient".into())),
        };
    }
    if let Err(error) = begin_data(connection) {
        return before_content(error);
    }
    match send_content(connection, &mail.content) {
        Ok(_) if refusals.is_empty() => Outcome::Accepted,
        Ok(_) => Outcome::Partial(refusals),
        Err(Error::Refused(reply)) => Outcome::Rejected(reply),
        Err(error) => Outcome::Unknown(error),
    }
}

/// Ends the session.
pub fn quit(connection: &mut Connection) -> Result<(), Error> {
    command(connection, "QUIT")?;
    expect(read_reply(connection)?, &[221])?;
    Ok(())
}

/// Opens a session, sends one message, and ends the session.
pub fn send(server: &Server, mail: &Mail) -> Outcome {
    let mut connection = match open(server) {
        Ok((connection, _)) => connection,
        Err(error) => return Outcome::NotSent(error),
    };
    let outcome = deliver(&mut connection, mail);
    // Whatever becomes of QUIT changes nothing about the message.
    let _ = quit(&mut connection);
    outcome
}

/// The outcome of an error before the first byte of the letter.
fn before_content(error: Error) -> Outcome {
    match error {
        Error::Refused(reply) => Outcome::Rejected(reply),
        error => Outcome::NotSent(error),
    }
}

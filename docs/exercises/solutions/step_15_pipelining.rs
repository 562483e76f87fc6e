//! Step 15, solved.

use std::io::Write as _;

use crate::{
    given::{Connection, Error, Mail, Outcome, Refusal, Reply, Server},
    step_02_replies::{expect, read_reply},
    step_13_data::send_content,
    step_14_outcomes::{deliver, open, quit},
};

/// The replies to a group of commands.
struct Replies {
    mail: Result<Reply, Error>,
    refusals: Vec<Refusal>,
    data: Result<Reply, Error>,
}

/// Sends one message over an open session whose server has announced PIPELINING.
pub fn deliver_pipelined(connection: &mut Connection, mail: &Mail) -> Outcome {
    let replies = match send_group(connection, mail).and_then(|()| read_group(connection, mail)) {
        Ok(replies) => replies,
        Err(error) => return Outcome::NotSent(error),
    };
    let Replies { mail: sender, refusals, data } = replies;
    // The first refusal is the reason; those after it follow from it.
    let reason = match sender {
        Err(Error::Refused(reply)) => Some(reply),
        Err(error) => return Outcome::NotSent(error),
        Ok(_) if refusals.len() == mail.to.len() => refusals.first().map(|r| r.reply.clone()),
        Ok(_) => None,
    };
    match (reason, data) {
        (Some(reply), Ok(_)) => {
            // The server waits for a letter, and gets an empty one.
            let _ = end_nothing(connection);
            Outcome::Rejected(reply)
        }
        (Some(reply), Err(_)) | (None, Err(Error::Refused(reply))) => Outcome::Rejected(reply),
        (None, Err(error)) => Outcome::NotSent(error),
        (None, Ok(_)) => match send_content(connection, &mail.content) {
            Ok(_) if refusals.is_empty() => Outcome::Accepted,
            Ok(_) => Outcome::Partial(refusals),
            Err(Error::Refused(reply)) => Outcome::Rejected(reply),
            Err(error) => Outcome::Unknown(error),
        },
    }
}

/// Like `send` of step 14, but pipelined if the server announces it.
pub fn send(server: &Server, mail: &Mail) -> Outcome {
    let (mut connection, announced) = match open(server) {
        Ok(opened) => opened,
        Err(error) => return Outcome::NotSent(error),
    };
    let outcome = if announced.pipelining {
        deliver_pipelined(&mut connection, mail)
    } else {
        deliver(&mut connection, mail)
    };
    let _ = quit(&mut connection);
    outcome
}

/// Sends MAIL, every RCPT, and DATA in one write.
fn send_group(connection: &mut Connection, mail: &Mail) -> Result<(), Error> {
    if mail.to.is_empty() {
        return Err(Error::Invalid("the message has no recipient".into()));
    }
    let mut commands = vec![format!("MAIL FROM:<{}>", mail.from)];
    commands.extend(mail.to.iter().map(|recipient| format!("RCPT TO:<{recipient}>")));
    commands.push("DATA".into());
    if let Some(line) = commands.iter().find(|line| line.contains(['\r', '\n'])) {
        return Err(Error::Invalid(format!("a line end in a command: {line:?}")));
    }
    let group: String = commands.iter().map(|line| format!("{line}\r\n")).collect();
    connection.stream.write_all(group.as_bytes())?;
    Ok(connection.stream.flush()?)
}

/// Reads one reply for each command of the group.
fn read_group(connection: &mut Connection, mail: &Mail) -> Result<Replies, Error> {
    let sender = expect(read_reply(connection)?, &[250]);
    let mut refusals = Vec::new();
    for recipient in &mail.to {
        match expect(read_reply(connection)?, &[250, 251, 252]) {
            Ok(_) => {}
            Err(Error::Refused(reply)) => {
                refusals.push(Refusal { recipient: recipient.clone(), reply });
            }
            Err(error) => return Err(error),
        }
    }
    let data = expect(read_reply(connection)?, &[354]);
    Ok(Replies { mail: sender, refusals, data })
}

/// Ends a letter that has not begun, and reads the reply.
fn end_nothing(connection: &mut Connection) -> Result<Reply, Error> {
    connection.stream.write_all(b".\r\n")?;
    connection.stream.flush()?;
    read_reply(connection)
}

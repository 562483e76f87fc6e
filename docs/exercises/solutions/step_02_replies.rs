//! Step 2, solved.

use crate::{
    given::{Connection, Error, Reply},
    step_01_greeting::read_line,
};

/// Takes one line of a reply apart: its code, whether another line follows, and its text.
pub fn parse_line(line: &str) -> Result<(u16, bool, &str), Error> {
    let wrong = || Error::Protocol(format!("this is no line of a reply: {line:?}"));
    let (digits, rest) = line.split_at_checked(3).ok_or_else(wrong)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let code = digits.parse().map_err(|_| wrong())?;
    if !(200..600).contains(&code) {
        return Err(wrong());
    }
    match rest.split_at_checked(1) {
        None => Ok((code, false, "")),
        Some((" ", text)) => Ok((code, false, text)),
        Some(("-", text)) => Ok((code, true, text)),
        Some(_) => Err(wrong()),
    }
}

/// Reads one complete reply. Lines with different codes are [`Error::Protocol`].
pub fn read_reply(connection: &mut Connection) -> Result<Reply, Error> {
    let mut reply: Option<Reply> = None;
    loop {
        let line = read_line(connection)?;
        let (code, more, text) = parse_line(&line)?;
        let reply = reply.get_or_insert(Reply { code, lines: Vec::new() });
        if reply.code != code {
            return Err(Error::Protocol(format!(
                "a reply has the codes {} and {code}",
                reply.code
            )));
        }
        reply.lines.push(text.to_owned());
        if !more {
            return Ok(reply.clone());
        }
    }
}

/// Returns the reply if its code is one of these.
pub fn expect(reply: Reply, codes: &[u16]) -> Result<Reply, Error> {
    match reply.code {
        code if codes.contains(&code) => Ok(reply),
        400..=599 => Err(Error::Refused(reply)),
        _ => Err(Error::Protocol(format!("this reply has no meaning here: {reply}"))),
    }
}

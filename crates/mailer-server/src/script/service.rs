//! The ordinary parts of a script: answers commands correctly.

use super::{
    Handshake, Script,
    channel::{Channel, Over},
    input::{begins_with, take_chunk},
    record::ReceivedContent,
};

/// The replies to commands that need nothing else.
const ANSWERS: [(&str, &str); 5] = [
    ("HELO", "250 mail.example.test"),
    ("MAIL FROM:<", "250 2.1.0 Sender valid"),
    ("RCPT TO:<", "250 2.1.5 Recipient valid"),
    ("RSET", "250 2.0.0 Reset"),
    ("NOOP", "250 2.0.0 Nothing done"),
];

/// The reply to complete content.
const ACCEPTED: &str = "250 2.0.0 Message accepted";

/// Serves until a line begins with `until`, and leaves that line unread. With "." it serves until it
/// has received content, and with None until QUIT.
pub(super) fn serve(
    channel: &mut Channel<'_>,
    script: &Script,
    until: Option<&str>,
) -> Result<(), Over> {
    loop {
        let line = channel.peek_line()?;
        if until.is_some_and(|prefix| begins_with(&line, prefix)) {
            return Ok(());
        }
        let content_received = if begins_with(&line, "BDAT") {
            chunk(channel)?
        } else {
            channel.take_line()?;
            obey(channel, script, &line)?
        };
        if content_received {
            if until == Some(".") {
                return Ok(());
            }
            reply(channel, ACCEPTED)?;
        }
    }
}

/// Carries out a command. Returns whether it received content, which has no reply yet.
fn obey(channel: &mut Channel<'_>, script: &Script, line: &str) -> Result<bool, Over> {
    let is = |verb: &str| begins_with(line, verb);
    if let Some((_, answer)) = ANSWERS.iter().find(|(verb, _)| is(verb)) {
        reply(channel, answer)?;
    } else if is("EHLO ") {
        let answer = ehlo_reply(script, channel.is_tls());
        channel.send(answer.as_bytes())?;
    } else if is("STARTTLS") && !channel.is_tls() {
        reply(channel, "220 2.0.0 Ready to start TLS")?;
        channel.start_tls(Handshake::Whole)?;
    } else if is("AUTH ") {
        authenticate(channel, line)?;
    } else if is("DATA") {
        return data(channel);
    } else if is("QUIT") {
        reply(channel, "221 2.0.0 Bye")?;
        return Err(Over::Closing);
    } else {
        return Err(Over::Deviation(format!("unknown command {line:?}")));
    }
    Ok(false)
}

fn ehlo_reply(script: &Script, is_tls: bool) -> String {
    let announced = script.announced.iter().filter(|line| !is_tls || *line != "STARTTLS");
    let lines: Vec<&str> =
        ["mail.example.test"].into_iter().chain(announced.map(String::as_str)).collect();
    let last = lines.len() - 1;
    let separator = |at: usize| if at == last { ' ' } else { '-' };
    lines.iter().enumerate().map(|(at, line)| format!("250{}{line}\r\n", separator(at))).collect()
}

/// Accepts any credentials.
fn authenticate(channel: &mut Channel<'_>, line: &str) -> Result<(), Over> {
    // The base64 of "Username:" and "Password:".
    let prompts: &[&str] = if begins_with(line, "AUTH LOGIN") {
        &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"]
    } else if line.split(' ').count() > 2 {
        &[]
    } else {
        &["334 "]
    };
    for prompt in prompts {
        reply(channel, prompt)?;
        channel.take_line()?;
    }
    reply(channel, "235 2.7.0 Welcome")
}

/// Reads the content after DATA. A client that got 354 but no recipient sends a lone dot, to send
/// nothing (RFC 2920 §3.1).
fn data(channel: &mut Channel<'_>) -> Result<bool, Over> {
    reply(channel, "354 Go ahead")?;
    if channel.peek(3)?.starts_with(b".\r\n") {
        channel.take(3)?;
        reply(channel, "554 5.5.1 No content")?;
        return Ok(false);
    }
    let mut bytes = channel.take_until(b"\r\n.\r\n")?;
    bytes.extend_from_slice(b"\r\n");
    channel.record_content(ReceivedContent { by_bdat: false, bytes });
    Ok(true)
}

fn chunk(channel: &mut Channel<'_>) -> Result<bool, Over> {
    let (content, is_last) = take_chunk(channel)?;
    channel.record_content(content);
    if !is_last {
        reply(channel, "250 2.0.0 Chunk accepted")?;
    }
    Ok(is_last)
}

fn reply(channel: &mut Channel<'_>, line: &str) -> Result<(), Over> {
    channel.send(format!("{line}\r\n").as_bytes())
}

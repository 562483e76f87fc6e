//! The well-behaved parts of a script: every command is answered as a server should.

use super::{
    Handshake, Script,
    channel::{Channel, Over},
    input::{begins_with, take_chunk},
    record::Taken,
};

/// What is said to commands that need no more than an answer.
const ANSWERS: [(&str, &str); 5] = [
    ("HELO", "250 mail.example.test"),
    ("MAIL FROM:<", "250 2.1.0 Sender taken"),
    ("RCPT TO:<", "250 2.1.5 Recipient taken"),
    ("RSET", "250 2.0.0 Begun anew"),
    ("NOOP", "250 2.0.0 Nothing done"),
];

/// The answer to a content, by its end or by its last chunk.
const TAKEN: &str = "250 2.0.0 Taken";

/// Serves until a line comes that begins with `until`, and leaves it; with "." until a content has
/// been taken. Without it until QUIT.
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
        let content_taken = if begins_with(&line, "BDAT") {
            chunk(channel)?
        } else {
            channel.take_line()?;
            obey(channel, script, &line)?
        };
        if content_taken {
            if until == Some(".") {
                return Ok(());
            }
            say(channel, TAKEN)?;
        }
    }
}

/// Carries a command out; whether a content was taken, which is not answered yet.
fn obey(channel: &mut Channel<'_>, script: &Script, line: &str) -> Result<bool, Over> {
    let is = |verb: &str| begins_with(line, verb);
    if let Some((_, answer)) = ANSWERS.iter().find(|(verb, _)| is(verb)) {
        say(channel, answer)?;
    } else if is("EHLO ") {
        let answer = greeting(script, channel.is_tls());
        channel.send(answer.as_bytes())?;
    } else if is("STARTTLS") && !channel.is_tls() {
        say(channel, "220 2.0.0 Ready to start TLS")?;
        channel.start_tls(Handshake::Whole)?;
    } else if is("AUTH ") {
        authenticate(channel, line)?;
    } else if is("DATA") {
        return data(channel);
    } else if is("QUIT") {
        say(channel, "221 2.0.0 Bye")?;
        return Err(Over::Closing);
    } else {
        return Err(Over::Deviation(format!("no command was known that begins {line:?}")));
    }
    Ok(false)
}

fn greeting(script: &Script, is_tls: bool) -> String {
    let announced = script.announced.iter().filter(|line| !is_tls || *line != "STARTTLS");
    let lines: Vec<&str> =
        ["mail.example.test"].into_iter().chain(announced.map(String::as_str)).collect();
    let last = lines.len() - 1;
    let separator = |at: usize| if at == last { ' ' } else { '-' };
    lines.iter().enumerate().map(|(at, line)| format!("250{}{line}\r\n", separator(at))).collect()
}

/// Accepts any credentials.
fn authenticate(channel: &mut Channel<'_>, line: &str) -> Result<(), Over> {
    // "Username:" and "Password:"
    let prompts: &[&str] = if begins_with(line, "AUTH LOGIN") {
        &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"]
    } else if line.split(' ').count() > 2 {
        &[]
    } else {
        &["334 "]
    };
    for prompt in prompts {
        say(channel, prompt)?;
        channel.take_line()?;
    }
    say(channel, "235 2.7.0 Welcome")
}

/// A lone dot is the end of no content, which a client says where it wants nothing to be sent (RFC
/// 2920 §3.1).
fn data(channel: &mut Channel<'_>) -> Result<bool, Over> {
    say(channel, "354 Go ahead")?;
    if channel.peek(3)?.starts_with(b".\r\n") {
        channel.take(3)?;
        say(channel, "554 5.5.1 No content")?;
        return Ok(false);
    }
    let mut octets = channel.take_until(b"\r\n.\r\n")?;
    octets.extend_from_slice(b"\r\n");
    channel.took(Taken { by_bdat: false, octets });
    Ok(true)
}

fn chunk(channel: &mut Channel<'_>) -> Result<bool, Over> {
    let (taken, is_last) = take_chunk(channel)?;
    channel.took(taken);
    if !is_last {
        say(channel, "250 2.0.0 Chunk taken")?;
    }
    Ok(is_last)
}

fn say(channel: &mut Channel<'_>, line: &str) -> Result<(), Over> {
    channel.send(format!("{line}\r\n").as_bytes())
}

//! Tests of step 1: connect, and read a line.

use std::{io::ErrorKind, time::Duration};

use mailer_server::{Config, Script};
use smtp_client::{
    given::Error,
    step_01_greeting::{connect, read_line},
};

use crate::lab::{Lab, TIMEOUT, describe};

#[test]
fn connects() {
    let lab = Lab::scripted(Script::new().hang());
    let address = lab.address();
    let connected = lab.run(move || connect(address, TIMEOUT));
    lab.check("connect(address, ...)", &describe(&connected), "Ok", "a server listens there");
}

#[test]
fn reads_a_line() {
    let (lab, mut connection) = Lab::pieces(&["220 mail.example.test ESMTP ready\r\n"]);
    let line = lab.run(move || read_line(&mut connection)).unwrap_or_else(|error| {
        lab.fail(&format!("read_line returned an error: {error}"), "the server sent a line")
    });
    lab.check(
        "the line",
        &format!("{line:?}"),
        "\"220 mail.example.test ESMTP ready\"",
        "read_line returns the line without its \\r\\n",
    );
}

#[test]
fn reads_a_line_in_pieces() {
    let (lab, mut connection) = Lab::pieces(&["2", "20 mail.exa", "mple.test\r", "\n"]);
    let line = lab.run(move || read_line(&mut connection)).unwrap_or_else(|error| {
        lab.fail(&format!("read_line returned an error: {error}"), "the line is complete")
    });
    lab.check(
        "the line",
        &format!("{line:?}"),
        "\"220 mail.example.test\"",
        "TCP delivers bytes in any pieces; even \\r and \\n may arrive separately",
    );
}

#[test]
fn keeps_what_follows_the_line() {
    let (lab, mut connection) = Lab::pieces(&["250-one\r\n250 two\r\n220 th", "ree\r\n"]);
    let lines =
        lab.run(move || (0..3).map(|_| read_line(&mut connection)).collect::<Result<Vec<_>, _>>());
    let lines = lines.unwrap_or_else(|error| {
        lab.fail(
            &format!("the second or third call returned an error: {error}"),
            "one read may return several lines; those after the first stay in connection.unread",
        )
    });
    lab.check(
        "the lines of three calls",
        &format!("{lines:?}"),
        r#"["250-one", "250 two", "220 three"]"#,
        "one read may return several lines; those after the first stay in connection.unread",
    );
}

#[test]
fn only_cr_lf_ends_a_line() {
    let (lab, mut connection) = Lab::pieces(&["220 one\n220 two\r220 three\r\n"]);
    let line = lab.run(move || read_line(&mut connection)).unwrap_or_default();
    lab.check(
        "the line",
        &format!("{line:?}"),
        r#""220 one\n220 two\r220 three""#,
        "a CR or LF alone ends no line (RFC 5321 §2.3.8)",
    );
}

#[test]
fn a_stream_that_ends_early_is_lost() {
    let (lab, mut connection) = Lab::pieces(&["220 mail.exam", ""]);
    let line = lab.run(move || read_line(&mut connection));
    let is_right =
        matches!(&line, Err(Error::Lost(cause)) if cause.kind() == ErrorKind::UnexpectedEof);
    if !is_right {
        lab.fail(
            &format!("read_line returned {line:?}"),
            "a read of 0 bytes is the end: half a line is Error::Lost, of the kind UnexpectedEof",
        );
    }
}

#[test]
fn a_silent_server_is_not_waited_for_forever() {
    let lab = Lab::scripted(Script::new().hang());
    let address = lab.address();
    let line = lab.run(move || {
        let mut connection = connect(address, Duration::from_millis(200))?;
        read_line(&mut connection)
    });
    lab.check(
        "reading from a server that sends nothing",
        &describe(&line),
        "Err(Lost)",
        "connect sets the time limit of later reads too: TcpStream::set_read_timeout",
    );
}

#[test]
fn reads_the_greeting_of_a_server() {
    let lab = Lab::embedded(Config::default());
    let address = lab.address();
    let line = lab.run(move || read_line(&mut connect(address, TIMEOUT)?));
    let line = line.unwrap_or_else(|error| {
        lab.fail(&format!("there is an error: {error}"), "the server greets at once")
    });
    lab.check(
        "the line",
        &format!("{line:?}"),
        "\"220 mail.example.test ESMTP ready\"",
        "this server splits its greeting",
    );
}

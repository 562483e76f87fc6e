//! Tests of step 3: EHLO.

use mailer_server::Config;
use smtp_client::{
    step_01_greeting::connect,
    step_02_replies::read_reply,
    step_03_ehlo::{command, ehlo},
};

use crate::lab::{HELLO, Lab, TIMEOUT, describe};

#[test]
fn sends_a_command_in_one_write() {
    let (lab, mut connection) = Lab::pieces(&[]);
    let sent = lab.run(move || command(&mut connection, "NOOP"));
    lab.check("command(connection, \"NOOP\")", &describe(&sent), "Ok", "nothing is wrong with it");
    lab.check(
        "your writes",
        &format!("{:?}", lab.client_lines()),
        &format!("{:?}", [r"NOOP\r\n"]),
        "the line and its \\r\\n leave in one write: write_all of both together",
    );
}

#[test]
fn refuses_a_line_end_in_a_command() {
    for line in ["NOOP\r\nQUIT", "NOOP\nQUIT", "NOOP\r", "EHLO client\r\n"] {
        let (lab, mut connection) = Lab::pieces(&[]);
        let sent = lab.run(move || command(&mut connection, line));
        lab.check(
            &format!("command(connection, {line:?})"),
            &describe(&sent),
            "Err(Invalid)",
            "what follows the line end would be a second command",
        );
        lab.check("what was sent", &format!("{:?}", lab.client_lines()), "[]", "nothing may leave");
    }
}

#[test]
fn says_ehlo_and_returns_the_whole_reply() {
    let lab = Lab::embedded(Config::plain());
    let address = lab.address();
    let reply = lab.run(move || {
        let mut connection = connect(address, TIMEOUT)?;
        read_reply(&mut connection)?;
        ehlo(&mut connection, HELLO)
    });
    let reply = reply.unwrap_or_else(|error| {
        lab.fail(&format!("ehlo returned an error: {error}"), "this server knows EHLO")
    });
    lab.check(
        "the first and the last line of the reply",
        &format!("{:?}, {:?}", reply.lines.first(), reply.lines.last()),
        r#"Some("mail.example.test at your service"), Some("SMTPUTF8")"#,
        "the reply to EHLO has many lines, and belongs together",
    );
}

#[test]
fn returns_a_refusal_as_an_error() {
    let (lab, mut connection) = Lab::pieces(&["554 5.7.1 not", " you\r\n"]);
    let reply = lab.run(move || ehlo(&mut connection, HELLO));
    lab.check("ehlo", &describe(&reply), "Err(Refused 554)", "only 250 is a yes to EHLO");
}

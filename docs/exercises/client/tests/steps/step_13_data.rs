//! Tests of step 13: DATA, and its two replies.

use mailer_server::{Config, Script};
use smtp_client::{
    given::{Error, Reply},
    step_01_greeting::connect,
    step_02_replies::read_reply,
    step_03_ehlo::ehlo,
    step_11_envelope::envelope,
    step_13_data::{begin_data, send_content},
};

use crate::lab::{HELLO, Lab, TIMEOUT, describe};

/// Sends a letter to bob without TLS.
fn sent(lab: &Lab, text: &'static str) -> Result<Reply, Error> {
    let address = lab.address();
    lab.run(move || {
        let mut connection = connect(address, TIMEOUT)?;
        read_reply(&mut connection)?;
        ehlo(&mut connection, HELLO)?;
        envelope(&mut connection, "ann@example.test", &["bob@example.test".to_owned()])?;
        begin_data(&mut connection)?;
        send_content(&mut connection, text.as_bytes())
    })
}

#[test]
fn asks_for_permission() {
    let (lab, mut connection) = Lab::pieces(&["35", "4 go ahead\r", "\n"]);
    let result = lab.run(move || begin_data(&mut connection));
    lab.check("begin_data", &describe(&result), "Ok", "354 is the yes to DATA");
    lab.check("what was sent", &lab.client_lines().concat(), r"DATA\r\n", "and nothing else yet");
}

#[test]
fn sends_the_letter_and_its_end() {
    let (lab, mut connection) = Lab::pieces(&["25", "0 stored\r\n"]);
    let result = lab.run(move || send_content(&mut connection, b"Subject: hello\n\n."));
    lab.check("send_content", &describe(&result), "Ok", "the server replied 250");
    lab.check(
        "what was sent",
        &lab.client_lines().concat(),
        r"Subject: hello\r\n\r\n..\r\n.\r\n",
        "the letter goes through `stuff` of step 12",
    );
}

#[test]
fn sends_a_letter() {
    let lab = Lab::embedded(Config::plain());
    let result = sent(&lab, "Subject: dots\n\n.\n.hidden\nend");
    lab.check("sending", &describe(&result), "Ok", "this server accepts the letter");
    let stored = lab.embedded_server().mails();
    let stored = stored.first().map(|mail| mail.content.escape_ascii().to_string());
    lab.check(
        "the letter that the server stored",
        &stored.unwrap_or_default(),
        r"Subject: dots\r\n\r\n.\r\n.hidden\r\nend\r\n",
        "the server has taken the added dots away; use `stuff`",
    );
}

#[test]
fn waits_for_the_reply_to_the_letter() {
    for (reply, wanted) in [("554 5.7.1 spam", "Err(Refused 554)"), ("354 more?", "Err(Protocol)")]
    {
        let script = Script::new().reply("220 hi").serve_until(".").reply(reply).serve();
        let lab = Lab::scripted(script);
        let result = sent(&lab, "Subject: hello\r\n\r\n");
        lab.check("send_content", &describe(&result), wanted, "only 250 after the letter is a yes");
    }
}

#[test]
fn sends_nothing_without_a_354() {
    for (reply, wanted) in [("554 5.5.1 no", "Err(Refused 554)"), ("250 ok", "Err(Protocol)")] {
        let script = Script::new().reply("220 hi").serve_until("DATA").answer("DATA", reply);
        let lab = Lab::scripted(script.serve());
        let result = sent(&lab, "Subject: hello\r\n\r\n");
        lab.check("begin_data", &describe(&result), wanted, "only 354 asks for the letter");
        if lab.client_sent("Subject") {
            lab.fail("the letter was sent", "the server would read each line of it as a command");
        }
    }
}

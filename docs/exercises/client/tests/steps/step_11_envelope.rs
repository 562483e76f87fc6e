//! Tests of step 11: the envelope.

use mailer_server::{Config, Fault, Point, Script};
use smtp_client::{
    given::{Error, Refusal},
    step_01_greeting::connect,
    step_02_replies::read_reply,
    step_03_ehlo::ehlo,
    step_11_envelope::envelope,
};

use crate::lab::{HELLO, Lab, TIMEOUT, describe};

const FROM: &str = "ann@example.test";

/// Sends an envelope to a server without TLS.
fn sent(lab: &Lab, to: &[&str]) -> Result<Vec<Refusal>, Error> {
    let (address, to) = (lab.address(), to.iter().map(|&to| to.to_owned()).collect::<Vec<_>>());
    lab.run(move || {
        let mut connection = connect(address, TIMEOUT)?;
        read_reply(&mut connection)?;
        ehlo(&mut connection, HELLO)?;
        envelope(&mut connection, FROM, &to)
    })
}

#[test]
fn sends_sender_and_recipients() {
    let lab = Lab::embedded(Config::plain());
    let refusals = sent(&lab, &["bob@example.test", "eve@example.test"]);
    lab.check("envelope", &describe(&refusals), "Ok", "the server accepts all of it");
    lab.check(
        "what was sent after EHLO",
        &lab.client_lines()[1..].join(" | "),
        "MAIL FROM:<ann@example.test> | RCPT TO:<bob@example.test> | RCPT TO:<eve@example.test>",
        "one command each, without a space after the colon",
    );
    lab.check(
        "the refusals",
        &format!("{:?}", refusals.unwrap_or_default()),
        "[]",
        "there are none",
    );
}

#[test]
fn a_refused_recipient_does_not_stop_the_others() {
    let lab = Lab::embedded(Config::plain().with_refused_recipient("bob@example.test"));
    let refusals = sent(&lab, &["bob@example.test", "eve@example.test"]);
    lab.check("envelope", &describe(&refusals), "Ok", "eve can have the message");
    let refused = refusals.unwrap_or_default();
    let refused: Vec<_> = refused.iter().map(|r| (r.recipient.as_str(), r.reply.code)).collect();
    lab.check(
        "the refusals",
        &format!("{refused:?}"),
        r#"[("bob@example.test", 550)]"#,
        "the caller must learn that bob does not get it",
    );
    if !lab.client_sent("RCPT TO:<eve@example.test>") {
        lab.fail("there was no RCPT for eve", "each recipient has a reply of its own");
    }
}

#[test]
fn a_forwarded_recipient_is_accepted() {
    let fault = Fault::at(Point::Rcpt).when("bob@").reply("251 2.1.5 forwarded to robert");
    let lab = Lab::embedded(Config::plain().with_fault(fault.clone()));
    let refusals = sent(&lab, &["bob@example.test"]);
    lab.check(
        "envelope, if RCPT gets 251 or 250",
        &format!("{} {:?}", describe(&refusals), refusals.unwrap_or_default()),
        "Ok []",
        "250, 251 and 252 are a yes to RCPT",
    );
}

#[test]
fn a_refused_sender_is_an_error() {
    let script = Script::new().reply("220 hi").serve_until("MAIL");
    let lab = Lab::scripted(script.answer("MAIL", "550 5.7.1 not from you").serve());
    let result = sent(&lab, &["bob@example.test"]);
    lab.check(
        "envelope",
        &describe(&result),
        "Err(Refused 550)",
        "without a sender nothing goes on",
    );
    if lab.client_sent("RCPT") {
        lab.fail("there was a RCPT", "the server has refused the sender");
    }
}

#[test]
fn a_reply_without_meaning_is_an_error() {
    let script = Script::new().reply("220 hi").serve_until("RCPT");
    let lab = Lab::scripted(script.answer("RCPT", "354 go ahead").serve());
    let result = sent(&lab, &["bob@example.test", "eve@example.test"]);
    lab.check("envelope", &describe(&result), "Err(Protocol)", "354 is neither yes nor no to RCPT");
}

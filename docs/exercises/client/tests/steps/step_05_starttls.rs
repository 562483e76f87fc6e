//! Tests of step 5: STARTTLS.

use mailer_server::Config;
use smtp_client::{
    given::Capabilities, step_01_greeting::connect, step_02_replies::read_reply,
    step_03_ehlo::ehlo, step_05_starttls::starttls,
};

use crate::lab::{HELLO, Lab, TIMEOUT, announced, describe};

#[test]
fn asks_for_tls() {
    let lab = Lab::embedded(Config::default());
    let address = lab.address();
    let ready = lab.run(move || {
        let mut connection = connect(address, TIMEOUT)?;
        read_reply(&mut connection)?;
        ehlo(&mut connection, HELLO)?;
        starttls(&mut connection, &announced(&[]))
    });
    lab.check("starttls", &describe(&ready), "Ok", "the server replied 220");
    if !lab.client_sent("STARTTLS") {
        lab.fail("your function did not send STARTTLS", "the server does not start TLS by itself");
    }
}

#[test]
fn does_not_go_on_without_the_offer() {
    let (lab, mut connection) = Lab::pieces(&["220 go ahead\r\n"]);
    let ready = lab.run(move || starttls(&mut connection, &Capabilities::default()));
    lab.check(
        "starttls, although the server does not offer it",
        &describe(&ready),
        "Err(Tls)",
        "an attacker may have removed the offer; without TLS the session must end here",
    );
    lab.check("what was sent", &format!("{:?}", lab.client_lines()), "[]", "do not even ask");
}

#[test]
fn a_refusal_is_an_error() {
    for (reply, wanted) in
        [("454 4.7.0 not now\r\n", "Err(Refused 454)"), ("250 ok\r\n", "Err(Protocol)")]
    {
        let (lab, mut connection) = Lab::pieces(&[reply]);
        let ready = lab.run(move || starttls(&mut connection, &announced(&[])));
        lab.check("starttls", &describe(&ready), wanted, "only 220 starts TLS");
    }
}

#[test]
fn bytes_after_the_220_are_an_attack() {
    for attack in
        ["220 go ahead\r\n250-mail.example.test\r\n250 AUTH PLAIN\r\n", "220 go ahead\r\n2"]
    {
        let (lab, mut connection) = Lab::pieces(&[attack]);
        let ready = lab.run(move || starttls(&mut connection, &announced(&[])));
        lab.check(
            "starttls",
            &describe(&ready),
            "Err(Protocol)",
            "these bytes came outside TLS, and would be read as a reply inside it",
        );
    }
}

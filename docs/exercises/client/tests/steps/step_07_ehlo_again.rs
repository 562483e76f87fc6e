//! Tests of step 7: EHLO again, and forget.

use mailer_server::{Config, Script};
use smtp_client::{
    given::{Capabilities, Error},
    step_01_greeting::connect,
    step_02_replies::read_reply,
    step_03_ehlo::ehlo,
    step_04_capabilities::capabilities,
    step_07_ehlo_again::upgrade,
};

use crate::lab::{HELLO, Lab, TIMEOUT, describe};

/// Connects, says EHLO, and upgrades the connection.
fn upgraded(lab: &Lab) -> Result<Capabilities, Error> {
    let (address, tls) = (lab.address(), lab.tls());
    lab.run(move || {
        let mut connection = connect(address, TIMEOUT)?;
        read_reply(&mut connection)?;
        let before = capabilities(&ehlo(&mut connection, HELLO)?);
        Ok(upgrade(connection, &before, HELLO, &tls)?.1)
    })
}

/// A server that announces one thing before TLS, and this inside it.
fn changing(inside: &str) -> Lab {
    let before = "250-mail.example.test\n250-STARTTLS\n250-SIZE 10\n250-PIPELINING\n250 AUTH LOGIN";
    let script = Script::new().reply("220 mail.example.test ESMTP").answer("EHLO", before);
    let script = script.answer("STARTTLS", "220 go ahead").tls().answer("EHLO", inside);
    Lab::scripted(script.serve())
}

#[test]
fn says_ehlo_inside_tls() {
    let lab = Lab::embedded(Config::default());
    let result = upgraded(&lab);
    lab.check("upgrade", &describe(&result), "Ok", "this server supports STARTTLS");
    if !lab.dialogue().iter().any(|line| line.starts_with("C*: EHLO")) {
        lab.fail("there was no EHLO inside TLS", "the client must introduce itself again");
    }
    let found = result.unwrap_or_default();
    lab.check(
        "STARTTLS and AUTH in the capabilities",
        &format!("{}, {:?}", found.starttls, found.auth),
        r#"false, ["PLAIN", "LOGIN"]"#,
        "inside TLS this server announces AUTH, and STARTTLS no longer",
    );
}

#[test]
fn forgets_what_was_announced_before_tls() {
    let lab = changing("250-mail.example.test\n250 AUTH PLAIN");
    let found = upgraded(&lab).unwrap_or_else(|error| {
        lab.fail(&format!("upgrade returned an error: {error}"), "the server accepted everything")
    });
    let wanted = Capabilities { auth: vec!["PLAIN".into()], ..Capabilities::default() };
    lab.check(
        "the capabilities",
        &format!("{found:?}"),
        &format!("{wanted:?}"),
        "an attacker could change the first list; only the one inside TLS counts",
    );
}

#[test]
fn a_refusal_inside_tls_is_an_error() {
    let lab = changing("550 5.7.1 no");
    let result = upgraded(&lab);
    lab.check(
        "upgrade",
        &describe(&result),
        "Err(Refused 550)",
        "EHLO inside TLS may be refused too",
    );
}

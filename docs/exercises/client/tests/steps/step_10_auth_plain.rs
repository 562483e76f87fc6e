//! Tests of step 10: AUTH PLAIN.

use mailer_server::Config;
use smtp_client::{
    given::{Capabilities, Login},
    step_01_greeting::connect,
    step_02_replies::read_reply,
    step_03_ehlo::ehlo,
    step_04_capabilities::capabilities,
    step_07_ehlo_again::upgrade,
    step_10_auth_plain::{auth_plain, log_in},
};

use crate::lab::{HELLO, Lab, TIMEOUT, announced, describe, login};

const WELCOME: &str = "235 2.7.0 Welcome\r\n";

#[test]
fn sends_name_and_password_in_one_command() {
    let (lab, mut connection) = Lab::pieces(&[WELCOME]);
    let result = lab.run(move || auth_plain(&mut connection, &login()));
    lab.check("auth_plain", &describe(&result), "Ok", "235 is the yes");
    lab.check(
        "what was sent",
        &lab.client_lines().concat(),
        r"AUTH PLAIN AGFubgBzZXNhbWU=\r\n",
        "a zero byte, the user, a zero byte, the password, all of it in base64",
    );
}

#[test]
fn refuses_a_zero_byte() {
    let logins = [("an\0n", "sesame"), ("ann", "ses\0ame")];
    for (user, password) in logins {
        let (lab, mut connection) = Lab::pieces(&[WELCOME]);
        let result = lab.run(move || {
            auth_plain(&mut connection, &Login { user: user.into(), password: password.into() })
        });
        lab.check(
            &format!("auth_plain as {user:?} with {password:?}"),
            &describe(&result),
            "Err(Invalid)",
            "the zero bytes are the borders between user and password",
        );
        lab.check("what was sent", &format!("{:?}", lab.client_lines()), "[]", "nothing may leave");
    }
}

#[test]
fn logs_in_to_a_server_and_learns_of_a_wrong_password() {
    for (password, wanted) in [("sesame", "Ok"), ("wrong", "Err(Refused 535)")] {
        let lab = Lab::embedded(Config::default());
        let (address, tls) = (lab.address(), lab.tls());
        let login = Login { password: password.into(), ..login() };
        let result = lab.run(move || {
            let mut connection = connect(address, TIMEOUT)?;
            read_reply(&mut connection)?;
            let before = capabilities(&ehlo(&mut connection, HELLO)?);
            let (mut connection, announced) = upgrade(connection, &before, HELLO, &tls)?;
            log_in(&mut connection, &announced, &login)
        });
        lab.check(
            &format!("log_in with {password:?}"),
            &describe(&result),
            wanted,
            "it is \"sesame\"",
        );
    }
}

#[test]
fn chooses_plain_before_login() {
    let offers: [(&[&str], &str); 3] = [
        (&["LOGIN", "PLAIN"], "AUTH PLAIN "),
        (&["CRAM-MD5", "PLAIN"], "AUTH PLAIN "),
        (&["XOAUTH2", "LOGIN"], "AUTH LOGIN"),
    ];
    for (offer, wanted) in offers {
        let (lab, mut connection) = Lab::pieces(&["535 5.7.8 no\r\n"]);
        let result = lab.run(move || log_in(&mut connection, &announced(offer), &login()));
        if !lab.client_sent(wanted) || result.is_ok() {
            lab.fail(
                &format!("the server offers {offer:?}, and log_in returned {}", describe(&result)),
                &format!("it should send {wanted}, and report the server's refusal"),
            );
        }
    }
}

#[test]
fn does_not_guess() {
    for offer in [&[][..], &["CRAM-MD5", "PLAIN-CLIENTTOKEN"]] {
        let (lab, mut connection) = Lab::pieces(&[WELCOME]);
        let result = lab.run(move || {
            let announced: Capabilities = announced(offer);
            log_in(&mut connection, &announced, &login())
        });
        lab.check(
            &format!("log_in, with a server that offers {offer:?}"),
            &describe(&result),
            "Err(Invalid)",
            "neither PLAIN nor LOGIN is offered",
        );
        lab.check("what was sent", &format!("{:?}", lab.client_lines()), "[]", "nothing may leave");
    }
}

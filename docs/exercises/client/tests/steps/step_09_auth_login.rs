//! Tests of step 9: AUTH LOGIN.

use mailer_server::Config;
use smtp_client::{
    given::{Error, Login},
    step_01_greeting::connect,
    step_02_replies::read_reply,
    step_03_ehlo::ehlo,
    step_04_capabilities::capabilities,
    step_07_ehlo_again::upgrade,
    step_09_auth_login::auth_login,
};

use crate::lab::{HELLO, Lab, TIMEOUT, describe, login};

/// Logs in to the embedded server.
fn logged_in(lab: &Lab, login: Login) -> Result<(), Error> {
    let (address, tls) = (lab.address(), lab.tls());
    lab.run(move || {
        let mut connection = connect(address, TIMEOUT)?;
        read_reply(&mut connection)?;
        let before = capabilities(&ehlo(&mut connection, HELLO)?);
        let (mut connection, _) = upgrade(connection, &before, HELLO, &tls)?;
        auth_login(&mut connection, &login)
    })
}

#[test]
fn answers_the_two_questions() {
    let (lab, mut connection) =
        Lab::pieces(&["334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 2.7.0 Welcome\r\n"]);
    let result = lab.run(move || auth_login(&mut connection, &login()));
    lab.check("auth_login", &describe(&result), "Ok", "235 is the yes");
    lab.check(
        "what was sent",
        &lab.client_lines().concat(),
        r"AUTH LOGIN\r\nYW5u\r\nc2VzYW1l\r\n",
        "the command, then the user name, then the password, both in base64",
    );
}

#[test]
fn logs_in_to_a_server() {
    let lab = Lab::embedded(Config::default());
    let result = logged_in(&lab, login());
    lab.check("auth_login", &describe(&result), "Ok", "user and password are right");
}

#[test]
fn a_wrong_password_is_an_error() {
    let lab = Lab::embedded(Config::default());
    let result = logged_in(&lab, Login { password: "wrong".into(), ..login() });
    lab.check("auth_login", &describe(&result), "Err(Refused 535)", "the password is wrong");
}

#[test]
fn the_password_is_not_sent_after_a_refusal() {
    let refused: [&[&str]; 2] =
        [&["504 5.5.4 not LOGIN\r\n"], &["334 VXNlcm5hbWU6\r\n", "535 5.7.8 not this user\r\n"]];
    for replies in refused {
        let (lab, mut connection) = Lab::pieces(replies);
        let result = lab.run(move || auth_login(&mut connection, &login()));
        if result.is_ok() || lab.client_sent("c2VzYW1l") {
            lab.fail(
                &format!("auth_login went on after a refusal, and returned {}", describe(&result)),
                "after a refusal the server reads commands: the password would be one, and be logged",
            );
        }
    }
}

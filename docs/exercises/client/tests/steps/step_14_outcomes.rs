//! Tests of step 14: QUIT, and what became of the message.

use mailer_server::{Account, Config, Script};
use smtp_client::{
    given::{Mail, Outcome, Server},
    step_14_outcomes::{deliver, open, quit, send},
};

use crate::lab::{Lab, describe, describe_outcome, mail};

const ALL: [&str; 2] = ["bob@example.test", "eve@example.test"];

fn sent(lab: &Lab, server: Server, mail: Mail) -> Outcome {
    lab.run(move || send(&server, &mail))
}

/// Sends to a scripted server without TLS, and checks the outcome.
#[track_caller]
fn check(what: &str, script: Script, wanted: &str, why: &str) -> Lab {
    let lab = Lab::scripted(script);
    let outcome = sent(&lab, lab.bare_server(), mail(&ALL));
    lab.check(&format!("the outcome, if {what}"), &describe_outcome(&outcome), wanted, why);
    lab
}

/// A server that behaves well until a line begins with this; `.` is the end of the letter.
fn until(prefix: &str) -> Script {
    Script::new().reply("220 mail.example.test ESMTP").serve_until(prefix)
}

#[test]
fn opens_a_session() {
    let lab = Lab::embedded(Config::default());
    let server = lab.server();
    let opened = lab.run(move || open(&server));
    lab.check("open", &describe(&opened), "Ok", "certificate, user and password are right");
    let auth = opened.map(|(_, capabilities)| capabilities.auth).unwrap_or_default();
    lab.check(
        "AUTH in the capabilities",
        &format!("{auth:?}"),
        r#"["PLAIN", "LOGIN"]"#,
        "the capabilities are those inside TLS",
    );
}

#[test]
fn opens_a_session_without_tls_where_that_is_wanted() {
    let lab = Lab::embedded(Config::plain());
    let server = lab.bare_server();
    let opened = lab.run(move || open(&server));
    lab.check("open, with tls and login None", &describe(&opened), "Ok", "neither is wanted");
}

#[test]
fn delivers_over_an_open_session() {
    let (lab, mut connection) =
        Lab::pieces(&["250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 stored\r\n"]);
    let outcome = lab.run(move || deliver(&mut connection, &mail(&ALL)));
    lab.check("deliver", &describe_outcome(&outcome), "Accepted", "the last reply is 250");
    lab.check(
        "the beginning of what was sent",
        &lab.client_lines()
            .iter()
            .take(4)
            .map(|line| line.get(..4).unwrap_or(line))
            .collect::<Vec<_>>()
            .join(" "),
        "MAIL RCPT RCPT DATA",
        "the envelope, and then the letter",
    );
}

#[test]
fn says_goodbye() {
    for (reply, wanted) in [("221 bye\r\n", "Ok"), ("500 what?\r\n", "Err(Refused 500)")] {
        let (lab, mut connection) = Lab::pieces(&[reply]);
        let ended = lab.run(move || quit(&mut connection));
        lab.check("quit", &describe(&ended), wanted, "221 is the reply to QUIT");
        lab.check("what was sent", &lab.client_lines().concat(), r"QUIT\r\n", "one command");
    }
}

#[test]
fn sends_a_message() {
    let lab = Lab::embedded(Config::default());
    let outcome = sent(&lab, lab.server(), mail(&ALL));
    lab.check("the outcome", &describe_outcome(&outcome), "Accepted", "the server accepts it");
    let stored = lab.embedded_server().mails();
    let stored: Vec<_> =
        stored.iter().map(|mail| (&mail.recipients, &mail.authenticated_as)).collect();
    lab.check(
        "what the server stored",
        &format!("{stored:?}"),
        r#"[(["bob@example.test", "eve@example.test"], Some("ann"))]"#,
        "one message to two recipients, from a client that has logged in",
    );
}

#[test]
fn a_session_that_does_not_open_sends_nothing() {
    check(
        "the greeting is a 554",
        Script::new().reply("554 no").serve(),
        "NotSent(Refused 554)",
        "nothing was sent",
    );
    check(
        "the greeting is a 250",
        Script::new().reply("250 hi").serve(),
        "NotSent(Protocol)",
        "a greeting is 220",
    );
    let config = Config::default().with_account(Account::new("ann", "sesame"));
    let lab = Lab::embedded(config);
    let mut server = lab.server();
    server.login.as_mut().expect("there is a login").password = "wrong".into();
    let outcome = sent(&lab, server, mail(&ALL));
    lab.check(
        "the outcome",
        &describe_outcome(&outcome),
        "NotSent(Refused 535)",
        "the login failed",
    );
    if lab.client_sent("MAIL") {
        lab.fail("there was a MAIL", "without the login that was wanted, nothing goes on");
    }
}

#[test]
fn some_recipients_are_refused() {
    let lab = Lab::embedded(Config::plain().with_refused_recipient(ALL[0]));
    let outcome = sent(&lab, lab.bare_server(), mail(&ALL));
    let wanted = "Partial(bob@example.test 550)";
    lab.check("the outcome", &describe_outcome(&outcome), wanted, "eve gets it, and bob does not");
    assert_eq!(lab.embedded_server().mails().len(), 1, "the message for eve did not arrive");
    if !lab.client_sent("QUIT") {
        lab.fail("there was no QUIT", "a client says goodbye");
    }
}

#[test]
fn every_recipient_is_refused() {
    let config = Config::plain().with_refused_recipient(ALL[0]).with_refused_recipient(ALL[1]);
    let lab = Lab::embedded(config);
    let outcome = sent(&lab, lab.bare_server(), mail(&ALL));
    lab.check("the outcome", &describe_outcome(&outcome), "Rejected 550", "no recipient is left");
    if lab.client_sent("DATA") {
        lab.fail("there was a DATA", "no recipient is left to send the letter to");
    }
}

#[test]
fn a_step_of_the_transaction_is_refused() {
    for step in ["MAIL", "DATA"] {
        check(
            &format!("{step} gets a 451"),
            until(step).answer(step, "451 4.3.0 later").serve(),
            "Rejected 451",
            "the server refused the message, for now",
        );
    }
    check(
        "the letter gets a 554",
        until(".").reply("554 spam").serve(),
        "Rejected 554",
        "it refused the letter",
    );
}

#[test]
fn the_connection_ends_before_the_letter() {
    for step in ["MAIL", "RCPT", "DATA"] {
        check(
            &format!("the connection ends at {step}"),
            until(step).expect(step).close(),
            "NotSent(Lost)",
            "no byte of the letter was sent, so it is safe to try again",
        );
    }
}

#[test]
fn the_connection_ends_after_the_letter() {
    check(
        "the connection ends instead of the last reply",
        until(".").close(),
        "Unknown(Lost)",
        "the server has the letter, and may have accepted it",
    );
    check(
        "the last reply is not a reply",
        until(".").reply("hello").serve(),
        "Unknown(Protocol)",
        "the server has the letter, and may have accepted it",
    );
}

#[test]
fn quit_changes_nothing() {
    let script = until("QUIT").expect("QUIT").close();
    check("QUIT gets no reply", script, "Accepted", "the message was accepted before that");
    let script = until("QUIT").answer("QUIT", "500 what?").serve();
    check("QUIT gets a 500", script, "Accepted", "the message was accepted before that");
}

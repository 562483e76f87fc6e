//! Tests of step 15: pipelining.

use mailer_server::{Config, Extension, Profile, Script};
use smtp_client::{
    given::{Mail, Server},
    step_14_outcomes::open,
    step_15_pipelining::{deliver_pipelined, send},
};

use crate::lab::{Lab, describe_outcome, mail};

const BUDGET: usize = 8;
const ALL: [&str; 3] = ["bob@example.test", "eve@example.test", "joe@example.test"];

/// Sends to a server, and checks the outcome.
#[track_caller]
fn check(lab: &Lab, server: Server, mail: Mail, wanted: &str, why: &str) {
    let outcome = lab.run(move || send(&server, &mail));
    lab.check("the outcome", &describe_outcome(&outcome), wanted, why);
}

#[test]
fn stays_within_the_budget() {
    let lab = Lab::embedded(Config::default());
    check(&lab, lab.server(), mail(&ALL), "Accepted", "the server accepts it");
    let count = lab.embedded_server().round_trips(1);
    if count > BUDGET {
        lab.fail(
            &format!("the server counted {count} round trips, and the budget is {BUDGET}"),
            "MAIL, every RCPT and DATA leave in one write, and AUTH PLAIN is one command",
        );
    }
}

#[test]
fn the_group_is_one_write() {
    let replies = ["250 ok\r\n250 ok\r\n250 ok\r\n250 ", "ok\r\n354 go\r\n", "250 ok\r\n"];
    let (lab, mut connection) = Lab::pieces(&replies);
    let outcome = lab.run(move || deliver_pipelined(&mut connection, &mail(&ALL)));
    lab.check("the outcome", &describe_outcome(&outcome), "Accepted", "every reply is a yes");
    let group = r"MAIL FROM:<ann@example.test>\r\nRCPT TO:<bob@example.test>\r\nRCPT TO:<eve@example.test>\r\nRCPT TO:<joe@example.test>\r\nDATA\r\n";
    let first = lab.client_lines().into_iter().next().unwrap_or_default();
    lab.check("your first write", &first, group, "the group leaves together");
}

#[test]
fn waits_for_each_reply_without_pipelining() {
    let profile = Profile::default().without(Extension::Pipelining);
    let lab = Lab::embedded(Config::plain().with_profile(profile));
    check(&lab, lab.bare_server(), mail(&ALL), "Accepted", "the server accepts it");
    let count = lab.embedded_server().round_trips(1);
    // EHLO, MAIL, three times RCPT, DATA, the letter, and QUIT.
    if count < 8 {
        lab.fail(
            &format!("the server counted {count} round trips, and there are 8 without a group"),
            "this server does not announce PIPELINING",
        );
    }
}

#[test]
fn each_recipient_has_its_own_reply() {
    let lab = Lab::embedded(Config::plain().with_refused_recipient(ALL[1]));
    let wanted = "Partial(eve@example.test 550)";
    check(&lab, lab.bare_server(), mail(&ALL), wanted, "the second reply to RCPT is a no");
    assert_eq!(lab.embedded_server().mails().len(), 1, "the message for the others did not arrive");
}

#[test]
fn every_recipient_is_refused_and_data_too() {
    let config = ALL.iter().fold(Config::plain(), |config, &to| config.with_refused_recipient(to));
    let lab = Lab::embedded(config);
    let why = "no recipient is left; the refusal of DATA only follows from that";
    check(&lab, lab.bare_server(), mail(&ALL), "Rejected 550", why);
    lab.check(
        "what was sent last",
        &lab.client_lines().pop().unwrap_or_default(),
        "QUIT",
        "after the refusal of DATA the server reads commands",
    );
}

#[test]
fn the_sender_is_refused() {
    let script = Script::new().reply("220 hi").serve_until("MAIL").answer("MAIL", "550 not you");
    let script = ALL.iter().fold(script, |script, _| script.answer("RCPT", "503 MAIL first"));
    let lab = Lab::scripted(script.answer("DATA", "503 RCPT first").serve());
    check(&lab, lab.bare_server(), mail(&ALL), "Rejected 550", "the first refusal is the reason");
    if lab.client_sent("Subject") {
        lab.fail("the letter was sent", "the server has refused everything");
    }
}

#[test]
fn the_connection_ends_within_the_replies() {
    let script = Script::new().reply("220 hi").serve_until("RCPT").expect("RCPT").close();
    let lab = Lab::scripted(script);
    check(&lab, lab.bare_server(), mail(&ALL), "NotSent(Lost)", "no byte of the letter was sent");
}

#[test]
fn an_address_cannot_contain_a_command() {
    let lab = Lab::embedded(Config::plain());
    let server = lab.bare_server();
    let bad = mail(&["bob@example.test>\r\nRCPT TO:<eve@example.test"]);
    let outcome = lab.run(move || {
        let (mut connection, _) = open(&server).expect("the session opens");
        deliver_pipelined(&mut connection, &bad)
    });
    let why = "the address would become two commands";
    lab.check("the outcome", &describe_outcome(&outcome), "NotSent(Invalid)", why);
    if lab.client_sent("MAIL") {
        lab.fail("a part of the group was sent", "each command is checked before anything is sent");
    }
}

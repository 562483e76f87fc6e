//! Broken dialogues with servers that answer late, never, or in no order.

use std::time::Duration;

use mailer::{Security, Timeouts};
use mailer_compare::observation::Speaker;
use mailer_explain::{BREAKS, Break, BrokenDialogue, Target};
use mailer_lab::embedded;
use mailer_server::{Fault, Point, Store};

use super::breaks::{CONTENT, envelope};

/// Runs a break with an embedded server that has this fault, within a short time per step.
fn run(name: &str, fault: Fault) -> Result<BrokenDialogue, mailer::Error> {
    let config = embedded::config(Security::Required).with_fault(fault).with_store(Store::Memory);
    let (_embedded, mut server) = embedded::start_with(config, Security::Required)?;
    server.timeouts = Timeouts::all(Duration::from_secs(2));
    let envelope = envelope();
    let found = Break::find(name).expect("its name");
    found.run(&Target::new(&server, &envelope, CONTENT))
}

fn remarks(dialogue: &BrokenDialogue) -> Vec<&str> {
    let lines = dialogue.lines.iter().filter(|line| line.speaker == Speaker::Note);
    lines.map(|line| line.text.as_str()).collect()
}

#[test]
fn a_server_that_never_answers_ends_the_wait() {
    let dialogue = run("data-first", Fault::at(Point::Data).silence()).unwrap();
    assert_eq!(remarks(&dialogue), ["no reply within 2 s"]);
    // The answer to QUIT still comes.
    assert_eq!(dialogue.codes(), [250, 221]);
}

#[test]
fn a_server_that_disconnects_is_seen() {
    let dialogue = run("lone-dot", Fault::at(Point::Mail).close()).unwrap();
    assert_eq!(remarks(&dialogue), ["the server closed the connection"]);
    assert!(dialogue.codes().is_empty(), "{dialogue:#?}");
    let dialogue = run("lone-dot", Fault::at(Point::Mail).reply("421 4.3.2 bye").close()).unwrap();
    assert_eq!(dialogue.codes(), [421]);
}

#[test]
fn without_354_no_content_is_sent() {
    let dialogue = run("lone-dot", Fault::at(Point::Data).reply("451 4.3.0 not now")).unwrap();
    assert_eq!(dialogue.codes(), [250, 250, 451, 221]);
    assert_eq!(remarks(&dialogue), ["no content is sent: the server did not ask for it"]);
}

#[test]
fn an_empty_content_answers_a_server_that_asks_for_one_too_early() {
    let reply = Fault::at(Point::Data).raw("354 go on\r\n");
    let dialogue = run("data-first", reply).unwrap();
    // The embedded server did not mean it, and reads the dot as a command.
    assert_eq!(dialogue.codes(), [250, 354, 500, 221], "{dialogue:#?}");
}

#[test]
fn text_that_is_no_reply_is_shown() {
    let dialogue = run("data-first", Fault::at(Point::Mail).raw("hello\r\n")).unwrap();
    assert_eq!(dialogue.codes()[0], 0, "{dialogue:#?}");
    assert!(dialogue.lines.iter().any(|line| line.text == "hello"), "{dialogue:#?}");
}

#[test]
fn a_greeting_that_refuses_is_the_error_of_every_break_that_waits_for_it() {
    for one in BREAKS.iter().filter(|one| one.name != "early-talk") {
        let refusal = Fault::at(Point::Greeting).reply("554 5.7.1 not you").close();
        let error = run(one.name, refusal).unwrap_err();
        assert_eq!(error.reply().map(|reply| reply.code), Some(554), "{}: {error}", one.name);
    }
    let refusal = Fault::at(Point::Greeting).reply("554 5.7.1 not you").close();
    assert_eq!(run("early-talk", refusal).unwrap().codes()[0], 554);
}

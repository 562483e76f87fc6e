//! Tests of step 2: replies.

use mailer_server::Config;
use smtp_client::{
    given::{Error, Reply},
    step_01_greeting::connect,
    step_02_replies::{expect, parse_line, read_reply},
};

use crate::lab::{Lab, TIMEOUT, describe};

#[test]
fn takes_a_line_apart() {
    let lines = [
        ("250 OK", (250, false, "OK")),
        ("250-PIPELINING", (250, true, "PIPELINING")),
        ("354 ", (354, false, "")),
        ("221", (221, false, "")),
        ("550-  two spaces - and a hyphen", (550, true, "  two spaces - and a hyphen")),
        ("250 gr\u{fc}\u{df}", (250, false, "gr\u{fc}\u{df}")),
    ];
    for (line, wanted) in lines {
        let found = parse_line(line);
        let is_right = matches!(&found, Ok(found) if *found == wanted);
        assert!(
            is_right,
            "\nparse_line({line:?})\n  should be  Ok({wanted:?})\n  but is     {found:?}\n"
        );
    }
}

#[test]
fn refuses_what_is_no_line_of_a_reply() {
    let lines = [
        "",
        "25",
        "hello",
        "25o OK",
        "+25 OK",
        "2500 OK",
        "250OK",
        "199 OK",
        "600 OK",
        "\u{fc}50 OK",
    ];
    for line in lines {
        let found = parse_line(line);
        assert!(
            matches!(found, Err(Error::Protocol(_))),
            "\nparse_line({line:?})\n  should be  Err(Protocol)\n  but is     {found:?}\n\n\
             Why: a code is three digits, from 200 to 599; a space or - follows, or nothing\n"
        );
    }
}

#[test]
fn reads_all_lines_of_a_reply() {
    let (lab, mut connection) =
        Lab::pieces(&["250-mail.example.test\r\n250-PIPE", "LINING\r\n250 HELP\r\n354 go\r\n"]);
    let replies = lab
        .run(move || Ok::<_, Error>([read_reply(&mut connection)?, read_reply(&mut connection)?]));
    let replies = replies.unwrap_or_else(|error| {
        lab.fail(&format!("read_reply returned an error: {error}"), "there are two replies")
    });
    lab.check(
        "two replies",
        &format!("{} | {}", replies[0], replies[1]),
        "250 mail.example.test / PIPELINING / HELP | 354 go",
        "the character after the code says whether another line follows",
    );
}

#[test]
fn refuses_a_reply_with_two_codes() {
    let (lab, mut connection) = Lab::pieces(&["250-yes\r\n550 no\r\n"]);
    let reply = lab.run(move || read_reply(&mut connection));
    lab.check(
        "this reply",
        &describe(&reply),
        "Err(Protocol)",
        "it may be a yes or a no, so it counts as neither",
    );
}

#[test]
fn a_reply_without_its_last_line_is_lost() {
    let (lab, mut connection) = Lab::pieces(&["250-yes\r\n", ""]);
    let reply = lab.run(move || read_reply(&mut connection));
    lab.check("this reply", &describe(&reply), "Err(Lost)", "its last line never came");
}

#[test]
fn judges_a_code() {
    let cases: [(u16, &[u16], &str); 6] = [
        (250, &[250], "Ok"),
        (251, &[250, 251], "Ok"),
        (451, &[250], "Err(Refused 451)"),
        (550, &[250], "Err(Refused 550)"),
        (354, &[250], "Err(Protocol)"),
        (251, &[250], "Err(Protocol)"),
    ];
    for (code, codes, wanted) in cases {
        let found = describe(&expect(Reply { code, lines: vec![String::new()] }, codes));
        assert_eq!(found, wanted, "\nexpect(a reply of {code}, &{codes:?}): left is yours\n");
    }
}

#[test]
fn reads_the_greeting_of_a_server_as_a_reply() {
    let lab = Lab::embedded(Config::default());
    let address = lab.address();
    let reply = lab.run(move || expect(read_reply(&mut connect(address, TIMEOUT)?)?, &[220]));
    lab.check("the greeting", &describe(&reply), "Ok", "220 is what a greeting must be");
}

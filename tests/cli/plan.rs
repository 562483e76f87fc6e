//! `mailer send --plan`: the flights of a session, and nothing sent.

use mailer_tests::binary;

use crate::command::{Ran, run};

fn plan(arguments: &[&str]) -> Ran {
    let mut command = binary::mailer();
    // Nobody listens there, and nobody is asked.
    command.args(["send", "--plan", "--server", "smtp://mail.example.test", "--body", "x"]);
    command.args(["--from", "ann@example.test", "--to", "bob@example.test"]);
    command.args(["--hello", "client.example.test", "--user", "ann@example.test"]);
    run(command.args(arguments).env("SMTP_PASSWORD", "sesame"))
}

#[test]
fn says_each_flight_on_a_line() {
    let text = plan(&["--flow", "chunked", "--quit-apart"]).succeeds().stdout;
    let lines: Vec<&str> = text.lines().collect();
    let [ehlo, .., auth, mail, quit] = lines.as_slice() else { panic!("{text}") };
    assert_eq!(*ehlo, "  1. EHLO client.example.test");
    assert_eq!((*auth, *quit), ("  5. AUTH PLAIN ****", "  7. QUIT"));
    assert!(mail.starts_with("  6. MAIL FROM:<ann@example.test> SIZE="), "{mail}");
    assert!(mail.contains(" + RCPT TO:<bob@example.test> + BDAT "), "{mail}");
    assert!(mail.ends_with(" LAST + (content)"), "{mail}");
}

#[test]
fn what_joins_a_flight_is_in_it() {
    let text = plan(&["--flow", "chunked", "--join-auth"]).succeeds().stdout;
    let Some(last) = text.lines().last() else { panic!("{text}") };
    assert!(
        last.starts_with("  5. AUTH PLAIN **** + MAIL FROM:<ann@example.test> SIZE="),
        "{last}"
    );
    assert!(last.ends_with(" LAST + (content) + QUIT"), "{last}");
}

#[test]
fn a_flow_is_not_ignored_by_a_backend_that_has_none() {
    let ran = plan(&["--backend", "lettre", "--flow", "chunked"]).exits(64);
    assert!(ran.stderr.contains("no flows to choose from"), "{ran:#?}");
}

#[test]
fn a_backend_that_cannot_tell_says_so() {
    assert!(plan(&["--backend", "lettre"]).exits(64).stderr.contains("makes no plan"));
}

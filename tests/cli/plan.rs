//! `mailer send --plan`: prints the flights of a session and sends nothing.

use mailer_tests::binary;

use crate::command::{Ran, run};

fn plan(arguments: &[&str]) -> Ran {
    let mut command = binary::mailer();
    // The name does not resolve, and `--plan` connects to no server.
    command.args(["send", "--plan", "--server", "smtp://mail.example.test", "--body", "x"]);
    command.args(["--from", "ann@example.test", "--to", "bob@example.test"]);
    command.args(["--hello", "client.example.test", "--user", "ann@example.test"]);
    run(command.args(arguments).env("SMTP_PASSWORD", "sesame"))
}

#[test]
fn prints_one_flight_per_line() {
    let text = plan(&["--flow", "chunked", "--separate-quit"]).succeeds().stdout;
    let lines: Vec<&str> = text.lines().collect();
    let [ehlo, .., auth, mail, quit] = lines.as_slice() else { panic!("{text}") };
    assert_eq!(*ehlo, "  1. EHLO client.example.test");
    assert_eq!((*auth, *quit), ("  5. AUTH PLAIN ****", "  7. QUIT"));
    assert!(mail.starts_with("  6. MAIL FROM:<ann@example.test> SIZE="), "{mail}");
    assert!(mail.contains(" + RCPT TO:<bob@example.test> + BDAT "), "{mail}");
    assert!(mail.ends_with(" LAST + (content)"), "{mail}");
}

#[test]
fn shows_pipelined_commands_in_their_flight() {
    let text = plan(&["--flow", "chunked", "--pipeline-auth"]).succeeds().stdout;
    let Some(last) = text.lines().last() else { panic!("{text}") };
    assert!(
        last.starts_with("  5. AUTH PLAIN **** + MAIL FROM:<ann@example.test> SIZE="),
        "{last}"
    );
    assert!(last.ends_with(" LAST + (content) + QUIT"), "{last}");
}

#[test]
fn a_flow_for_a_backend_without_flows_is_64() {
    let ran = plan(&["--backend", "lettre", "--flow", "chunked"]).exits(64);
    assert!(ran.stderr.contains("has no flows"), "{ran:#?}");
}

#[test]
fn a_backend_without_plans_is_64() {
    assert!(plan(&["--backend", "lettre"]).exits(64).stderr.contains("cannot print a plan"));
}

#[test]
fn earlier_names_of_options_still_work_and_are_hidden() {
    let earlier = ["--join-auth", "--quit-apart", "--dot-apart", "--window-mails=9"];
    let renamed = [
        "--pipeline-auth",
        "--separate-quit",
        "--separate-final-dot",
        "--max-in-flight-messages=9",
        "--max-in-flight-bytes=99",
    ];
    let earlier = [&earlier[..], &["--window-octets=99", "--flow=streamed"]].concat();
    let renamed = [&renamed[..], &["--flow=streamed"]].concat();
    let flights = |options: &[&str]| plan(options).succeeds().stdout;
    assert_eq!(flights(&earlier), flights(&renamed));
    assert_ne!(flights(&earlier), flights(&["--flow=streamed"]));
    let help = run(binary::mailer().args(["send", "--help"])).succeeds().stdout;
    for name in ["join-auth", "quit-apart", "dot-apart", "window-mails", "window-octets"] {
        assert!(!help.contains(name), "{name}: {help}");
    }
    run(binary::mailer().args(["compare", "--mails=1", "--with-limit=9", "--help"])).succeeds();
    run(binary::mailer().args(["compare", "--mails=0"])).exits(64);
}

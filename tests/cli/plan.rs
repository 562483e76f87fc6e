//! `mailer send --plan`: prints the flights of a session and sends nothing.

use mailer_tests::binary;

use crate::{
    command::{Ran, run},
    fixture::backends,
    schema::Schema,
};

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

/// Returns a plan that names no server and has no password.
fn plan_without_a_server(arguments: &[&str]) -> Ran {
    let mut command = binary::mailer();
    command.args(["send", "--plan", "--body", "x", "--hello", "client.example.test"]);
    command.args(["--from", "ann@example.test", "--to", "bob@example.test"]);
    run(command.args(arguments)).succeeds()
}

#[test]
fn needs_no_server_and_no_password() {
    let raw = plan_without_a_server(&[]).stdout;
    assert!(raw.contains("  2. STARTTLS\n") && raw.contains("  5. AUTH PLAIN ****\n"), "{raw}");
    let lettre = plan_without_a_server(&["--backend", "lettre", "--auth", "login"]).stdout;
    let flights: Vec<&str> = lettre.lines().collect();
    let [ehlo, starttls, tls, again, auth, user, password, mail, rcpt, data, content, quit] =
        flights.as_slice()
    else {
        panic!("{lettre}")
    };
    assert_eq!((*ehlo, *starttls), ("  1. EHLO client.example.test", "  2. STARTTLS"));
    assert_eq!((*tls, *again), ("  3. (TLS handshake)", "  4. EHLO client.example.test"));
    assert_eq!((*auth, *user, *password), ("  5. AUTH LOGIN", "  6. ****", "  7. ****"));
    assert!(mail.starts_with("  8. MAIL FROM:<ann@example.test>"), "{lettre}");
    assert_eq!((*rcpt, *data), ("  9. RCPT TO:<bob@example.test>", " 10. DATA"));
    assert_eq!((*content, *quit), (" 11. (content)", " 12. QUIT"));
}

#[test]
fn a_user_without_a_password_is_not_asked_for_one() {
    for backend in backends() {
        let arguments = ["--server", "smtps://ann@mail.example.test", "--backend", backend];
        let text = plan_without_a_server(&arguments).stdout;
        assert!(
            text.starts_with("  1. (TLS handshake)\n") && text.contains("AUTH PLAIN ****"),
            "{text}"
        );
        assert!(!text.contains("STARTTLS"), "{text}");
    }
}

#[test]
fn a_server_without_a_user_has_a_plan_without_a_login() {
    for backend in backends() {
        let text =
            plan_without_a_server(&["--server", "smtp://mail.example.test", "--backend", backend]);
        assert!(!text.stdout.contains("AUTH"), "{text:#?}");
    }
}

#[test]
fn the_document_conforms_to_the_schema_and_has_the_flights_of_the_text() {
    let schema = Schema::load("plan");
    for backend in backends() {
        let text = plan_without_a_server(&["--backend", backend]).stdout;
        let document = plan_without_a_server(&["--backend", backend, "--json"]).json();
        schema.check(&document);
        assert_eq!(document["backend"], backend);
        let flights = document["flights"].as_array().expect("a list");
        assert_eq!(flights.len(), text.lines().count());
        let lettre = backend == "lettre";
        assert_eq!(document["origin"], if lettre { "recorded" } else { "predicted" });
    }
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

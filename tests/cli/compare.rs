//! `compare`: its text is for people, so these tests check what people need and not each word.

use mailer::Source;
use mailer_server::{Config, Fault, Point, Script, ScriptedServer};
use mailer_tests::binary;
use serde_json::Value;

use crate::{
    command::{Ran, run},
    fixture::{Fixture, SMALL, backends},
    schema::Schema,
};

/// Checks what holds for every comparison in a pipe.
#[track_caller]
fn readable(ran: Ran) -> String {
    let text = ran.stdout;
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "wider than 100 columns: {line}");
        assert!(!line.chars().any(char::is_control), "a control character: {line:?}");
        assert_eq!(line, line.trim_end(), "spaces at its end");
    }
    text
}

#[test]
fn without_arguments_every_backend_sends_one_message() {
    let text = readable(run(binary::mailer().arg("compare")).succeeds());
    for backend in mailer_backends::BACKENDS {
        assert!(text.contains(backend.name), "{} is missing: {text}", backend.name);
    }
    let columns = text.lines().find(|line| line.contains('│')).expect("there are columns");
    assert!(backends().all(|backend| columns.contains(backend)), "{columns}");
    // The answer to the main question is on the first screen.
    let screen: Vec<&str> = text.lines().take(22).collect();
    let screen = screen.join(" ");
    assert!(
        screen.contains(" ms longer than ") || screen.contains("about the same time"),
        "{screen}"
    );
    assert!(screen.contains("round trips until accepted"), "{screen}");
    // The same command on both sides of one line, and a reply.
    let side_by_side = |words: &str| {
        text.lines().any(|line| {
            line.split_once('│').is_some_and(|(left, right)| {
                left.starts_with(words) && right.trim_start().starts_with(words)
            })
        })
    };
    for words in ["C: EHLO ", "C: STARTTLS", "C: AUTH PLAIN ***", "C: DATA", "S: 354 ", "C: QUIT"] {
        assert!(side_by_side(words), "{words} is not on both sides: {text}");
    }
}

#[test]
fn without_colour_the_report_is_plain_text() {
    for (name, value) in [("NO_COLOR", ""), ("NO_COLOR", "1"), ("TERM", "dumb")] {
        readable(run(binary::mailer().arg("compare").env(name, value)).succeeds());
    }
}

#[test]
fn the_simulated_path_is_named_in_the_head() {
    let mut command = binary::mailer();
    command.args(["compare", "--link-rtt", "2", "--link-bandwidth", "2.5"]);
    let text = readable(run(&mut command).succeeds());
    assert!(text.contains("2 ms RTT, 2.5 Mbit/s each way, simulated"), "{text}");
}

#[test]
fn a_bandwidth_of_zero_or_less_is_a_usage_error() {
    for bandwidth in ["0", "-1", "nan", "wide"] {
        let option = format!("--link-bandwidth={bandwidth}");
        let ran = run(binary::mailer().args(["compare", &option])).exits(64);
        assert!(ran.stderr.contains("--link-bandwidth"), "{ran:#?}");
    }
}

#[test]
fn a_named_server_gets_one_message_from_every_backend() {
    let fixture = Fixture::start(Config::default());
    let text = readable(run(fixture.command("compare").args(SMALL)).succeeds());
    assert!(text.contains(&fixture.url()), "{text}");
    let mails = fixture.server.take_mails();
    assert_eq!(mails.len(), mailer_backends::BACKENDS.len());
    assert!(mails.iter().all(|mail| mail.recipients == ["bob@example.test"]));
}

#[test]
fn a_prepared_message_arrives_equal_from_every_backend() {
    let fixture = Fixture::start(Config::plain());
    let message = "From: a@example.test\r\nTo: b@example.test\r\n\r\n.\r\n..two\r\n";
    let file = fixture.file("message.eml", message);
    run(fixture.command("compare").arg("--eml").arg(&file)).succeeds();
    assert!(fixture.server.take_mails().iter().all(|mail| *mail.content == *message.as_bytes()));
    // Only the inbox of the embedded server is read.
    let ran = run(binary::mailer().args(["compare", "--json", "--eml"]).arg(&file)).succeeds();
    assert_eq!(ran.json()["stored"]["equal"], true, "{ran:#?}");
}

/// The finding that begins like this.
fn finding<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    let (_, findings) = text.split_once("\nFindings\n").expect("there are findings");
    findings.find(begin).and_then(|at| findings.get(at..))
}

#[test]
fn with_a_second_message_lettre_s_noop_is_a_finding_with_its_line() {
    let report = |mails: &str| {
        readable(run(binary::mailer().args(["compare", "--messages", mails])).succeeds())
    };
    let one = report("1");
    assert_eq!(finding(&one, "lettre sent NOOP"), None, "{one}");
    assert!(!one.contains("a further message") && !one.contains("Message 2"), "{one}");
    let two = report("2");
    let noop = finding(&two, "lettre sent NOOP").expect("it is a finding");
    let words = noop.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["1 in all, at lettre-", "/connection.rs:", "Known of lettre: the pool sends NOOP"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(finding(&two, "raw sent NOOP"), None, "{two}");
    assert!(two.contains("-- no NOOP") && two.contains("≠ C: NOOP"), "{two}");
}

#[test]
fn further_messages_are_sent_over_the_same_connection() {
    let command = |flow: &str| {
        let mut command = binary::mailer();
        command.args(["compare", "--messages", "3", "--flow", flow, "--json"]);
        run(&mut command).succeeds().json()
    };
    for flow in ["lockstep", "pipelined", "overlapped", "chunked", "streamed"] {
        let document = command(flow);
        Schema::load("result").check(&document);
        for result in document["results"].as_array().expect("a list") {
            let mails = result["mails"].as_array().expect("a list");
            assert_eq!(mails.len(), 3);
            assert!(mails.iter().all(|mail| mail["outcome"] == "accepted"), "{result:#}");
            let count = |kind: &str, begin: &str| {
                let events = result["events"].as_array().expect("a list").iter();
                let begins = |event: &&Value| {
                    event["kind"] == kind && event["text"].as_str().unwrap_or("").starts_with(begin)
                };
                events.filter(begins).count()
            };
            assert_eq!(count("sent", "MAIL FROM:"), 3);
            assert_eq!(count("sent", "AUTH"), 1, "one connection");
        }
        // The only difference is lettre's line end.
        assert_eq!(document["stored"]["equal"], false);
        assert_eq!(
            document["stored"]["diff"].as_str().map(|diff| diff.matches("@@").count()),
            Some(2)
        );
    }
}

#[test]
fn repeated_messages_share_a_line_in_the_text_and_on_the_page() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let file = folder.path().join("report.html");
    let mut command = binary::mailer();
    command.args(["compare", "--messages", "12", "--no-recordings", "--html"]).arg(&file);
    let text = readable(run(&mut command).succeeds());
    let page = std::fs::read_to_string(&file).expect("it is written");
    for shown in [&text, &page] {
        for part in
            ["Opening, and message 1", "Message 2", "Messages 3 to 12: as message 2,", "Closing"]
        {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
    assert_eq!(text.matches("C: DATA").count(), 4, "{text}");
    let further = text.lines().find(|line| line.starts_with("a further message")).expect("a row");
    let trips: Vec<&str> = further.split_whitespace().filter(|word| word.len() == 1).collect();
    // raw is pipelined; lettre sends a NOOP, and one command after the other; lettre-connection sends none.
    assert_eq!(trips, ["a", "2", "5", "4"], "{further}");
}

#[test]
fn a_server_on_loopback_gets_every_message_without_a_question() {
    let fixture = Fixture::start(Config::default());
    let mut command = fixture.command("compare");
    run(command.args(SMALL).args(["--messages", "4"])).succeeds();
    assert_eq!(fixture.server.take_mails().len(), 4 * mailer_backends::BACKENDS.len());
    for count in ["0", "101", "-1", "x"] {
        run(binary::mailer().args(["compare", &format!("--messages={count}")])).exits(64);
    }
}

#[test]
fn after_a_message_that_is_deferred_no_other_is_offered() {
    let config = Config::plain().with_fault(Fault::at(Point::Mail).reply("451 4.3.0 Later"));
    let fixture = Fixture::start(config);
    let mut command = fixture.command("compare");
    let ran = run(command.args(SMALL).args(["--messages", "3", "--json"])).exits(75);
    for result in ran.json()["results"].as_array().expect("a list") {
        let begun = result["events"].as_array().expect("a list").iter();
        let begun = begun.filter(|e| e["text"].as_str().unwrap_or("").starts_with("MAIL FROM:"));
        assert_eq!(begun.count(), 1, "{result:#}");
        // The others have a receipt all the same.
        let mails = result["mails"].as_array().expect("a list");
        let outcomes: Vec<&str> =
            mails.iter().filter_map(|mail| mail["outcome"].as_str()).collect();
        assert_eq!(outcomes, ["rejected", "not_sent", "not_sent"], "{result:#}");
    }
}

#[test]
fn a_reply_line_that_never_ends_is_a_protocol_error_for_every_backend() {
    let script = Script::new().reply("220 mail.example.test").expect("EHLO").send("250 ");
    let server = ScriptedServer::start(script.flood("x".repeat(64 * 1024), u64::MAX));
    let url = format!("smtp://{}?tls=none", server.as_ref().expect("it starts").addr());
    let mut command = binary::mailer();
    let ran = run(command.args(["compare", "--json", "--server", &url]).args(SMALL)).exits(76);
    for result in ran.json()["results"].as_array().expect("a list") {
        assert_eq!(result["error"]["kind"], "protocol", "{result:#}");
    }
}

fn is_error_or_hint(line: &str) -> bool {
    line.starts_with("mailer: ") || line.starts_with("hint: ")
}

#[test]
fn each_backend_that_fails_is_named_and_the_status_is_the_worst() {
    // The first message is refused. The others end without a reply.
    let config = Config::plain()
        .with_fault(Fault::at(Point::EndOfData).nth(1).reply("550 5.7.1 Not the first"))
        .with_fault(Fault::at(Point::EndOfData).silence().close());
    let fixture = Fixture::start(config);
    let ran = run(fixture.command("compare").args(SMALL)).exits(74);
    for backend in mailer_backends::BACKENDS {
        // Before its own error, or before one that it shares.
        let is_named = ran.stderr.lines().any(|line| {
            let names = line.trim_start_matches("mailer: ").split(": ").next().unwrap_or_default();
            names.split(", ").any(|name| name == backend.name)
        });
        assert!(is_named, "{}: {ran:#?}", backend.name);
    }
    assert!(ran.stderr.lines().all(is_error_or_hint), "{ran:#?}");
    assert!(ran.stderr.contains("550 5.7.1 Not the first"), "{ran:#?}");
    readable(ran);
}

#[test]
fn a_wrong_password_exits_with_77() {
    let fixture = Fixture::start(Config::default());
    let mut command = fixture.command("compare");
    let ran = run(command.env("SMTP_PASSWORD", "wrong").args(SMALL)).exits(77);
    assert!(ran.stderr.lines().all(is_error_or_hint), "{ran:#?}");
    let mut errors = ran.stderr.lines().filter(|line| line.starts_with("mailer: "));
    assert!(errors.all(|line| line.contains("535 5.7.8")), "{ran:#?}");
    readable(ran);
}

#[test]
fn html_writes_one_file_besides_the_text() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let file = folder.path().join("report.html");
    let mut compare = binary::mailer();
    compare.args(["compare", "--no-recordings", "--html"]).arg(&file);
    let ran = run(&mut compare).succeeds();
    assert!(ran.stdout.contains("\nDialogue\n"));
    let page = std::fs::read_to_string(&file).expect("it is written");
    for backend in mailer_backends::BACKENDS {
        assert!(page.contains(backend.name), "{} is missing", backend.name);
    }
    let (page, _) = page.split_once("<script").expect("it has a script of its own");
    assert!(page.contains("data-note=\"mail\">MAIL</span>"), "{page}");
    for outside in ["http:", "https:", "src=", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    // A folder cannot be written as a file.
    let mut into_folder = binary::mailer();
    into_folder.arg("compare").arg("--html").arg(folder.path());
    assert!(run(&mut into_folder).exits(78).error().contains("cannot write"));
}

/// What the line of code beside a command or the content has to hold, by the start of what was sent.
const CODE: [(&str, &[(&str, &str)]); 3] = [
    (
        "auto",
        &[
            ("raw EHLO ", "self.send(&Command::Ehlo("),
            ("raw STARTTLS", "self.send(&Command::StartTls"),
            ("raw AUTH ", "self.send(&Command::Auth "),
            ("raw MAIL ", "send(&Command::Mail "),
            ("raw RCPT ", "send(&Command::Recipient "),
            ("raw DATA", "send(&Command::Data"),
            ("raw Date:", "self.out.push_lines("),
            ("raw .", "self.send(&Command::EndOfData"),
            ("raw QUIT", "self.send(&Command::Quit"),
            ("lettre EHLO ", "self.command(Ehlo::new("),
            ("lettre STARTTLS", "self.command(Starttls)"),
            ("lettre AUTH ", "self.command(Auth::new("),
            ("lettre MAIL ", "self.command(Mail::new("),
            ("lettre RCPT ", "self.command(Rcpt::new("),
            ("lettre DATA", "self.command(Data)"),
            ("lettre Date:", "self.write(out_buf"),
            ("lettre .", r#"self.write(b"\r\n.\r\n")"#),
            ("lettre QUIT", "self.command(Quit)"),
        ],
    ),
    ("chunked", &[("raw BDAT", "(&Command::Bdat("), ("raw Date:", "self.out.push_chunk(")]),
    ("lockstep", &[("raw QUIT", "self.send(&Command::Quit")]),
];

#[test]
fn the_line_beside_a_command_is_the_one_that_sends_it() {
    for (flow, lines) in CODE {
        let ran = run(binary::mailer().args(["compare", "--json", "--flow", flow])).succeeds();
        let document: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
        let results = document["results"].as_array().expect("results");
        for (sent, code) in lines {
            let (backend, start) = sent.split_once(' ').expect("a backend and its line");
            let result = results.iter().find(|it| it["backend"] == backend).expect("a result");
            let is_it = |event: &&Value| {
                let text = event["text"].as_str().unwrap_or_default();
                let is_sent = event["kind"] == "sent" || event["kind"] == "content";
                is_sent && if start == "." { text == start } else { text.starts_with(start) }
            };
            let events = result["events"].as_array().expect("events");
            let event = events.iter().find(is_it).unwrap_or_else(|| panic!("no {sent}: {flow}"));
            let source = event["source"].as_str().expect("a line of code");
            let (file, line) = source.rsplit_once(':').expect("a file and a line");
            let line = line.parse().expect("a number");
            let text = mailer_backends::code_line(&Source { file: file.to_owned().into(), line });
            assert!(text.is_some_and(|text| text.contains(code)), "{sent}: {text:?} at {source}");
        }
    }
}

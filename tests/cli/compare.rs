//! `compare`: for people, so what is tested is what they need, and not each word.

use mailer_server::{Config, Fault, Point, Script, ScriptedServer};
use mailer_tests::binary;
use serde_json::Value;

use crate::{
    command::{Ran, run},
    fixture::{Fixture, SMALL, backends},
    schema::Schema,
};

/// What has to be true of any comparison in a pipe.
#[track_caller]
fn readable(ran: Ran) -> String {
    let text = ran.stdout;
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "wider than 100 columns: {line}");
        assert!(!line.chars().any(char::is_control), "a control character: {line:?}");
        assert_eq!(line, line.trim_end(), "blanks at its end");
    }
    text
}

#[test]
fn without_arguments_it_shows_one_mail_through_every_backend() {
    let text = readable(run(binary::mailer().arg("compare")).succeeds());
    for backend in mailer_backends::BACKENDS {
        assert!(text.contains(backend.name), "{} is missing: {text}", backend.name);
    }
    let columns = text.lines().find(|line| line.contains('│')).expect("there are columns");
    assert!(backends().all(|backend| columns.contains(backend)), "{columns}");
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
fn it_is_the_same_where_colour_is_refused() {
    for value in ["", "1"] {
        readable(run(binary::mailer().arg("compare").env("NO_COLOR", value)).succeeds());
    }
}

#[test]
fn the_way_between_is_made_as_asked_and_told() {
    let mut command = binary::mailer();
    command.args(["compare", "--link-rtt", "2", "--link-bandwidth", "2.5"]);
    let text = readable(run(&mut command).succeeds());
    assert!(text.contains("2 ms RTT, 2.5 Mbit/s each way, simulated"), "{text}");
}

#[test]
fn a_bandwidth_at_which_nothing_passes_is_64() {
    for bandwidth in ["0", "-1", "nan", "wide"] {
        let option = format!("--link-bandwidth={bandwidth}");
        let ran = run(binary::mailer().args(["compare", &option])).exits(64);
        assert!(ran.stderr.contains("--link-bandwidth"), "{ran:#?}");
    }
}

#[test]
fn a_server_that_is_named_gets_the_mail_from_every_backend() {
    let fixture = Fixture::start(Config::default());
    let text = readable(run(fixture.command("compare").args(SMALL)).succeeds());
    assert!(text.contains(&fixture.url()), "{text}");
    let mails = fixture.server.take_mails();
    assert_eq!(mails.len(), mailer_backends::BACKENDS.len());
    assert!(mails.iter().all(|mail| mail.recipients == ["bob@example.test"]));
}

#[test]
fn a_finished_message_arrives_equal_from_every_backend() {
    let fixture = Fixture::start(Config::plain());
    let message = "From: a@example.test\r\nTo: b@example.test\r\n\r\n.\r\n..two\r\n";
    let file = fixture.file("message.eml", message);
    run(fixture.command("compare").arg("--eml").arg(&file)).succeeds();
    assert!(fixture.server.take_mails().iter().all(|mail| *mail.content == *message.as_bytes()));
    // Only the server in the same process tells what it stored.
    let ran = run(binary::mailer().args(["compare", "--json", "--eml"]).arg(&file)).succeeds();
    assert_eq!(ran.json()["stored"]["equal"], true, "{ran:#?}");
}

/// The finding that begins like this.
fn finding<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    let (_, findings) = text.split_once("What the figures show\n").expect("there are findings");
    findings.find(begin).and_then(|at| findings.get(at..))
}

#[test]
fn with_a_second_mail_a_noop_is_told_with_the_line_that_says_it() {
    let report = |mails: &str| {
        readable(run(binary::mailer().args(["compare", "--messages", mails])).succeeds())
    };
    let one = report("1");
    assert_eq!(finding(&one, "lettre said NOOP"), None, "{one}");
    assert!(!one.contains("a further mail") && !one.contains("Mail 2"), "{one}");
    let two = report("2");
    let told = finding(&two, "lettre said NOOP").expect("it is told");
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["1 in all, at lettre-", "/connection.rs:", "Known of lettre: the pool says NOOP"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(finding(&two, "raw said NOOP"), None, "{two}");
    assert!(two.contains("-- no NOOP") && two.contains("│ C: NOOP"), "{two}");
}

#[test]
fn further_mails_are_sent_over_the_same_connection_counted_and_compared() {
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
        // lettre's line end, of all of its mails, and no more.
        assert_eq!(document["stored"]["equal"], false);
        assert_eq!(
            document["stored"]["diff"].as_str().map(|diff| diff.matches("@@").count()),
            Some(2)
        );
    }
}

#[test]
fn mails_that_are_alike_are_told_in_a_line_also_on_the_page() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let file = folder.path().join("report.html");
    let mut command = binary::mailer();
    command.args(["compare", "--messages", "12", "--no-recordings", "--html"]).arg(&file);
    let text = readable(run(&mut command).succeeds());
    let page = std::fs::read_to_string(&file).expect("it is written");
    for shown in [&text, &page] {
        for part in ["Opening, and mail 1", "Mail 2", "Mails 3 to 12: as mail 2,", "Closing"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
    assert_eq!(text.matches("C: DATA").count(), 4, "{text}");
    let further = text.lines().find(|line| line.starts_with("a further mail")).expect("a row");
    let trips: Vec<&str> = further.split_whitespace().filter(|word| word.len() == 1).collect();
    // Pipelined; with a NOOP, one command after the other; and without.
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
fn behind_a_mail_that_is_put_off_no_other_is_offered() {
    let config = Config::plain().with_fault(Fault::at(Point::Mail).reply("451 4.3.0 Later"));
    let fixture = Fixture::start(config);
    let mut command = fixture.command("compare");
    let ran = run(command.args(SMALL).args(["--messages", "3", "--json"])).exits(75);
    for result in ran.json()["results"].as_array().expect("a list") {
        let begun = result["events"].as_array().expect("a list").iter();
        let begun = begun.filter(|e| e["text"].as_str().unwrap_or("").starts_with("MAIL FROM:"));
        assert_eq!(begun.count(), 1, "{result:#}");
        // The others are there all the same.
        let mails = result["mails"].as_array().expect("a list");
        let outcomes: Vec<&str> =
            mails.iter().filter_map(|mail| mail["outcome"].as_str()).collect();
        assert_eq!(outcomes, ["rejected", "not_sent", "not_sent"], "{result:#}");
    }
}

#[test]
fn a_reply_line_that_never_ends_is_ended_for_every_backend() {
    let script = Script::new().reply("220 mail.example.test").expect("EHLO").send("250 ");
    let server = ScriptedServer::start(script.flood("x".repeat(64 * 1024), u64::MAX));
    let url = format!("smtp://{}?tls=none", server.as_ref().expect("it starts").addr());
    let mut command = binary::mailer();
    let ran = run(command.args(["compare", "--json", "--server", &url]).args(SMALL)).exits(76);
    for result in ran.json()["results"].as_array().expect("a list") {
        assert_eq!(result["error"]["kind"], "protocol", "{result:#}");
    }
}

#[test]
fn each_backend_that_fails_is_told_and_the_status_is_the_worst() {
    // The first of the mails is refused, the others end without a reply.
    let config = Config::plain()
        .with_fault(Fault::at(Point::EndOfData).nth(1).reply("550 5.7.1 Not the first"))
        .with_fault(Fault::at(Point::EndOfData).silence().close());
    let fixture = Fixture::start(config);
    let ran = run(fixture.command("compare").args(SMALL)).exits(74);
    for backend in mailer_backends::BACKENDS {
        // Behind its own error, or behind one that it shares.
        let told = ran.stderr.lines().any(|line| {
            let names = line.trim_start_matches("mailer: ").split(": ").next().unwrap_or_default();
            names.split(", ").any(|name| name == backend.name)
        });
        assert!(told, "{}: {ran:#?}", backend.name);
    }
    assert!(ran.stderr.lines().all(|line| line.starts_with("mailer: ")), "{ran:#?}");
    assert!(ran.stderr.contains("550 5.7.1 Not the first"), "{ran:#?}");
    readable(ran);
}

#[test]
fn a_wrong_password_is_77() {
    let fixture = Fixture::start(Config::default());
    let mut command = fixture.command("compare");
    let ran = run(command.env("SMTP_PASSWORD", "wrong").args(SMALL)).exits(77);
    assert!(ran.stderr.lines().all(|line| line.contains("535 5.7.8")), "{ran:#?}");
    readable(ran);
}

#[test]
fn its_page_is_one_file_beside_what_it_prints() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let file = folder.path().join("report.html");
    let ran = run(binary::mailer().arg("compare").arg("--html").arg(&file)).succeeds();
    assert!(ran.stdout.contains("What was said"));
    let page = std::fs::read_to_string(&file).expect("it is written");
    for backend in mailer_backends::BACKENDS {
        assert!(page.contains(backend.name), "{} is missing", backend.name);
    }
    assert!(page.contains("<svg") && page.contains("C: MAIL FROM:&#60;"), "{page}");
    for outside in ["<script", "http:", "https:", "src=", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    // A folder is no file.
    let mut into_folder = binary::mailer();
    into_folder.arg("compare").arg("--html").arg(folder.path());
    assert!(run(&mut into_folder).exits(78).error().contains("cannot write"));
}

//! `bench --eml` and `--to-file`: messages and recipients from files, in turn.

use std::{fs, path::Path, process::Command};

use mailer_server::{Config, StoredMail};
use serde_json::Value;

use crate::{command::run, fixture::Fixture, schema::Schema};

/// The options of a run of raw.
const RAW: [&str; 4] = ["--backend=raw", "--rounds=1", "--warm-up=0", "--from=ann@example.test"];

/// Returns a run of raw at a server; the test adds options.
fn bench(fixture: &Fixture, options: &[&str]) -> Command {
    let mut command = fixture.command("bench");
    command.args(RAW).args(options);
    command
}

fn measured(fixture: &Fixture, options: &[&str]) -> Value {
    let document = run(bench(fixture, options).arg("--json")).succeeds().json();
    Schema::load("bench").check(&document);
    document
}

/// Returns the local parts of each message's recipients.
fn recipients(mails: &[StoredMail]) -> Vec<String> {
    let local = |to: &String| to.split('@').next().unwrap_or_default().to_owned();
    mails
        .iter()
        .map(|mail| mail.recipients.iter().map(local).collect::<Vec<_>>().join(" "))
        .collect()
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.join(name), content).expect("the folder can be written to");
}

#[test]
fn each_message_has_the_next_recipients_of_the_file() {
    let fixture = Fixture::start(Config::plain());
    let addresses = "\u{feff}# all\nbob@example.test, cid@example.test\r\n\n dan@example.test\n";
    fixture.file("to.txt", addresses);
    let document = measured(&fixture, &["--to-file=to.txt", "--messages=7"]);
    assert_eq!(
        recipients(&fixture.server.take_mails()),
        ["bob", "cid", "dan", "bob", "cid", "dan", "bob"]
    );
    assert_eq!(document["plan"]["recipients"], 1);
    assert_eq!(document["plan"]["recipients_in_turn"], 3);
    let two = measured(&fixture, &["--to-file=to.txt", "--recipients=2", "--messages=3"]);
    assert_eq!(recipients(&fixture.server.take_mails()), ["bob cid", "dan bob", "cid dan"]);
    assert_eq!(
        (&two["plan"]["recipients"], &two["plan"]["recipients_in_turn"]),
        (&2.into(), &3.into())
    );
    // Over all connections together, each recipient gets as many.
    measured(&fixture, &["--to-file=to.txt", "--connections=4", "--messages=30"]);
    let mut all = recipients(&fixture.server.take_mails());
    all.sort();
    let ten_each = ["bob", "cid", "dan"].map(|name| vec![name.to_owned(); 10]).concat();
    assert_eq!(all, ten_each);
}

#[test]
fn messages_of_a_folder_are_sent_in_turn_as_they_are() {
    let fixture = Fixture::start(Config::plain());
    let folder = fixture.folder().join("mails");
    fs::create_dir_all(folder.join("subfolder")).expect("a folder");
    write(
        &folder,
        "1.eml",
        "Subject: LF\nBcc: eve@example.test\n\n.\n..\nlast line without an end",
    );
    write(&folder, "2.eml", b"Subject: 8-bit\r\n\r\n\xe9\xff\r\n");
    write(&folder, "3", "Subject: no body\r\n");
    write(&folder, ".hidden.eml", "");
    write(&folder.join("subfolder"), "4.eml", "Subject: below\n\n");
    let document = measured(&fixture, &["--eml=mails", "--to=bob@example.test", "--messages=4"]);
    let contents: Vec<Vec<u8>> =
        fixture.server.take_mails().into_iter().map(|it| it.content.to_vec()).collect();
    let first = b"Subject: LF\r\n\r\n.\r\n..\r\nlast line without an end\r\n".to_vec();
    let second = b"Subject: 8-bit\r\n\r\n\xe9\xff\r\n".to_vec();
    let third = b"Subject: no body\r\n".to_vec();
    let mean = (first.len() + second.len() + third.len()).div_ceil(3);
    assert_eq!(contents, [first.clone(), second, third, first]);
    assert_eq!(document["plan"]["prepared_messages"], 3);
    assert_eq!(document["plan"]["message_size"], mean);
    let one = measured(&fixture, &["--eml=mails/3", "--to=bob@example.test", "--messages=2"]);
    assert_eq!(one["plan"]["prepared_messages"], 1);
}

#[test]
fn a_message_that_the_server_does_not_take_leaves_the_others() {
    let fixture = Fixture::start(Config::plain().with_size_limit(1000));
    let folder = fixture.folder().join("mails");
    fs::create_dir(&folder).expect("a folder");
    write(&folder, "1.eml", format!("Subject: large\r\n\r\n{}", "A line.\r\n".repeat(200)));
    write(&folder, "2.eml", "Subject: small\r\n\r\n");
    let options = ["--eml=mails", "--to=bob@example.test", "--messages=6"];
    let ran = run(&mut bench(&fixture, &options));
    assert_eq!(ran.status, 65, "{}", ran.stderr);
    assert_eq!(fixture.server.take_mails().len(), 3, "{}", ran.stdout);
}

#[test]
fn every_backend_and_workload_sends_them_and_the_embedded_server_checks_them() {
    let fixture = Fixture::start(Config::plain());
    let folder = fixture.folder().join("mails");
    fs::create_dir(&folder).expect("a folder");
    write(&folder, "a.eml", "From: ann@example.test\nSubject: a\n\nshort\n");
    write(
        &folder,
        "b.eml",
        format!("From: ann@example.test\nSubject: b\n\n{}", ".long\n".repeat(999)),
    );
    fixture.file("to.txt", "bob@example.test\ncid@example.test\ndan@example.test\n");
    for workload in ["throughput", "one-per-connection", "cold-start"] {
        let mut command = mailer_tests::binary::mailer();
        command.args([
            "bench",
            "--warm-up=0",
            "--rounds=2",
            "--messages=4",
            "--json",
            "--tls=none",
        ]);
        command.args(["--workload", workload, "--eml", "mails", "--to-file", "to.txt"]);
        let document = run(command.current_dir(fixture.folder())).succeeds().json();
        Schema::load("bench").check(&document);
        for result in document["results"].as_array().expect("results") {
            assert_eq!(result["invalid"], Value::Null, "{result:#}");
            assert_eq!(result["outcomes"]["accepted"], 4, "{result:#}");
        }
    }
}

#[test]
fn cold_starts_take_turns_too() {
    let fixture = Fixture::start(Config::plain());
    fixture.file("to.txt", "bob@example.test\ncid@example.test\n");
    measured(&fixture, &["--to-file=to.txt", "--workload=cold-start", "--messages=3"]);
    assert_eq!(recipients(&fixture.server.take_mails()), ["bob", "cid", "bob"]);
}

#[test]
fn sources_that_cannot_be_used_are_one_error_before_anything_is_sent() {
    let fixture = Fixture::start(Config::plain());
    let folder = |name: &str| {
        let folder = fixture.folder().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    };
    folder("none");
    write(&folder("empty"), "1.eml", "");
    write(&folder("nul"), "1.eml", "Subject: 1\n\n\0\n");
    write(&folder("text"), "1.eml", "no header\n\n");
    let huge = fs::File::create(folder("huge").join("1.eml")).expect("a file");
    huge.set_len(65 << 20).expect("a sparse file");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", folder("broken").join("1.eml")).expect("a link");
    fixture.file("empty.txt", "# no one\n\n");
    fixture.file("few.txt", "bob@example.test\n");
    let to = "--to=bob@example.test";
    for (options, status, problem) in [
        (&["--eml=missing", to][..], 66, "cannot read missing"),
        (&["--eml=none", to], 65, "none has no file with a message"),
        (&["--eml=empty", to], 65, "1.eml is empty"),
        (&["--eml=nul", to], 65, "cannot send nul/1.eml: "),
        (&["--eml=text", to], 65, "cannot send text/1.eml: "),
        (&["--eml=huge", to], 65, "larger than 64 MiB"),
        #[cfg(unix)]
        (&["--eml=broken", to], 66, "cannot read broken/1.eml"),
        (&["--eml=none", "--size=4K", to], 64, "--size"),
        (&["--to-file=missing.txt"], 66, "cannot read missing.txt"),
        (&["--to-file=empty.txt"], 65, "empty.txt has no address"),
        (&["--to-file=few.txt", to], 64, "--to"),
        (&["--to-file=few.txt", "--recipients=2"], 65, "has 1 addresses"),
    ] {
        let ran = run(&mut bench(&fixture, options)).exits(status);
        assert!(ran.stderr.contains(problem), "{options:?}: {ran:#?}");
    }
    let mut floors = mailer_tests::binary::mailer();
    floors.args(["bench", "--floors", "--eml", "empty"]);
    assert!(run(&mut floors).exits(64).stderr.contains("--floors"));
    assert!(fixture.server.mails().is_empty(), "nothing was sent");
}

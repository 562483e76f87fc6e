//! `mailer worker` without Locust, and `mailer merge`.

use std::{fs, io::Write as _, net::TcpListener, path::PathBuf, time::Duration};

use mailer_bench::load::Latencies;
use mailer_tests::binary;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{command::run, schema::Schema};

/// Returns the file of a worker that sent `accepted` messages, and lost the reply to one.
fn result(index: u64, accepted: u64, state: &Value) -> Value {
    let mut latencies = Latencies::default();
    (0..accepted).for_each(|_| latencies.record(Duration::from_millis(5)));
    let histogram = latencies.to_base64().expect("a histogram");
    json!({
        "version": 1, "command": "worker", "node": format!("host_{index}"), "index": index,
        "server": "smtp://mail.example.test:25", "message_size": 1024, "rate": null,
        "state": state, "elapsed": 2.0,
        "series": [{
            "name": "raw (auto)/message", "failed": 1,
            "outcomes": {"accepted": accepted, "partial": 0, "rejected": 0, "not_sent": 0, "unknown": 1},
            "problems": [{
                "kind": "lost", "step": "end of data", "code": null, "outcome_unknown": true,
                "count": 1, "example": "the connection was lost\u{1b}[2J", "hint": null,
            }],
            "histogram": histogram,
        }],
    })
}

/// Writes files, and returns their paths.
fn files(contents: &[Value]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |(number, content): (usize, &Value)| {
        let path = folder.path().join(format!("{number}.json"));
        fs::write(&path, content.to_string()).expect("a file");
        path
    };
    let paths = contents.iter().enumerate().map(file).collect();
    (folder, paths)
}

#[test]
fn merge_adds_up_workers_and_names_those_that_ended_early() {
    let results = [result(0, 20, &json!("complete")), result(1, 10, &json!("running"))];
    results.iter().for_each(|it| Schema::load("worker").check(it));
    let (folder, paths) = files(&results);
    let page = folder.path().join("page.html");
    let merged = run(binary::mailer().arg("merge").args(&paths).arg("--html").arg(&page));
    let text = merged.succeeds().stdout;
    assert!(text.contains("raw (auto)/message        32         2"), "{text}");
    assert!(text.contains("Worker 1 (host_1) ended early"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    let page = fs::read_to_string(page).expect("a page");
    assert!(page.contains("Worker 1 (host_1) ended early") && page.contains("<polyline"), "{page}");

    let merged = run(binary::mailer().arg("merge").args(&paths).arg("--json"));
    let document: Value = serde_json::from_str(&merged.succeeds().stdout).expect("JSON");
    Schema::load("merge").check(&document);
    assert_eq!(document["series"][0]["outcomes"]["accepted"], 30);
    assert_eq!(
        (&document["complete"], &document["series"][0]["per_second"]),
        (&json!(false), &json!(15.0))
    );
}

#[test]
fn merge_refuses_files_that_are_no_results() {
    let twice = [result(0, 20, &json!("complete")), result(0, 20, &json!("complete"))];
    let (_folder, paths) = files(&twice);
    let error = run(binary::mailer().arg("merge").args(&paths)).exits(66).stderr;
    assert!(error.contains("two files are of the same worker, host_0"), "{error}");
    let (_folder, paths) = files(&[json!({"version": 1})]);
    let error = run(binary::mailer().arg("merge").args(&paths)).exits(66).stderr;
    assert!(error.contains("it is not the result of mailer worker"), "{error}");
    run(binary::mailer().args(["merge", "no-such-file.json"])).exits(66);
    run(binary::mailer().arg("merge")).exits(64);
}

#[test]
fn worker_prints_the_locustfile() {
    let text = run(binary::mailer().args(["worker", "--print-locustfile"])).succeeds().stdout;
    assert!(text.contains("class RawStreamed(User): pass\n"), "{text}");
    let error = run(binary::mailer().arg("worker")).exits(64).stderr;
    assert!(error.contains("--master"), "{error}");
}

#[test]
fn worker_reports_what_it_cannot_use_before_it_connects() {
    let command = |arguments: &[&str]| {
        let mut command = binary::mailer();
        command.args(["worker", "--master", "127.0.0.1:1"]).args(arguments);
        run(&mut command)
    };
    let error = command(&["--user", "ann@example.test"]).exits(64).stderr;
    assert!(error.contains("--user needs --server"), "{error}");
    let error = command(&["--result", "no-such-folder/worker.json"]).exits(78).stderr;
    assert!(error.contains("--result"), "{error}");
}

#[test]
fn worker_refuses_a_master_that_is_none() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the worker connects");
        stream.write_all(b"220 mail.example.test\x1b[2J ESMTP\r\n").expect("it reads");
    });
    let folder = tempfile::tempdir().expect("a folder");
    let mut worker = binary::mailer();
    worker.args(["worker", "--master", &address]).current_dir(&folder);
    let error = run(&mut worker).exits(76).stderr;
    server.join().expect("it connected");
    assert!(error.contains("is not a Locust master"), "{error}");
    assert_eq!(error.matches("mailer:").count(), 1, "{error}");
    // The default name of the result has the host and the process.
    let files =
        fs::read_dir(&folder).expect("the folder").map(|it| it.expect("a file").file_name());
    let names: Vec<String> = files.map(|it| it.to_string_lossy().into_owned()).collect();
    assert!(names.len() == 1 && names[0].starts_with("mailer-worker-"), "{names:?}");
}

//! docs/notebook.md: the fifteen steps of the classroom notebook, in raw and in lettre.

use std::{fmt::Write as _, fs, path::Path, sync::Arc};

use mailer::{Mail, Mechanism, Security, Step};
use mailer_backends::{Flow, Options, find};
use mailer_compare::{EventKind, RecordedEvent, Recorder};
use mailer_lab::embedded;
use mailer_server::Store;
use mailer_tests::{blocks, mails};

/// One step of the notebook, as a backend performed it.
struct Done {
    what: String,
    source: String,
}

/// Returns the events that begin a step, as `mailer send --trace` numbers them.
fn steps(events: &[RecordedEvent]) -> Vec<Done> {
    let mut steps = Vec::new();
    for event in events {
        let what = match &event.kind {
            EventKind::Connected { .. } => "(TCP connects)".to_owned(),
            EventKind::TlsStarted { .. } => "(TLS handshake)".to_owned(),
            EventKind::Closed { .. } => "(close)".to_owned(),
            EventKind::Sent { step: Step::EndOfData, .. } => continue,
            EventKind::Sent { line, .. } => format!("`{line}`"),
            EventKind::Content { .. } => "header, empty line, body, dot".to_owned(),
            EventKind::Received { step: Step::EndOfData, reply } => {
                format!("(reads `{}`)", reply.code)
            }
            EventKind::Received { .. } => continue,
        };
        let source = event.source.as_ref().map_or_else(String::new, |source| format!("`{source}`"));
        steps.push(Done { what, source });
    }
    steps
}

/// Sends the notebook's message, and records the events.
fn send(backend: &str) -> Vec<RecordedEvent> {
    let (_embedded, mut server) =
        embedded::start(Security::Required, Store::Memory).expect("an embedded server");
    server.mechanism = Some(Mechanism::Login);
    server.hello = "client.example.test".parse().expect("a name");
    let options = Options::from(Flow::Lockstep);
    let mut mailer = find(backend).and_then(|b| b.make(&server, &options)).expect("a backend");
    let recorder = Arc::new(Recorder::default());
    mailer.trace_to(Some(recorder.clone()));
    let mail: Mail = mails::small(&["bob@example.test"]);
    assert!(mailer.send(&mail).error.is_none());
    mailer.close().expect("a good end");
    recorder.take()
}

/// Returns the line of lettre for the same step, found by its command: lettre reports fewer events.
fn line_in_lettre(lettre: &mut Vec<Done>, raw: &str) -> Option<Done> {
    let verb =
        |text: &str| text.split([' ', '`', ':']).find(|word| !word.is_empty()).map(str::to_owned);
    let at = lettre.iter().position(|done| verb(&done.what) == verb(raw))?;
    Some(lettre.remove(at))
}

#[test]
fn docs_notebook_maps_the_fifteen_steps() {
    let raw = steps(&send("raw"));
    let mut lettre = steps(&send("lettre"));
    assert_eq!(raw.len(), 15, "the notebook counts fifteen steps");
    let mut table =
        String::from("| step | client | in raw | in lettre |\n| ---: | --- | --- | --- |\n");
    for (number, done) in (1..).zip(&raw) {
        let in_lettre = line_in_lettre(&mut lettre, &done.what);
        let in_lettre = in_lettre.map_or_else(String::new, |found| found.source);
        let or_loop = |source: &str, fallback: &str| {
            if source.is_empty() { fallback.to_owned() } else { source.to_owned() }
        };
        let _ = writeln!(
            table,
            "| {number} | {} | {} | {} |",
            done.what,
            or_loop(&done.source, "the loop, `crates/mailer-raw/src/connection.rs`"),
            or_loop(&in_lettre, "inside lettre"),
        );
    }
    // A build without line tables, or a stripped one, would write a table without lettre's lines.
    assert!(table.contains("lettre-0."), "the line tables of lettre are missing in this build");
    blocks::check("docs/notebook.md", "fifteen steps", &table);
}

#[test]
fn functions_in_the_table_of_stages_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let session = root.join("crates/mailer-protocol/src/session");
    let mut source = fs::read_to_string(session.with_extension("rs")).expect("session.rs");
    for file in fs::read_dir(&session).expect("the folder session") {
        source += &fs::read_to_string(file.expect("a file").path()).expect("a source file");
    }
    let page = fs::read_to_string(root.join("docs/notebook.md")).expect("the page");
    let is_name = |code: &&str| code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let names: Vec<&str> =
        rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter(is_name).collect();
    assert!(names.len() > 5, "the table names functions: {names:?}");
    for name in names {
        assert!(source.contains(&format!("fn {name}(")), "mailer-protocol has no function {name}");
    }
}

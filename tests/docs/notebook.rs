//! docs/notebook.md: the fifteen steps of the classroom notebook, in raw and in lettre.

use std::{fmt::Write as _, fs, path::Path, sync::Arc};

use mailer::{Mail, Mechanism, Security, Step};
use mailer_backends::{Flow, Options, find};
use mailer_compare::{EventKind, RecordedEvent, Recorder};
use mailer_lab::embedded;
use mailer_server::Store;
use mailer_tests::{blocks, mails};
use serde_json::Value;

/// One step of the notebook, as a backend performed it.
struct Done {
    /// The step in words, or the bytes that the client sends.
    what: String,
    /// The first line of the server's reply.
    reply: String,
    source: String,
}

/// Returns the events that begin a step, as `mailer send --trace` numbers them.
fn steps(events: &[RecordedEvent]) -> Vec<Done> {
    let mut steps: Vec<Done> = Vec::new();
    let mut is_content = false;
    for event in events {
        let follows_content =
            std::mem::replace(&mut is_content, matches!(event.kind, EventKind::Content { .. }));
        let what = match &event.kind {
            EventKind::Connected { .. } => "(TCP connects)".to_owned(),
            EventKind::TlsStarted { .. } => "(TLS handshake)".to_owned(),
            EventKind::Closed { .. } => "(close)".to_owned(),
            // The dot belongs to the step of the content.
            EventKind::Sent { step: Step::EndOfData, line } if line == "." => {
                append(&mut steps, ".\\r\\n");
                continue;
            }
            // lettre reports the last line end in a block of its own.
            EventKind::Content { head, .. } if follows_content => {
                append(&mut steps, &head.escape_ascii().to_string());
                continue;
            }
            EventKind::Sent { line, .. } => format!("`{line}\\r\\n`"),
            EventKind::Content { head, .. } => format!("`{}`", head.escape_ascii()),
            EventKind::Received { step: Step::EndOfData, .. } => "(reads)".to_owned(),
            EventKind::Received { .. } => String::new(),
        };
        let source = event.source.as_ref().map_or_else(String::new, ToString::to_string);
        if !what.is_empty() {
            steps.push(Done { what, reply: String::new(), source });
        }
        if let (EventKind::Received { reply, .. }, Some(step)) = (&event.kind, steps.last_mut()) {
            let hyphen = if reply.text.contains('\n') { '-' } else { ' ' };
            let line = reply.text.lines().next().unwrap_or_default();
            step.reply = format!("`{}{hyphen}{line}\\r\\n`", reply.code);
        }
    }
    steps
}

/// Appends to what the client sends in the last step.
fn append(steps: &mut [Done], sent: &str) {
    let step = steps.last_mut().expect("content is before its end");
    step.what = format!("{}{sent}`", step.what.trim_end_matches('`'));
}

/// Returns the number of the notebook's cell that performs each of the fifteen steps, and its heading.
fn cells() -> Vec<(usize, String)> {
    let notebook: Value = serde_json::from_str(&blocks::read("docs/notebook/smtp.ipynb"))
        .expect("the notebook is JSON");
    let mut heading = String::new();
    let mut found: Vec<Option<(usize, String)>> = vec![None; 15];
    for (number, cell) in (1..).zip(notebook["cells"].as_array().expect("cells")) {
        let lines = cell["source"].as_array().expect("lines").iter().filter_map(Value::as_str);
        let text: String = lines.collect();
        if cell["cell_type"] == "markdown" {
            let own = text.lines().find_map(|line| line.strip_prefix("### "));
            heading = own.map_or(heading, str::to_owned);
            continue;
        }
        for (step, found) in (1..).zip(&mut found) {
            let marks = [format!("command({step},"), format!("\"{step:2}. ")];
            if found.is_none() && marks.iter().any(|mark| text.contains(mark)) {
                *found = Some((number, heading.clone()));
            }
        }
    }
    let place = |(at, cell): (usize, Option<(usize, String)>)| {
        cell.unwrap_or_else(|| panic!("no cell of the notebook performs step {}", at + 1))
    };
    found.into_iter().enumerate().map(place).collect()
}

/// Sends the notebook's message, and records the events.
fn send(backend: &str) -> Vec<RecordedEvent> {
    let (_embedded, mut server) =
        embedded::start(Security::Required, Store::Memory).expect("an embedded server");
    server.mechanisms = vec![Mechanism::Login];
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

/// Returns a link to the line of raw that performed a step; to the driver's loop, if no line is known.
fn line_in_raw(source: &str) -> String {
    let Some((file, line)) = source.rsplit_once(':') else {
        return "[the loop](../crates/mailer-raw/src/connection.rs)".to_owned();
    };
    let name = file.rsplit('/').next().unwrap_or_default();
    format!("[`{name}:{line}`](../{file}#L{line})")
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
    let mut table = String::from(
        "| step | cell of the notebook | the client sends | the server replies | line in raw | line in lettre |\n\
         | ---: | --- | --- | --- | --- | --- |\n",
    );
    for ((number, done), (cell, heading)) in (1..).zip(&raw).zip(cells()) {
        let in_lettre = line_in_lettre(&mut lettre, &done.what);
        let in_lettre = in_lettre.filter(|found| !found.source.is_empty());
        let in_lettre = in_lettre
            .map_or_else(|| "inside lettre".to_owned(), |found| format!("`{}`", found.source));
        let _ = writeln!(
            table,
            "| {number} | {cell}, {heading} | {} | {} | {} | {in_lettre} |",
            done.what,
            done.reply,
            line_in_raw(&done.source),
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

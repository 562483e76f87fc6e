//! What crosses the wire: true bytes of sessions, replies of servers, and what the clients make of them.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mailer::{Mail, Mechanism, Security, Server, Step};
use mailer_backends::{Flow, Options, find};
use mailer_compare::{EventKind, Recorder};
use mailer_lab::embedded;
use mailer_protocol::{Next, Session};
use mailer_server::{Peer, Profile, Script, ScriptedServer};
use mailer_tests::{blocks, mails};

/// A reply to EHLO as a table names it, and its bytes.
const REPLIES: [(&str, &[u8]); 7] = [
    ("one line", b"250 mail.example.test\r\n"),
    ("two lines", b"250-mail.example.test\r\n250 PIPELINING\r\n"),
    ("no code", b"hello\r\n"),
    ("a line that ends in LF only", b"250 mail.example.test\n"),
    ("a NUL", b"250 mail\0.example.test\r\n"),
    ("a code that changes", b"250-mail.example.test\r\n550 PIPELINING\r\n"),
    ("one reply too many", b"250 mail.example.test\r\n250 and another\r\n"),
];

#[test]
fn raw_judges_hostile_replies_the_same_in_pieces() {
    let mut table = String::from("| the reply to EHLO | its bytes | raw |\n| --- | --- | --- |\n");
    for (name, bytes) in REPLIES {
        let whole = verdict(&mut std::iter::once(bytes));
        // An error quotes what has arrived by then.
        let before_quote = |text: String| text.split('"').next().unwrap_or_default().to_owned();
        let in_pieces = before_quote(verdict(&mut bytes.chunks(1)));
        assert_eq!(before_quote(whole.clone()), in_pieces, "{name}");
        let _ = writeln!(table, "| {name} | `{}` | {whole} |", bytes.escape_ascii());
    }
    blocks::check("docs/book/02-lines-and-replies.md", "hostile replies", &table);
}

/// What a session makes of a reply to EHLO that arrives in these pieces.
fn verdict(pieces: &mut dyn Iterator<Item = &[u8]>) -> String {
    let server = "smtp://mail.example.test?tls=none".parse().expect("a URL");
    let mut session = Session::new(Arc::new(server), Flow::Auto);
    // The session writes nothing before it has been asked what comes next.
    assert!(matches!(session.what_next(), Next::Read { step: Step::Greeting, .. }));
    session.received(b"220 mail.example.test ESMTP\r\n");
    assert!(matches!(session.what_next(), Next::Write { step: Step::Ehlo, .. }));
    session.wrote();
    assert!(matches!(session.what_next(), Next::Read { step: Step::Ehlo, .. }));
    pieces.for_each(|piece| session.received(piece));
    match session.failure() {
        Some(error) => format!("error: {error}"),
        None => "goes on".to_owned(),
    }
}

/// The keywords in a reply to EHLO, with their parameters.
fn keywords(reply: &str) -> Vec<(String, String)> {
    let split = |line: &str| {
        let (keyword, parameters) = line.split_once(' ').unwrap_or((line, ""));
        (keyword.to_owned(), parameters.to_owned())
    };
    reply.lines().skip(1).map(split).collect()
}

/// The replies to EHLO before and inside TLS of an embedded server with this profile.
fn replies_to_ehlo(profile: &str) -> (String, String) {
    let mut config = embedded::config(Security::Required);
    config.profile = Profile::named(profile).expect("it is listed");
    let (_embedded, server) =
        embedded::start_with(config, Security::Required).expect("a server can be started");
    let mut mailer =
        find("raw").and_then(|it| it.make(&server, &Options::default())).expect("a backend");
    let recorder = Arc::new(Recorder::default());
    mailer.trace_to(Some(recorder.clone()));
    mailer.open().expect("the server accepts a client");
    mailer.close().expect("a good end");
    let events = recorder.take();
    let reply = |wanted: Step| {
        let found = events.iter().find_map(|event| match &event.kind {
            EventKind::Received { step, reply } if *step == wanted => Some(reply.text.clone()),
            _ => None,
        });
        found.expect("EHLO is answered")
    };
    (reply(Step::Ehlo), reply(Step::EhloAgain))
}

#[test]
fn the_extensions_of_each_profile_are_a_table() {
    let profiles = Profile::NAMES;
    let mut rows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (column, profile) in profiles.iter().enumerate() {
        let (before, inside) = replies_to_ehlo(profile);
        let (before, inside) = (keywords(&before), keywords(&inside));
        let has = |list: &[(String, String)], name: &str| list.iter().any(|(it, _)| it == name);
        for (name, _) in before.iter().chain(&inside) {
            let row = rows.entry(name.clone()).or_insert_with(|| vec![""; profiles.len()]);
            row[column] = match (has(&before, name), has(&inside, name)) {
                (true, true) => "●",
                (false, _) => "◐",
                (true, false) => "○",
            };
        }
    }
    let mut table = format!("| extension | {} |\n| --- |", profiles.join(" | "));
    table += &" :-: |".repeat(profiles.len());
    table.push('\n');
    let mut meanings =
        String::from("| extension | what it means | defined in |\n| --- | --- | --- |\n");
    for (name, cells) in &rows {
        let _ = writeln!(table, "| {name} | {} |", cells.join(" | "));
        let note = mailer_notes::notes()
            .find(|note| note.id.starts_with("extension-") && note.title == name);
        let note = note.unwrap_or_else(|| panic!("mailer-notes does not explain {name}"));
        let _ = writeln!(meanings, "| {name} | {} | {} |", note.text, note.source);
    }
    let page = "docs/book/03-what-can-you-do.md";
    blocks::check(page, "extensions by server", &table);
    blocks::check(page, "meanings of extensions", &meanings);
}

/// A way to send, by its name in the book: the backend and the flow.
const WAYS: [(&str, &str, Flow); 3] = [
    ("raw", "raw", Flow::Lockstep),
    ("lettre", "lettre", Flow::Auto),
    ("raw, with BDAT", "raw", Flow::Chunked),
];

/// The bytes that a client sends from the command that announces the content up to QUIT.
fn content_on_the_wire(backend: &str, flow: Flow, mail: &Mail) -> Vec<u8> {
    let script = Script::new().reply("220 mail.example.test ESMTP ready").serve();
    let scripted = ScriptedServer::start(script).expect("a server can be started");
    let mut server = Server::new("localhost".parse().expect("a name"), 25, Security::None);
    server.connect_to = Some(scripted.addr());
    server.hello = "client.example.test".parse().expect("a name");
    let mut mailer =
        find(backend).and_then(|it| it.make(&server, &Options::from(flow))).expect("a backend");
    assert!(mailer.send(mail).error.is_none());
    mailer.close().expect("a good end");
    let conversations = scripted.finish();
    let bytes = conversations.first().expect("one connection").received(false);
    let text = String::from_utf8(bytes).expect("a message in ASCII");
    let start = text.find("DATA\r\n").or_else(|| text.find("BDAT ")).expect("there is content");
    let end = text.find("QUIT\r\n").expect("there is an end");
    text.get(start..end).unwrap_or_default().as_bytes().to_vec()
}

#[test]
fn dots_are_stuffed_with_data_and_not_with_bdat() {
    let mail =
        mails::prepared(&["bob@example.test"], "Subject: Dots\r\n\r\nfirst\r\n.\r\n.second\r\n");
    let mut text = String::new();
    for (name, backend, flow) in WAYS {
        let _ = writeln!(text, "{name}:");
        let bytes = content_on_the_wire(backend, flow, &mail);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let _ = writeln!(text, "  {}", line.escape_ascii());
        }
    }
    blocks::check("docs/book/05-the-lone-dot.md", "dots on the wire", &blocks::code(&text));
}

#[test]
fn bytes_after_220_are_an_error() {
    let attack = Script::new()
        .reply("220 mail.example.test ESMTP")
        .serve_until("STARTTLS")
        .answer("STARTTLS", "220 2.0.0 Go ahead\n250 AUTH PLAIN")
        .tls()
        .serve();
    let scripted = ScriptedServer::start(attack).expect("a server can be started");
    let mut server = Server::new("localhost".parse().expect("a name"), 587, Security::Required);
    server.connect_to = Some(scripted.addr());
    server.trust.add_pem(scripted.ca_pem().as_bytes()).expect("a certificate");
    let mut mailer =
        find("raw").and_then(|it| it.make(&server, &Options::default())).expect("a backend");
    let error = mailer.open().expect_err("it is an attack");
    // The client may have closed the connection before the script ended.
    let conversations = scripted.finish();
    let last = conversations.first().and_then(|it| {
        it.transfers.iter().rfind(|transfer| transfer.from == Peer::Server).cloned()
    });
    let sent = last.expect("the server sent a reply").bytes;
    let mut text = String::from("the server's reply to STARTTLS, as one write:\n");
    let _ = writeln!(text, "  {}\n", sent.escape_ascii());
    let _ = writeln!(text, "what raw reports, before any TLS:\n  {error}");
    if let Some(hint) = error.hint() {
        let _ = writeln!(text, "  hint: {hint}");
    }
    blocks::check("docs/book/06-locking-the-line.md", "injection", &blocks::code(&text));
}

/// The bytes that each mechanism sends for the same user and password, beside their base64.
#[test]
fn credentials_are_only_encoded() {
    let (user, password) = ("ann@example.test", "sesame");
    let script =
        Script::new().reply("220 mail.example.test ESMTP ready").serve_until("AUTH").serve();
    let mut table =
        String::from("| mechanism | what the client sends | decoded |\n| --- | --- | --- |\n");
    for (name, mechanism) in [("PLAIN", Mechanism::Plain), ("LOGIN", Mechanism::Login)] {
        let scripted = ScriptedServer::start(script.clone()).expect("a server can be started");
        let mut server = Server::new("localhost".parse().expect("a name"), 25, Security::None);
        server.connect_to = Some(scripted.addr());
        server.mechanisms = vec![mechanism];
        let credentials = mailer::Credentials::new(user, password).expect("credentials");
        server.credentials = Some(credentials);
        let mut mailer =
            find("raw").and_then(|it| it.make(&server, &Options::default())).expect("a backend");
        mailer.open().expect("the server accepts any password");
        mailer.close().expect("a good end");
        let bytes = scripted.finish().first().expect("one connection").received(false);
        let text = String::from_utf8(bytes).expect("ASCII");
        let sent = text.lines().skip_while(|line| !line.starts_with("AUTH"));
        for line in sent.take_while(|line| *line != "QUIT") {
            let encoded = line.rsplit(' ').next().unwrap_or_default();
            let decoded = BASE64_STANDARD.decode(encoded).ok().filter(|_| encoded.len() > 5);
            let decoded = decoded.map_or_else(String::new, |it| format!("`{}`", it.escape_ascii()));
            let _ = writeln!(table, "| {name} | `{line}` | {decoded} |");
        }
    }
    blocks::check("docs/book/07-proving-identity.md", "credentials", &table);
}

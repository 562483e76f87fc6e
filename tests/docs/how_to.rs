//! docs/how-to.md: its console examples run as shown.

use std::{fs, path::Path, process::Command};

use mailer_server::{Account, Config, EmbeddedServer};
use mailer_tests::console;

/// The files of the examples, with their content.
const FILES: [(&str, &str); 4] = [
    ("plan.pdf", "%PDF-1.4\n"),
    ("logo.png", "\u{89}PNG\r\n"),
    ("page.html", "<p>Hello, Bob.</p>\n<img src=\"cid:logo.png\">\n"),
    ("message.eml", "From: ann@example.com\nTo: bob@example.com\nSubject: Hello\n\nHello, Bob.\n"),
];

#[test]
fn examples_print_what_the_page_shows() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/how-to.md"));
    let sections = console::sections(&page.expect("there is a page"));
    assert!(!sections.is_empty());
    let differences: Vec<String> =
        sections.iter().flat_map(|(_, examples)| run(examples)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// Runs the examples of a section against a server of its own. Returns what differs.
fn run(examples: &[console::Example]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = Config::default();
    config.name = "mail.example.com".into();
    config.accounts = vec![Account::new("ann@example.com", "sesame")];
    let server = EmbeddedServer::start(config).expect("the server starts");
    for (name, content) in FILES {
        fs::write(folder.path().join(name), content).expect("a file can be written");
    }
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, server.ca_pem()).expect("a file can be written");
    let host = format!("localhost:{}", server.addr().port());
    let mut shell = Command::new("sh");
    shell
        .env("SMTP_URL", format!("smtp://ann%40example.com@{host}"))
        .env("SMTP_PASSWORD", "sesame");
    // OpenSSL reads the CAs that it trusts from this file.
    shell.env("SSL_CERT_FILE", &ca).env("HOME", folder.path()).env("COLUMNS", "100");
    shell.env_remove("XDG_CONFIG_HOME");
    let (url, place) = (format!("smtp://{host}"), host.replace(':', " port "));
    let real = [("smtp://mail.example.com", &*url), ("mail.example.com port 587", &place)];
    console::run(examples, folder.path(), &real, &mut shell)
}

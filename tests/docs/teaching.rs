//! docs/teaching.md: its console examples run as shown, in a folder like a learner's.

use std::{fs, path::Path, process::Command};

use mailer_server::{Account, Config, EmbeddedServer};
use mailer_tests::console;

/// The files of that folder, by their path in the repository.
const FILES: [&str; 4] = [
    "docs/notebook/high_level.py",
    "docs/notebook/low_level.py",
    "docs/teaching/client.py",
    "docs/teaching/grade.py",
];

const USER: &str = "alice@example.com";
const PASSWORD: &str = "sesame";

#[test]
fn examples_print_what_the_page_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/teaching.md")).expect("there is a page");
    let examples: Vec<console::Example> =
        console::sections(&page).into_iter().flat_map(|(_, examples)| examples).collect();
    assert!(examples.len() > 20, "the page has examples");
    let folder = tempfile::tempdir().expect("a folder");
    for file in FILES.map(Path::new) {
        // A copy keeps its permissions.
        fs::copy(root.join(file), folder.path().join(file.file_name().expect("a file has a name")))
            .expect("a file can be copied");
    }
    let config = Config::default().with_account(Account::new(USER, PASSWORD));
    let server = EmbeddedServer::start(config).expect("the server starts");
    fs::write(folder.path().join("ca.pem"), server.ca_pem()).expect("a file can be written");
    let port = server.addr().port().to_string();
    let mut shell = Command::new("sh");
    let variables =
        [("HOST", "localhost"), ("PORT", &port), ("CA", "ca.pem"), ("EML", "message.eml")];
    let login = [("USER", USER), ("PASSWORD", PASSWORD), ("FROM", USER), ("TO", "bob@example.com")];
    for (name, value) in variables.into_iter().chain(login) {
        shell.env(format!("MAILER_{name}"), value);
    }
    shell.env("HOME", folder.path()).env("COLUMNS", "100");
    for name in ["SMTP_URL", "SMTP_PASSWORD", "SSL_CERT_FILE", "XDG_CONFIG_HOME"] {
        shell.env_remove(name);
    }
    let real = [
        ("127.0.0.1:2525", &*format!("127.0.0.1:{port}")),
        ("localhost:2525", &*format!("localhost:{port}")),
    ];
    let differences = console::run(&examples, folder.path(), &real, &mut shell);
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

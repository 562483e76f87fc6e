//! `--tls-library` and `--no-resumption`.

use std::{collections::HashSet, fs, process::Command};

use mailer::TlsLibrary;
use mailer_backends::BACKENDS;
use mailer_server::{Authority, Config};
use mailer_tests::binary;
use serde_json::Value;

use crate::{
    command::run,
    fixture::{Fixture, SMALL, backends},
    schema::Schema,
};

/// Every library.
const BOTH: [&str; 4] = ["--tls-library", "native-tls", "--tls-library", "rustls"];

fn results<'a>(document: &'a Value, schema: &str) -> &'a Vec<Value> {
    Schema::load(schema).check(document);
    document["results"].as_array().expect("results are a list")
}

#[test]
fn every_backend_sends_with_either_library() {
    let fixture = Fixture::start(Config::default());
    for backend in backends() {
        for library in TlsLibrary::ALL {
            let mut command = fixture.send_small(backend);
            run(command.args(["--tls-library", library.name()])).succeeds();
            fixture.take_mail();
            let mut stranger = binary::mailer();
            stranger.args(["send", "--backend", backend, "--server", &fixture.url()]).args(SMALL);
            let ran = run(stranger.args(["--tls-library", library.name()])).exits(76);
            assert!(ran.stderr.contains("certificate of localhost is not valid"), "{ran:#?}");
            assert!(ran.stderr.contains("--ca"), "{ran:#?}");
        }
    }
    assert_eq!(fixture.server.resumed_sessions(), 0, "each process has its own sessions");
}

#[test]
fn a_command_that_compares_nothing_uses_one_library() {
    let fixture = Fixture::start(Config::default());
    for command in [&mut fixture.send_small("raw"), &mut fixture.command("check")] {
        let ran = run(command.args(BOTH)).exits(64);
        assert!(ran.stderr.contains("--tls-library"), "{ran:#?}");
    }
    let ran = run(fixture.send_small("raw").args(["--tls-library", "openssl"])).exits(64);
    assert!(ran.stderr.contains("rustls"), "{ran:#?}");
}

#[test]
fn compare_has_every_backend_with_each_library_and_counts_resumed_sessions() {
    for (options, resumes) in [(&[][..], true), (&["--no-resumption"], false)] {
        let mut command = binary::mailer();
        command.args(["compare", "--json"]).args(BOTH).args(options);
        let document = run(&mut command).succeeds().json();
        let results = results(&document, "result");
        assert_eq!(results.len(), BACKENDS.len() * TlsLibrary::ALL.len());
        for result in results {
            let is_rustls = result["tls_library"] == "rustls";
            assert_eq!(result["tls_resumed"], is_rustls && resumes, "{}", result["backend"]);
        }
    }
    let text = run(binary::mailer().arg("compare").args(BOTH)).succeeds().stdout;
    for title in ["raw (auto)", "raw (auto, rustls)", "lettre-connection (rustls)", "resumed"] {
        assert!(text.contains(title), "{title}: {text}");
    }
}

#[test]
fn bench_has_every_backend_with_each_library_and_counts_resumed_sessions() {
    let mut command = binary::mailer();
    command.args(["bench", "--workload", "handshake", "--messages", "4", "--rounds", "2"]);
    command.args(["--warm-up", "0", "--json"]).args(BOTH);
    let document = run(&mut command).succeeds().json();
    let results = results(&document, "bench");
    let names: HashSet<_> = results.iter().map(|result| result["name"].to_string()).collect();
    assert_eq!(names.len(), BACKENDS.len() * TlsLibrary::ALL.len());
    for result in results {
        // Counting round trips has opened a connection before.
        let expected = if result["tls_library"] == "rustls" { 1.0 } else { 0.0 };
        assert_eq!(result["resumed"], expected, "{}", result["name"]);
    }
}

#[test]
fn a_profile_may_name_the_library() {
    let fixture = Fixture::start(Config::default());
    let folder = fixture.folder().join("mailer");
    fs::create_dir_all(&folder).expect("a folder");
    let with = |library: &str| {
        let text = format!("[default]\ntls-library = \"{library}\"\n");
        fs::write(folder.join("config.toml"), text).expect("the file can be written");
        let mut compare = fixture.command("compare");
        compare.args(SMALL).args(["--json", "--no-recordings", "--profile", "default"]);
        run(compare.env("XDG_CONFIG_HOME", fixture.folder()))
    };
    for library in TlsLibrary::ALL {
        let document = with(library.name()).succeeds().json();
        let used = results(&document, "result").iter().map(|result| &result["tls_library"]);
        assert_eq!(used.collect::<HashSet<_>>(), HashSet::from([&library.name().into()]));
    }
    assert!(with("openssl").exits(78).stderr.contains("one of native-tls, rustls"));
}

#[test]
fn lettre_has_client_certificates_with_native_tls_only() {
    let clients = Authority::generate().unwrap();
    let (certificate, key) = clients.issue_client("Ann").unwrap();
    let fixture = Fixture::start(Config::default().with_client_ca(clients.certificate_pem()));
    fixture.file("both.pem", format!("{certificate}{key}"));
    let with_rustls = |command: &mut Command| {
        run(command.args(["--cert", "both.pem", "--tls-library", "rustls"]))
    };
    with_rustls(&mut fixture.send_small("raw")).succeeds();
    fixture.take_mail();
    let mut compared = ["explain", "compare"].map(|verb| fixture.command(verb));
    let compared = compared.iter_mut().map(|command| command.args(SMALL));
    let mut send = fixture.send_small("lettre");
    for command in compared.chain([&mut send]) {
        let ran = with_rustls(command).exits(78);
        assert!(ran.stderr.contains("--tls-library"), "{ran:#?}");
    }
}

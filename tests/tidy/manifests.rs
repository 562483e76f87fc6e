//! Manifests: the sections of every member, and the direction of dependencies.

use crate::repository::{Member, members, read};

/// The crates of the backends.
const BACKENDS: [&str; 2] = ["mailer-lettre", "mailer-raw"];
/// Crates that would bring I/O, TLS or a clock into the protocol.
const IO: [&str; 8] =
    ["async-std", "lettre", "mio", "native-tls", "openssl", "rustls", "socket2", "tokio"];

#[test]
fn every_member_has_the_lints_of_the_workspace() {
    for member in members() {
        let lints = section(member, "[lints]");
        assert_eq!(lints.as_deref(), Some("workspace = true"), "{}", member.name);
    }
}

#[test]
fn libraries_and_binaries_are_not_benchmarks() {
    // Otherwise `cargo bench -- --save-baseline x` passes criterion's option to libtest, which fails.
    for member in members() {
        for (kind, header) in [("lib", "[lib]"), ("bin", "[[bin]]")] {
            if member.targets.iter().any(|target| target.kind == kind) {
                let body = section(member, header).unwrap_or_default();
                let name = &member.name;
                assert!(body.lines().any(|line| line == "bench = false"), "{name}: {header}");
            }
        }
    }
}

#[test]
fn only_mailer_backends_depends_on_backends() {
    for member in members() {
        let is_crate = member.manifest.starts_with("crates");
        if is_crate && member.name != "mailer-backends" {
            assert_none(member, &BACKENDS);
        }
    }
}

#[test]
fn the_trait_and_the_server_depend_on_no_member() {
    let ours: Vec<&str> = members().iter().map(|member| member.name.as_str()).collect();
    assert_none(member("mailer"), &ours);
    // The server shares no code with the clients that it measures.
    assert_none(member("mailer-server"), &ours);
}

#[test]
fn backends_depend_on_the_trait_and_not_on_each_other() {
    for backend in BACKENDS {
        let member = member(backend);
        assert_none(
            member,
            &["mailer-backends", "mailer-bench", "mailer-cli", "mailer-compare", "mailer-lab"],
        );
        let server = member.dependencies.iter().find(|d| d.name == "mailer-server");
        assert!(server.is_none_or(|server| server.for_tests), "{backend} needs the server");
    }
}

#[test]
fn the_link_depends_on_no_member() {
    let ours: Vec<&str> = members().iter().map(|member| member.name.as_str()).collect();
    assert_none(member("mailer-link"), &ours);
}

#[test]
fn comparison_and_benchmark_depend_neither_on_backends_nor_on_each_other() {
    const BACKENDS: [&str; 3] = ["mailer-backends", "mailer-lettre", "mailer-raw"];
    for (name, neighbours) in [
        ("mailer-lab", ["mailer-bench", "mailer-compare"].as_slice()),
        ("mailer-bench", &["mailer-compare"]),
        ("mailer-compare", &["mailer-bench"]),
        ("mailer-worker", &["mailer-compare"]),
    ] {
        assert_none(member(name), &BACKENDS);
        assert_none(member(name), neighbours);
    }
}

/// Its examples do I/O, so these may be dependencies for tests.
#[test]
fn the_protocol_has_no_io() {
    let dependencies = &member("mailer-protocol").dependencies;
    let forbidden = |name: &str| IO.contains(&name);
    let found = dependencies.iter().find(|found| !found.for_tests && forbidden(&found.name));
    assert!(found.is_none(), "the protocol depends on {}", found.map_or("", |found| &found.name));
}

fn member(name: &str) -> &'static Member {
    members().iter().find(|member| member.name == name).expect("there is such a member")
}

#[track_caller]
fn assert_none(member: &Member, forbidden: &[&str]) {
    let mut names = member.dependencies.iter().map(|dependency| dependency.name.as_str());
    let found = names.find(|name| forbidden.contains(name));
    assert_eq!(found, None, "{} depends on it", member.name);
}

/// Returns the lines under a header, without empty lines; those of several such sections together.
fn section(member: &Member, header: &str) -> Option<String> {
    let text = read(&member.manifest);
    let mut inside = false;
    let mut body: Option<Vec<&str>> = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == header;
            body = body.or_else(|| inside.then(Vec::new));
        } else if inside && !line.is_empty() {
            body.get_or_insert_default().push(line);
        }
    }
    body.map(|lines| lines.join("\n"))
}

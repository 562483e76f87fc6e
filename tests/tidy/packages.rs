//! Packages: each library can be published by itself, and programs are not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::repository::{list, metadata, text};

/// Programs and tests. Everything else is a library.
const UNPUBLISHED: [&str; 4] = ["mailer-benches", "mailer-cli", "mailer-reports", "mailer-tests"];

#[test]
fn libraries_are_published_and_programs_are_not() {
    for package in list(&metadata(&["--no-deps"])["packages"]) {
        // No list of registries means any registry; an empty list means none.
        let is_published = package["publish"].is_null();
        let name = text(&package["name"]);
        assert_eq!(is_published, !UNPUBLISHED.contains(&name.as_str()), "{name}");
    }
}

/// A package that is not published is no dependency of a library, not even in a form that a registry could resolve.
#[test]
fn a_dependency_on_a_member_has_a_version_if_the_member_is_published() {
    for package in list(&metadata(&["--no-deps"])["packages"]) {
        for dependency in list(&package["dependencies"]).filter(|it| it["path"].is_string()) {
            let names = (text(&package["name"]), text(&dependency["name"]));
            let is_published = !UNPUBLISHED.contains(&names.1.as_str());
            assert_eq!(text(&dependency["req"]) != "*", is_published, "{names:?}");
        }
    }
}

/// Only one compiler is installed, so clippy checks our own code (`incompatible_msrv`), and this test checks
/// what our dependencies declare.
#[test]
fn no_dependency_of_a_library_needs_a_newer_compiler_than_we_declare() {
    let metadata = metadata(&[]);
    let packages: BTreeMap<String, &Value> =
        list(&metadata["packages"]).map(|package| (text(&package["id"]), package)).collect();
    let needed = dependencies_of_libraries(&metadata, &packages);
    let ours = packages.values().find(|package| package["name"] == "mailer").expect("a member");
    for id in &needed {
        let package = packages[id];
        let (theirs, ours) = (version(package), version(ours));
        assert!(theirs <= ours, "{id} needs Rust {theirs:?}, and we declare {ours:?}");
    }
}

/// Returns everything that a published library needs at run time or to be built.
fn dependencies_of_libraries(
    metadata: &Value,
    packages: &BTreeMap<String, &Value>,
) -> BTreeSet<String> {
    let nodes: BTreeMap<String, &Value> =
        list(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), node)).collect();
    let members = list(&metadata["workspace_members"]).map(text);
    let mut ahead: Vec<String> = members.filter(|id| packages[id]["publish"].is_null()).collect();
    let mut needed = BTreeSet::new();
    while let Some(id) = ahead.pop() {
        if !needed.insert(id.clone()) {
            continue;
        }
        let is_needed = |it: &&Value| list(&it["dep_kinds"]).any(|kind| kind["kind"] != "dev");
        ahead.extend(list(&nodes[&id]["deps"]).filter(is_needed).map(|it| text(&it["pkg"])));
    }
    needed
}

/// Returns the Rust version that a package declares, or 0 if it declares none.
fn version(package: &Value) -> Vec<u64> {
    let declared = package["rust_version"].as_str().unwrap_or("0");
    declared.split('.').map(|part| part.parse().expect("a number")).take(2).collect()
}

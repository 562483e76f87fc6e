//! The repository: its files, and its packages as Cargo reports them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

/// Folders with files that are not ours.
const SKIPPED: [&str; 3] = [".git", "target", "node_modules"];

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member is in its workspace")
}

/// Every file with one of these endings, by its path from the root.
pub(crate) fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(root(), &mut found);
    found
        .retain(|path| path.extension().is_some_and(|e| endings.iter().any(|wanted| e == *wanted)));
    let from_root = |path: PathBuf| path.strip_prefix(root()).map(Path::to_owned);
    found.into_iter().map(|path| from_root(path).expect("it is below the root")).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository can be read") {
        let entry = entry.expect("an entry can be read");
        let kind = entry.file_type().expect("a file has a type");
        if kind.is_file() {
            found.push(entry.path());
        } else if kind.is_dir() && !SKIPPED.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), found);
        }
    }
}

/// The text of a file, by its path from the root.
pub(crate) fn read(path: &Path) -> String {
    let text = fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
}

/// A member of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its manifest, by its path from the root.
    pub(crate) manifest: PathBuf,
    /// Its dependencies of every kind.
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether it is a dev-dependency.
    pub(crate) for_tests: bool,
}

pub(crate) struct Target {
    pub(crate) kind: String,
    /// The root file of the target.
    pub(crate) source: PathBuf,
}

/// Returns every member, as Cargo reports it.
pub(crate) fn members() -> &'static [Member] {
    static MEMBERS: OnceLock<Vec<Member>> = OnceLock::new();
    MEMBERS.get_or_init(|| list(&metadata(&["--no-deps"])["packages"]).map(member).collect())
}

/// What `cargo metadata` prints with these options.
pub(crate) fn metadata(options: &[&str]) -> Value {
    let arguments = ["metadata", "--offline", "--format-version", "1"];
    let mut cargo = Command::new(env!("CARGO"));
    let cargo = cargo.args(arguments).args(options).current_dir(root()).output();
    let output = cargo.expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

fn member(package: &Value) -> Member {
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        for_tests: value["kind"].as_str() == Some("dev"),
    };
    let target =
        |value: &Value| Target { kind: text(&value["kind"][0]), source: path(&value["src_path"]) };
    Member {
        name: text(&package["name"]),
        manifest: path(&package["manifest_path"]),
        dependencies: list(&package["dependencies"]).map(dependency).collect(),
        targets: list(&package["targets"]).map(target).collect(),
    }
}

pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn path(value: &Value) -> PathBuf {
    let whole = PathBuf::from(text(value));
    whole.strip_prefix(root()).expect("it is below the root").to_owned()
}

//! Passes the versions of the backends' libraries and of the compiler to the crate, for reports, and the
//! source files whose lines the events of the backends name.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

const LOCK: &str = "../../Cargo.lock";

/// The root of the repository, to which the paths of its files are relative.
const ROOT: &str = "../..";
/// The folders and the file of this repository whose lines send something.
const OURS: [&str; 3] = [
    "crates/mailer-protocol/src/session",
    "crates/mailer-protocol/src/session.rs",
    "crates/mailer-lettre/src/transport.rs",
];
/// The folder of lettre whose lines send something.
const LETTRES: &str = "src/transport/smtp/client";

fn main() {
    println!("cargo:rerun-if-changed={LOCK}");
    let lock = fs::read_to_string(Path::new(LOCK)).unwrap_or_default();
    for (name, variable) in [
        ("lettre", "LETTRE_VERSION"),
        ("native-tls", "NATIVE_TLS_VERSION"),
        ("rustls", "RUSTLS_VERSION"),
    ] {
        println!("cargo:rustc-env={variable}={}", locked(&lock, name).unwrap_or("?"));
    }
    println!("cargo:rustc-env=RUSTC_VERSION={}", rustc().unwrap_or_else(|| "?".to_owned()));
    let lettre = locked(&lock, "lettre").map(|version| format!("lettre-{version}"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("files.rs"), files(lettre.as_deref())).expect("OUT_DIR is writable");
}

/// Returns a table in Rust: the path of each file as events name it, and its text.
fn files(lettre: Option<&str>) -> String {
    let mut files = Vec::new();
    for path in OURS {
        println!("cargo:rerun-if-changed={ROOT}/{path}");
        find(&Path::new(ROOT).join(path), path, &mut files);
    }
    // Where cargo cannot find lettre's sources, the page is without them.
    if let Some((name, folder)) = lettre.and_then(|name| Some((name, folder_of(name)?))) {
        find(&folder.join(LETTRES), &format!("{name}/{LETTRES}"), &mut files);
    }
    let entries = files.iter().filter_map(|(name, path)| {
        let path = path.canonicalize().ok()?;
        Some(format!("    ({name:?}, include_str!({path:?})),\n"))
    });
    format!("static FILES: &[(&str, &str)] = &[\n{}];\n", entries.collect::<String>())
}

/// Finds a file, or the files of a folder and of the folders in it.
fn find(path: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) {
    let Ok(entries) = fs::read_dir(path) else {
        return files.push((name.to_owned(), path.to_owned()));
    };
    let mut entries: Vec<PathBuf> =
        entries.filter_map(|entry: io::Result<_>| Some(entry.ok()?.path())).collect();
    entries.sort();
    for entry in entries {
        if let Some(file) = entry.file_name().and_then(|file| file.to_str()) {
            find(&entry, &format!("{name}/{file}"), files);
        }
    }
}

/// Returns the folder of a package of another project, such as `lettre-0.11.23`, as cargo knows it.
fn folder_of(package: &str) -> Option<PathBuf> {
    let arguments = ["metadata", "--format-version=1", "--offline", "--locked"];
    let output = Command::new(env::var_os("CARGO")?).args(arguments).output().ok()?;
    let metadata = String::from_utf8(output.stdout).ok()?;
    let (before, _) = metadata.split_once(&format!("/{package}/Cargo.toml\""))?;
    let (_, parent) = before.rsplit_once('"')?;
    Some(Path::new(parent).join(package))
}

/// Returns the version of a package in the lock file.
fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

/// Returns the version of the compiler: the second word of `rustc --version`.
fn rustc() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split(' ').nth(1).map(ToOwned::to_owned)
}

//! Passes the versions of the backends' libraries and of the compiler to the crate, for reports.

use std::{env, fs, path::Path, process::Command};

const LOCK: &str = "../../Cargo.lock";

fn main() {
    println!("cargo:rerun-if-changed={LOCK}");
    let lock = fs::read_to_string(Path::new(LOCK)).unwrap_or_default();
    for (name, variable) in [("lettre", "LETTRE_VERSION"), ("native-tls", "TLS_VERSION")] {
        println!("cargo:rustc-env={variable}={}", locked(&lock, name).unwrap_or("?"));
    }
    println!("cargo:rustc-env=RUSTC_VERSION={}", rustc().unwrap_or_else(|| "?".to_owned()));
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

//! The command `mailer` as its users run it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The binary, built in the profile of these tests.
///
/// Cargo tells a test where a binary is only in the binary's own package, so it is built here; the
/// build is up to date nearly always.
#[must_use]
pub fn path() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build)
}

/// A command that runs it with none of this machine's settings.
#[must_use]
pub fn mailer() -> Command {
    let mut command = Command::new(path());
    for name in ["SMTP_URL", "SMTP_PASSWORD", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

fn build() -> PathBuf {
    let this = env::current_exe().expect("a test has a path");
    // target/PROFILE/deps/test
    let profile = this.ancestors().nth(2).expect("tests stand in a folder of their profile");
    let target = profile.parent().expect("a profile stands in the target folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "mailer-cli", "--target-dir"]).arg(target);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.file_name().is_some_and(|name| name == "release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs").success(), "the binary does not build");
    profile.join(format!("mailer{}", env::consts::EXE_SUFFIX))
}

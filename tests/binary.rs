//! Builds and runs the binary `mailer`.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The variables by which this machine could change what the binary does.
pub const SETTINGS: [&str; 4] = ["SMTP_URL", "SMTP_PASSWORD", "SMTP_TOKEN", "NO_COLOR"];

/// Returns the path of the binary, built with the profile of these tests.
///
/// Cargo gives a test the path of a binary only within the same package, so this function builds it.
/// Usually the build is up to date.
#[must_use]
pub fn path() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build)
}

/// Returns a command that runs the binary without this machine's settings.
#[must_use]
pub fn mailer() -> Command {
    let mut command = Command::new(path());
    for name in SETTINGS {
        command.env_remove(name);
    }
    // There is no mailer/config.toml in this folder.
    command.env("XDG_CONFIG_HOME", env!("CARGO_MANIFEST_DIR"));
    // The CA that `serve` keeps must not be the user's own.
    let data = path().parent().map(|profile| profile.join("tests-data"));
    command.envs(data.map(|data| ("XDG_DATA_HOME", data)));
    command
}

fn build() -> PathBuf {
    let this = env::current_exe().expect("a test has a path");
    // target/PROFILE/deps/test
    let profile = this.ancestors().nth(2).expect("tests are in the folder of their profile");
    let target = profile.parent().expect("the profile is in the target folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "mailer-cli", "--target-dir"]).arg(target);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.file_name().is_some_and(|name| name == "release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs").success(), "the binary does not build");
    profile.join(format!("mailer{}", env::consts::EXE_SUFFIX))
}

//! A password reaches the server and nothing else. The tests search the output of every command for it, in
//! every form that an encoding could give it.

mod commands;
mod debug;
mod echoes;
mod forms;
mod sources;

use std::process::Command;

use mailer::Mechanism;
use mailer_server::{Account, Config};

use self::forms::Forms;
use crate::{
    command::{Ran, run},
    fixture::Fixture,
};

const USER: &str = "alice@example.test";
/// A password that appears nowhere else. A URL must encode it, and its base64 contains `+` and `/`.
const SENTINEL: &str = "Zq7%/x+ sësame=9?~>ÿÿ";

/// Returns a server with this password.
fn taking(password: &str) -> Fixture {
    Fixture::start(Config::default().with_account(Account::new(USER, password)))
}

/// Returns the name of every mechanism for `--auth`.
fn mechanisms() -> impl Iterator<Item = String> {
    Mechanism::ALL.iter().map(|mechanism| mechanism.name().to_ascii_lowercase())
}

/// Runs the command, checks its status, and searches its output.
#[track_caller]
fn hides(password: &str, command: &mut Command, status: i32) -> Ran {
    shown_by(password, command).exits(status)
}

/// Runs the command with every variable that could make a library log, and searches its output.
#[track_caller]
fn shown_by(password: &str, command: &mut Command) -> Ran {
    let ran = run(command.envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")]));
    Forms::new(USER, password).are_not_in(&ran);
    ran
}

//! A password goes to the server and nowhere else: it is searched, in each form that anything could
//! give it, in all that every command prints.

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
/// Nothing else looks like it; a URL has to encode it, and its base64 has a `+` and a `/`.
const SENTINEL: &str = "Zq7%/x+ sësame=9?~>ÿÿ";

/// A server that takes this password.
fn taking(password: &str) -> Fixture {
    Fixture::start(Config::default().with_account(Account::new(USER, password)))
}

/// Every mechanism, as `--auth` has it.
fn mechanisms() -> impl Iterator<Item = String> {
    Mechanism::ALL.iter().map(|mechanism| mechanism.name().to_ascii_lowercase())
}

/// Runs it to this status, and searches what it prints.
#[track_caller]
fn hides(password: &str, command: &mut Command, status: i32) -> Ran {
    shown_by(password, command).exits(status)
}

/// Runs it with every switch thrown that could make a library talk, and searches what it prints.
#[track_caller]
fn shown_by(password: &str, command: &mut Command) -> Ran {
    let ran = run(command.envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")]));
    Forms::of(USER, password).are_not_in(&ran);
    ran
}

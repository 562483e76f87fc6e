//! A password or an access token reaches the server and nothing else. The tests search the output of every
//! command for it, in every form that an encoding could give it.

mod commands;
mod debug;
mod echoes;
mod forms;
mod sources;

use std::process::Command;

use mailer::Mechanism;
use mailer_backends::BACKENDS;
use mailer_server::{Account, Config, Profile};

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

/// An access token: no other characters are allowed.
const TOKEN: &str = "ya29.Zq7/x+s3same~9-_ZXhwaXJlcw==";

/// A kind of secret: its text, and the variable with it.
#[derive(Clone, Copy, Debug)]
struct Kind {
    secret: &'static str,
    variable: &'static str,
}

const PASSWORD_KIND: Kind = Kind { secret: SENTINEL, variable: "SMTP_PASSWORD" };
const TOKEN_KIND: Kind = Kind { secret: TOKEN, variable: "SMTP_TOKEN" };

/// Returns a server with this password and this token, which offers every mechanism.
fn taking_both(password: &str, token: &str) -> Fixture {
    let account = Account::new(USER, password).with_token(token);
    let profile = Profile::gmail().with_mechanisms(Mechanism::ALL.iter().map(|it| it.name()));
    Fixture::start(Config::default().with_account(account).with_profile(profile))
}

/// Returns every mechanism as `--auth` names it, with its kind of secret.
fn mechanisms() -> impl Iterator<Item = (String, Kind)> {
    Mechanism::ALL.iter().map(|mechanism| {
        let kind = if mechanism.takes_token() { TOKEN_KIND } else { PASSWORD_KIND };
        (mechanism.name().to_ascii_lowercase(), kind)
    })
}

/// Whether a backend has this mechanism.
fn has(backend: &str, name: &str) -> bool {
    let backend = BACKENDS.iter().find(|known| known.name == backend).expect("a backend");
    backend.mechanisms.iter().any(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
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

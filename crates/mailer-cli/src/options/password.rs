//! Where a password comes from: never from an argument of its own, which other users could see.

mod command;

use std::{
    env::{self, VarError},
    fs::File,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use clap::Args;
use mailer::{Error, Kind, Secret, escape};

use crate::input;

const VARIABLE: &str = "SMTP_PASSWORD";

#[derive(Args, Clone, Debug)]
pub(crate) struct PasswordOptions {
    /// Takes the password from the first line of FILE
    #[arg(long, value_name = "FILE", value_parser = super::path(), help_heading = "Server", conflicts_with = "password_command")]
    password_file: Option<PathBuf>,
    /// Takes the password from the first line that COMMAND prints
    #[arg(long, value_name = "COMMAND", help_heading = "Server")]
    password_command: Option<String>,
}

impl PasswordOptions {
    /// The password, from the first source that gives one: these options, the environment variable
    /// SMTP_PASSWORD, the URL, a prompt on a terminal. One that is empty is as good as none.
    pub(crate) fn password(&self, user: &str, in_url: Option<Secret>) -> Result<Secret, Error> {
        let by_option = match (&self.password_file, &self.password_command) {
            (Some(file), _) if !file.as_os_str().is_empty() => given(in_file(file)?),
            (_, Some(command)) if !command.is_empty() => given(printed_by(command)?),
            _ => None,
        };
        if let Some(password) = by_option {
            return Ok(password);
        }
        let elsewhere = in_environment()?.or_else(|| in_url.and_then(given));
        elsewhere.map_or_else(|| prompt(user), Ok)
    }
}

/// The password without what only ends a line, if anything is left.
fn given(password: Secret) -> Option<Secret> {
    Some(password.trimmed()).filter(|password| !password.is_empty())
}

fn in_file(file: &Path) -> Result<Secret, Error> {
    let line = File::open(file).and_then(input::first_line).map_err(|cause| {
        Error::new(Kind::Configuration, format!("cannot read {}", file.display()))
            .with_cause(cause)
            .with_hint("check its name and its permissions")
    })?;
    secret(line)
        .ok_or_else(|| Error::new(Kind::Configuration, format!("{} is not UTF-8", file.display())))
}

fn in_environment() -> Result<Option<Secret>, Error> {
    match env::var(VARIABLE) {
        Ok(password) => Ok(given(password.into())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Error::new(Kind::Configuration, format!("{VARIABLE} is not UTF-8")))
        }
    }
}

fn printed_by(command: &str) -> Result<Secret, Error> {
    let fail = || Error::new(Kind::Configuration, "--password-command did not give a password");
    let line = command::first_line_of(command).map_err(|cause| fail().with_cause(cause))?;
    secret(line).ok_or_else(|| fail().with_hint("it is not UTF-8"))
}

fn prompt(user: &str) -> Result<Secret, Error> {
    if !io::stdin().is_terminal() {
        return Err(missing(user));
    }
    let typed = rpassword::prompt_password(format!("Password for {}: ", escape(user)))
        .map_err(|cause| missing(user).with_cause(cause))?;
    given(typed.into()).ok_or_else(|| missing(user))
}

fn missing(user: &str) -> Error {
    Error::new(Kind::Configuration, format!("no password for {user}")).with_hint(
        "set SMTP_PASSWORD, or use --password-file or --password-command; a terminal is asked",
    )
}

/// The password in a line, if it is text. A line may end in CR; no copy is left behind.
fn secret(line: Vec<u8>) -> Option<Secret> {
    let mut text = String::from_utf8(line).ok()?;
    text.truncate(text.find('\r').unwrap_or(text.len()));
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_counts() {
        for text in ["sesame", "sesame\r", "sesame\rsecond"] {
            assert_eq!(secret(text.into()).unwrap().reveal(), "sesame");
        }
        assert_eq!(secret(" with spaces ".into()).unwrap().reveal(), " with spaces ");
        assert!(secret(b"\xff".into()).is_none());
    }

    #[test]
    fn what_is_left_empty_is_no_password() {
        let given = |text: &str| given(secret(text.into()).unwrap());
        assert_eq!(given("\u{feff}sesame\r").unwrap().reveal(), "sesame");
        assert!(["", "\rsesame", "\u{feff}\r"].into_iter().all(|text| given(text).is_none()));
    }

    #[test]
    fn a_command_that_fails_gives_no_password() {
        assert_eq!(printed_by("echo sesame; echo more").unwrap().reveal(), "sesame");
        assert_eq!(printed_by("printf sesame").unwrap().reveal(), "sesame");
        assert_eq!(printed_by("true").unwrap().reveal(), "");
        assert_eq!(printed_by("echo sesame; exit 3").unwrap_err().kind(), Kind::Configuration);
    }

    #[test]
    fn a_child_that_is_left_behind_is_not_waited_for() {
        // Where it were, the test would hang as long as the child.
        let pid = printed_by("sleep 3600 & echo $!").unwrap();
        let killed = std::process::Command::new("kill").arg(pid.reveal()).status().unwrap();
        assert!(killed.success(), "the child had ended");
    }

    #[test]
    fn a_command_that_never_stops_printing_is_refused() {
        for endless in ["yes", "yes | tr -d '\\n'", "cat /dev/zero"] {
            assert_eq!(printed_by(endless).unwrap_err().kind(), Kind::Configuration, "{endless}");
        }
        let much = "echo sesame; head -c 60000 /dev/zero";
        assert_eq!(printed_by(much).unwrap().reveal(), "sesame");
    }
}

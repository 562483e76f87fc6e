//! Where a password comes from: never from an argument of its own, which other users could see.

mod command;

use std::{
    env,
    fs::File,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::Args;
use mailer::{Error, Kind, Secret};

use crate::input;

const VARIABLE: &str = "SMTP_PASSWORD";

#[derive(Args, Clone, Debug)]
pub(crate) struct PasswordOptions {
    /// Takes the password from the first line of FILE
    #[arg(long, value_name = "FILE", help_heading = "Server", conflicts_with = "password_command")]
    password_file: Option<PathBuf>,
    /// Takes the password from the first line that COMMAND prints
    #[arg(long, value_name = "COMMAND", help_heading = "Server")]
    password_command: Option<String>,
}

impl PasswordOptions {
    /// The password, from the first source that is there: these options, the environment variable
    /// SMTP_PASSWORD, the URL, a prompt on a terminal.
    pub(crate) fn password(&self, user: &str, in_url: Option<Secret>) -> Result<Secret, Error> {
        if let Some(file) = &self.password_file {
            let line = File::open(file).and_then(input::first_line).map_err(|cause| {
                Error::new(Kind::Configuration, format!("cannot read {}", file.display()))
                    .because(cause)
                    .hint("check its name and its permissions")
            })?;
            return secret(line).ok_or_else(|| {
                Error::new(Kind::Configuration, format!("{} is not UTF-8", file.display()))
            });
        }
        if let Some(command) = &self.password_command {
            return printed_by(command);
        }
        if let Ok(password) = env::var(VARIABLE) {
            return Ok(password.into());
        }
        in_url.map_or_else(|| prompt(user), Ok)
    }
}

fn printed_by(command: &str) -> Result<Secret, Error> {
    let fail = || Error::new(Kind::Configuration, "--password-command did not give a password");
    let line = command::first_line_of(command).map_err(|cause| fail().because(cause))?;
    secret(line).ok_or_else(|| fail().hint("it is not UTF-8"))
}

fn prompt(user: &str) -> Result<Secret, Error> {
    let missing = || {
        Error::new(Kind::Configuration, format!("no password for {}", user.escape_debug())).hint(
            "set SMTP_PASSWORD, or use --password-file or --password-command; a terminal is asked",
        )
    };
    if !io::stdin().is_terminal() {
        return Err(missing());
    }
    rpassword::prompt_password(format!("Password for {}: ", user.escape_debug()))
        .map(Secret::from)
        .map_err(|cause| missing().because(cause))
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

//! Where a password comes from: never from an argument of its own, which other users could see.

use std::{
    env, fs,
    io::{self, IsTerminal as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use clap::Args;
use mailer::{Error, Kind, Secret};

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
            let text = fs::read_to_string(file).map_err(|cause| {
                Error::new(Kind::Configuration, format!("cannot read {}", file.display()))
                    .because(cause)
                    .hint("check its name and its permissions")
            })?;
            return Ok(first_line(text));
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
    let output = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|cause| fail().because(cause))?;
    if !output.status.success() {
        return Err(fail().because(io::Error::other(output.status.to_string())));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| fail().hint("it is not UTF-8"))?;
    Ok(first_line(text))
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

/// Cuts at the first line end, in place: no copy is left behind.
fn first_line(mut text: String) -> Secret {
    text.truncate(text.find(['\r', '\n']).unwrap_or(text.len()));
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_counts() {
        for text in ["sesame\n", "sesame\r\nsecond\n", "sesame"] {
            assert_eq!(first_line(text.into()).reveal(), "sesame");
        }
        assert_eq!(first_line(" with spaces \n".into()).reveal(), " with spaces ");
    }

    #[test]
    fn a_command_that_fails_gives_no_password() {
        assert_eq!(printed_by("echo sesame; echo more").unwrap().reveal(), "sesame");
        assert_eq!(printed_by("echo sesame; exit 3").unwrap_err().kind(), Kind::Configuration);
    }
}

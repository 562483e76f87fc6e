//! The sources of a password or an access token. No option is for the secret itself, because other users can
//! read the arguments of a process; only the URL of `--server` may contain a password.

mod command;

use std::{
    env::{self, VarError},
    fs::File,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use clap::Args;
use mailer::{Credentials, Error, Kind, Mechanism, Secret, ServerUrl, escape};

use crate::{input, profile::ProfileSecret};

/// A kind of secret: its environment variable, and the option for a command.
struct Source {
    variable: &'static str,
    command: &'static str,
}

const PASSWORD: Source = Source { variable: "SMTP_PASSWORD", command: "--password-command" };
const TOKEN: Source = Source { variable: "SMTP_TOKEN", command: "--token-command" };

#[derive(Args, Clone, Debug)]
pub(crate) struct PasswordOptions {
    /// Read the password from FILE
    ///
    /// Only the first line of FILE is read.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = super::optional_path(),
        help_heading = "Server",
        conflicts_with = "password_command"
    )]
    password_file: Option<PathBuf>,
    /// Read the password from COMMAND's output
    ///
    /// A shell (sh -c) runs COMMAND, and the first line of its output is the password.
    #[arg(long, value_name = "COMMAND", help_heading = "Server")]
    password_command: Option<String>,
    /// Read an OAuth 2 access token from FILE
    ///
    /// With a token instead of a password, AUTH uses oauthbearer or xoauth2. Only the first line of FILE is read.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = super::optional_path(),
        help_heading = "Server",
        conflicts_with = "token_command"
    )]
    token_file: Option<PathBuf>,
    /// Read an access token from COMMAND's output
    ///
    /// A shell (sh -c) runs COMMAND, and the first line of its output is the OAuth 2 access token. It may run a
    /// program that renews tokens. The environment variable SMTP_TOKEN may contain a token as well.
    #[arg(long, value_name = "COMMAND", help_heading = "Server")]
    token_command: Option<String>,
    /// The password of the profile.
    #[arg(skip)]
    pub(super) password_in_profile: ProfileSecret,
    /// The access token of the profile.
    #[arg(skip)]
    pub(super) token_in_profile: ProfileSecret,
    /// Whether SMTP_PASSWORD and SMTP_TOKEN belong to another account.
    #[arg(skip)]
    ignores_environment: bool,
}

impl PasswordOptions {
    /// Returns the options for this user of the server in `url`. The variables SMTP_PASSWORD and SMTP_TOKEN belong
    /// to the account of SMTP_URL, if that is set, and are not used for another server or user.
    pub(super) fn with_environment_of(
        self,
        account: Option<ServerUrl>,
        url: &ServerUrl,
        user: &str,
    ) -> Self {
        let is_other = |account: ServerUrl| {
            (account.host, account.port) != (url.host.clone(), url.port)
                || account.user.is_some_and(|owner| owner != user)
        };
        Self { ignores_environment: account.is_some_and(is_other), ..self }
    }

    /// Returns the credentials of this user, with the first secret that is found: the password or the access
    /// token of an option, the token in SMTP_TOKEN, the password in SMTP_PASSWORD or in the URL, the secret of
    /// the profile, a password typed at a prompt. `mechanism` decides if only one of the two fits it.
    pub(crate) fn credentials(
        &self,
        user: &str,
        in_url: Option<Secret>,
        mechanism: Option<Mechanism>,
    ) -> Result<Credentials, Error> {
        let wants_token = mechanism.map(Mechanism::takes_token);
        if wants_token != Some(false)
            && let Some(token) = self.token(wants_token.is_some())?
        {
            return Credentials::with_token(user, token);
        }
        let has_password = in_url.is_some() || self.has_password()?;
        let fits_token = wants_token.unwrap_or(!has_password);
        if fits_token && let Some(token) = TOKEN.in_profile(&self.token_in_profile)? {
            return Credentials::with_token(user, token);
        }
        if wants_token == Some(true) {
            let error = Error::new(Kind::Configuration, format!("no access token for {user}"))
                .with_hint("set SMTP_TOKEN, or pass --token-file or --token-command");
            return Err(self.explain(error));
        }
        Credentials::new(user, self.password(user, in_url)?)
    }

    /// Returns the access token from the options or from SMTP_TOKEN; unless it `is_wanted`, an option for a
    /// password takes precedence over the variable.
    pub(crate) fn token(&self, is_wanted: bool) -> Result<Option<Secret>, Error> {
        let from_option =
            TOKEN.in_options(self.token_file.as_deref(), self.token_command.as_deref())?;
        let has_password = self.password_file.is_some() || self.password_command.is_some();
        match from_option {
            None if is_wanted || !has_password => self.in_environment(&TOKEN),
            token => Ok(token),
        }
    }

    /// Returns the first option that is set; an empty value counts as not set.
    pub(crate) fn option_name(&self) -> Option<&'static str> {
        let is_file =
            |file: &Option<PathBuf>| file.as_ref().is_some_and(|it| !it.as_os_str().is_empty());
        let is_command =
            |command: &Option<String>| command.as_ref().is_some_and(|it| !it.is_empty());
        let options = [
            (is_file(&self.password_file), "--password-file"),
            (is_command(&self.password_command), "--password-command"),
            (is_file(&self.token_file), "--token-file"),
            (is_command(&self.token_command), "--token-command"),
        ];
        options.into_iter().find_map(|(is_set, name)| is_set.then_some(name))
    }

    /// Whether an option or the environment has a password.
    pub(crate) fn has_password(&self) -> Result<bool, Error> {
        let has_option = self.password_file.is_some() || self.password_command.is_some();
        Ok(has_option || self.in_environment(&PASSWORD)?.is_some())
    }

    /// Returns the password from the first source that has one: these options, the environment variable
    /// SMTP_PASSWORD, the URL, the profile, a prompt on the terminal. An empty password counts as not set.
    pub(crate) fn password(&self, user: &str, in_url: Option<Secret>) -> Result<Secret, Error> {
        let (file, command) = (self.password_file.as_deref(), self.password_command.as_deref());
        if let Some(password) = PASSWORD.in_options(file, command)? {
            return Ok(password);
        }
        let password = self.in_environment(&PASSWORD)?.or_else(|| in_url.and_then(non_empty));
        if let Some(password) = password {
            return Ok(password);
        }
        let in_profile = PASSWORD.in_profile(&self.password_in_profile)?;
        in_profile.map_or_else(|| prompt(user), Ok).map_err(|error| self.explain(error))
    }

    /// Returns the secret in the environment, if it is for this account.
    fn in_environment(&self, source: &Source) -> Result<Option<Secret>, Error> {
        if self.ignores_environment { Ok(None) } else { source.in_environment() }
    }

    /// Says in the hint why a variable that is set is not used.
    fn explain(&self, error: Error) -> Error {
        let is_set = |source: &Source| matches!(source.in_environment(), Ok(Some(_)));
        match [PASSWORD, TOKEN].iter().find(|source| is_set(source)) {
            Some(Source { variable, .. }) if self.ignores_environment => error.with_hint(format!(
                "{variable} is not used here, because it belongs to the server and the user in SMTP_URL: \
                 unset SMTP_URL, or pass --password-file or --password-command"
            )),
            _ => error,
        }
    }
}

impl Source {
    fn in_options(
        &self,
        file: Option<&Path>,
        command: Option<&str>,
    ) -> Result<Option<Secret>, Error> {
        Ok(match (file, command) {
            (Some(file), _) if !file.as_os_str().is_empty() => non_empty(from_file(file)?),
            (_, Some(command)) if !command.is_empty() => {
                non_empty(from_command(command, self.command)?)
            }
            _ => None,
        })
    }

    fn in_profile(&self, secret: &ProfileSecret) -> Result<Option<Secret>, Error> {
        Ok(match secret {
            ProfileSecret::None => None,
            ProfileSecret::Text(secret) => non_empty(secret.clone()),
            ProfileSecret::File(file) => non_empty(from_file(file)?),
            ProfileSecret::Command(command) => {
                let key = self.command.trim_start_matches('-');
                non_empty(from_command(command, &format!("the {key} of the profile"))?)
            }
        })
    }

    fn in_environment(&self) -> Result<Option<Secret>, Error> {
        match env::var(self.variable) {
            Ok(secret) => Ok(non_empty(secret.into())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => {
                Err(Error::new(Kind::Configuration, format!("{} is not UTF-8", self.variable)))
            }
        }
    }
}

/// Returns the password without a line end and a byte order mark, if anything is left.
fn non_empty(password: Secret) -> Option<Secret> {
    Some(password.trimmed()).filter(|password| !password.is_empty())
}

fn from_file(file: &Path) -> Result<Secret, Error> {
    let line = File::open(file).and_then(input::first_line).map_err(|cause| {
        Error::new(Kind::Configuration, format!("cannot read {}", file.display()))
            .with_cause(cause)
            .with_hint("check the file's name and permissions")
    })?;
    secret(line)
        .ok_or_else(|| Error::new(Kind::Configuration, format!("{} is not UTF-8", file.display())))
}

fn from_command(command: &str, source: &str) -> Result<Secret, Error> {
    let fail = || Error::new(Kind::Configuration, format!("{source} failed"));
    let line = command::first_line_of(command).map_err(|cause| fail().with_cause(cause))?;
    secret(line).ok_or_else(|| fail().with_cause("its output is not UTF-8"))
}

fn prompt(user: &str) -> Result<Secret, Error> {
    if !io::stdin().is_terminal() {
        return Err(missing(user));
    }
    let typed = rpassword::prompt_password(format!("Password for {}: ", escape(user)))
        .map_err(|cause| missing(user).with_cause(cause))?;
    non_empty(typed.into()).ok_or_else(|| missing(user))
}

fn missing(user: &str) -> Error {
    Error::new(Kind::Configuration, format!("no password for {user}")).with_hint(
        "set SMTP_PASSWORD, pass --password-file or --password-command, or run this in a terminal; for an \
         access token, set SMTP_TOKEN or pass --token-file or --token-command",
    )
}

/// Returns the secret in a line, if it is UTF-8, without a CR at its end. It leaves no copy in memory.
fn secret(line: Vec<u8>) -> Option<Secret> {
    let mut text = String::from_utf8(line).ok()?;
    text.truncate(text.find('\r').unwrap_or(text.len()));
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_command(command: &str) -> Result<Secret, Error> {
        super::from_command(command, "--password-command")
    }

    #[test]
    fn the_password_ends_at_a_cr() {
        for text in ["sesame", "sesame\r", "sesame\rsecond"] {
            assert_eq!(secret(text.into()).unwrap().reveal(), "sesame");
        }
        assert_eq!(secret(" with spaces ".into()).unwrap().reveal(), " with spaces ");
        assert!(secret(b"\xff".into()).is_none());
    }

    #[test]
    fn an_empty_line_is_no_password() {
        let password = |text: &str| non_empty(secret(text.into()).unwrap());
        assert_eq!(password("\u{feff}sesame\r").unwrap().reveal(), "sesame");
        assert!(["", "\rsesame", "\u{feff}\r"].into_iter().all(|text| password(text).is_none()));
    }

    #[test]
    fn a_command_gives_the_first_line_of_its_output_unless_it_fails() {
        assert_eq!(from_command("echo sesame; echo more").unwrap().reveal(), "sesame");
        assert_eq!(from_command("printf sesame").unwrap().reveal(), "sesame");
        assert_eq!(from_command("true").unwrap().reveal(), "");
        assert_eq!(from_command("echo sesame; exit 3").unwrap_err().kind(), Kind::Configuration);
    }

    #[test]
    fn a_command_ends_when_its_shell_ends_though_a_child_holds_the_output_open() {
        // If the reader waited for the child, the test would hang for an hour.
        let pid = from_command("sleep 3600 & echo $!").unwrap();
        let killed = std::process::Command::new("kill").arg(pid.reveal()).status().unwrap();
        assert!(killed.success(), "the child had ended");
    }

    #[test]
    fn a_command_may_print_64_kib() {
        for endless in ["yes", "yes | tr -d '\\n'", "cat /dev/zero"] {
            assert_eq!(from_command(endless).unwrap_err().kind(), Kind::Configuration, "{endless}");
        }
        let much = "echo sesame; head -c 60000 /dev/zero";
        assert_eq!(from_command(much).unwrap().reveal(), "sesame");
    }
}

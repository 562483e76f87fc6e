//! Where to send to.

use std::{path::PathBuf, time::Duration};

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser},
};
use mailer::{Credentials, Error, HelloName, Kind, Mechanism, Secret, Server, ServerUrl, Timeouts};

use super::PasswordOptions;
use crate::input::{self, Limits};

/// Bytes of a CA file, at most: all authorities of a system have less than one MiB.
const MAX_CA: u64 = 16 * 1024 * 1024;

#[derive(Args, Clone, Debug)]
pub(crate) struct ServerOptions {
    // It may hold a password.
    #[arg(
        help = "The server: smtp://[user@]host[:port][?tls=required|opportunistic|none], smtps://... or \
                host:port",
        long,
        value_name = "URL",
        env = "SMTP_URL",
        hide_env_values = true,
        help_heading = "Server"
    )]
    server: Option<Secret>,
    /// Logs in as USER
    #[arg(long, value_name = "USER", help_heading = "Server")]
    user: Option<String>,
    #[command(flatten)]
    password: PasswordOptions,
    /// The AUTH mechanism [default: the first of plain, login that the server offers]
    #[arg(long, value_name = "MECHANISM", value_parser = mechanisms(), help_heading = "Server")]
    auth: Option<String>,
    /// Also believes certificates signed by the CA in FILE (PEM)
    #[arg(long, value_name = "FILE", value_parser = super::path(), help_heading = "Server")]
    ca: Option<PathBuf>,
    /// Believes any certificate: anybody on the path can read the password and the mail
    #[arg(long, help_heading = "Server")]
    dangerously_accept_invalid_certificates: bool,
    /// The longest that each step may take [default: RFC 5321's: minutes]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Server")]
    timeout: Option<Duration>,
    /// What to call this machine in EHLO [default: its host name]
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    hello: Option<String>,
}

impl ServerOptions {
    /// The server that the options name, if they name one.
    pub(crate) fn server(&self) -> Result<Option<Server>, Error> {
        let Some(url) = self.url() else { return Ok(None) };
        let url: ServerUrl = url.reveal().parse()?;
        let mut server = Server::new(url.host, url.port, url.security);
        if let Some(user) = self.user().map(Into::into).or(url.user) {
            let password = self.password.password(&user, url.password)?;
            server.credentials = Some(Credentials::new(user, password)?);
        }
        self.apply(&mut server)?;
        Ok(Some(server))
    }

    /// The longest that each step may take, if an option says so.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Whether a server is named.
    pub(crate) fn names_a_server(&self) -> bool {
        self.url().is_some()
    }

    /// Whether a user is named for a server that is not.
    pub(crate) fn names_a_user_only(&self) -> bool {
        self.user().is_some() && !self.names_a_server()
    }

    /// An empty SMTP_URL is as good as none. It may come from a file, with a line end.
    fn url(&self) -> Option<Secret> {
        self.server.clone().map(Secret::trimmed).filter(|url| !url.is_empty())
    }

    fn user(&self) -> Option<&str> {
        self.user.as_deref().filter(|user| !user.is_empty())
    }

    /// All that holds for any server, the embedded one too.
    pub(crate) fn apply(&self, server: &mut Server) -> Result<(), Error> {
        server.mechanism = match self.auth.as_deref() {
            Some("plain") => Some(Mechanism::Plain),
            Some("login") => Some(Mechanism::Login),
            _ => None,
        };
        if let Some(limit) = self.timeout {
            server.timeouts = Timeouts::all(limit);
        }
        server.hello = match self.hello.as_deref() {
            Some("") | None => host_name(),
            Some(name) => name.parse()?,
        };
        if let Some(file) = self.ca.as_ref().filter(|file| !file.as_os_str().is_empty()) {
            let fail = || {
                Error::new(
                    Kind::Configuration,
                    format!("cannot use the CA file {}", file.display()),
                )
            };
            let limits = Limits { bytes: MAX_CA, time: self.timeout };
            let pem = input::read(file, limits).map_err(|cause| fail().with_cause(cause))?;
            server.trust.add_pem(&pem).map_err(|cause| fail().with_cause(cause))?;
        }
        if self.dangerously_accept_invalid_certificates {
            server.trust.accept_invalid_certificates();
        }
        Ok(())
    }
}

/// This machine's name, if EHLO can give it.
fn host_name() -> HelloName {
    let name = hostname::get().unwrap_or_default();
    HelloName::for_machine(name.to_str().unwrap_or_default())
}

/// The mechanisms; none, where the option is set to nothing.
fn mechanisms() -> PossibleValuesParser {
    let values = ["plain", "login"].map(PossibleValue::new).into_iter();
    values.chain([PossibleValue::new("").hide(true)]).collect::<Vec<_>>().into()
}

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A number of seconds above 0.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|limit| !limit.is_zero() && *limit <= YEAR)
        .ok_or_else(|| "not a number of seconds above 0, and below a year".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_above_nothing() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "x", "1e400", "1e19", "NaN"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}

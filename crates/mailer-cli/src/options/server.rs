//! The options that name a server and how to connect to it.

use std::{env, mem, path::PathBuf, time::Duration};

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser},
};
use mailer::{
    ClientCertificate, Credentials, Error, HelloName, Kind, Mechanism, Secret, Server, ServerUrl,
    Setting, Timeouts,
};
use zeroize::Zeroizing;

use super::{PasswordOptions, TlsLibraryOptions};
use crate::{
    input::{self, Limits},
    profile::{self, Profile},
};

/// The largest CA file, in bytes. All CAs of a system together need less than 1 MiB.
const MAX_CA: u64 = 16 * 1024 * 1024;

#[derive(Args, Clone, Debug)]
pub(crate) struct ServerOptions {
    // A `Secret`, because the URL may contain a password.
    #[arg(
        help = "Connect to this server",
        long_help = "Connect to this server: smtp://[user@]host[:port][?tls=required|opportunistic|none], \
            smtps://[user@]host[:port] or host:port\n\n\
            smtp:// uses STARTTLS, and smtps:// uses TLS from the first byte. A URL may contain a password \
            (user:password@host). Other users of this machine can read the password there, in the list of \
            processes: use SMTP_URL, SMTP_PASSWORD, --password-file or --password-command instead.",
        long,
        value_name = "URL",
        env = "SMTP_URL",
        hide_env_values = true,
        help_heading = "Server"
    )]
    server: Option<Secret>,
    /// Use the settings of this profile
    ///
    /// A profile is a table of the file $XDG_CONFIG_HOME/mailer/config.toml (~/.config/mailer/config.toml):
    /// a server, a user and more. Options and environment variables take precedence over it. send and check
    /// use the profile "default", if there is one and this option is missing.
    #[arg(long = "profile", value_name = "NAME", help_heading = "Server")]
    profile: Option<String>,
    /// Log in as USER
    #[arg(long, value_name = "USER", help_heading = "Server")]
    user: Option<String>,
    #[command(flatten)]
    password: PasswordOptions,
    #[arg(
        help = "Use this AUTH mechanism",
        long_help = mechanism_help(),
        long,
        value_name = "MECHANISM",
        value_parser = mechanisms(),
        hide_possible_values = true,
        help_heading = "Server"
    )]
    auth: Option<String>,
    /// Trust the CA in FILE as well (PEM)
    #[arg(long, value_name = "FILE", value_parser = super::optional_path(), help_heading = "Server")]
    ca: Option<PathBuf>,
    /// Use the client certificate in FILE (PEM)
    ///
    /// A server that asks for a client certificate gets this one. FILE may continue with the certificates that lead
    /// to its CA, and may contain the key as well.
    #[arg(long, value_name = "FILE", value_parser = super::optional_path(), help_heading = "Server")]
    cert: Option<PathBuf>,
    /// Read the key of --cert from FILE (PEM)
    ///
    /// The key is in PKCS#8 form (BEGIN PRIVATE KEY) and not encrypted.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = super::optional_path(),
        requires = "cert",
        help_heading = "Server"
    )]
    key: Option<PathBuf>,
    /// Accept any certificate (insecure)
    ///
    /// An attacker on the path to the server can then read the password and the message.
    #[arg(long, hide_short_help = true, help_heading = "Server")]
    dangerously_accept_invalid_certificates: bool,
    #[command(flatten)]
    pub(crate) tls_library: TlsLibraryOptions,
    /// Limit the time of each step
    ///
    /// The limit is in seconds. By default each step has the limit of RFC 5321, section 4.5.3.2 (2 to 10
    /// minutes); connecting has 30 s and QUIT 10 s. With this option, reading a pipe is limited as well.
    #[arg(long, value_name = "SECONDS", value_parser = super::seconds, help_heading = "Server")]
    timeout: Option<Duration>,
    /// Send NAME in EHLO [default: host name]
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    hello: Option<String>,
}

impl ServerOptions {
    /// Returns the server that the options name, if they name one.
    ///
    /// A secret is used only for its own account: the password of a URL for the user of that URL, and the
    /// variables SMTP_PASSWORD and SMTP_TOKEN for the server and the user of SMTP_URL, if that is set.
    pub(crate) fn server(&self) -> Result<Option<Server>, Error> {
        self.named(|user, url| {
            let is_own = url.user.as_deref() == Some(user);
            let in_url = url.password.clone().filter(|_| is_own);
            let password =
                self.password.clone().with_environment_of(account_of_smtp_url(), url, user);
            password.credentials(user, in_url, self.mechanism())
        })
    }

    /// Returns the server of a URL that does not come from this user. The options' account belongs to the server
    /// of `--server`, so it is not used here.
    pub(crate) fn server_of(&self, url: &str) -> Result<Server, Error> {
        let mut server: Server = url.parse()?;
        self.apply(&mut server)?;
        server.client_certificate = None;
        Ok(server)
    }

    /// Returns the server that the options name, if they name one, with `secret` in place of the user's
    /// password or access token, which is not read.
    pub(crate) fn server_with(&self, secret: &str) -> Result<Option<Server>, Error> {
        let takes_token = self.mechanism().is_some_and(Mechanism::takes_token);
        self.named(|user, _| match takes_token {
            true => Credentials::with_token(user, secret),
            false => Credentials::new(user, secret),
        })
    }

    /// Returns the server that the options name, with the credentials that `credentials` returns for a user
    /// and the URL.
    fn named(
        &self,
        credentials: impl FnOnce(&str, &ServerUrl) -> Result<Credentials, Error>,
    ) -> Result<Option<Server>, Error> {
        let Some(url) = self.url() else { return Ok(None) };
        let url: ServerUrl = url.reveal().parse()?;
        let mut server = Server::new(url.host.clone(), url.port, url.security);
        match self.user().or(url.user.as_deref()) {
            Some(user) => server.credentials = Some(credentials(user, &url)?),
            None => self.refuse_login_options()?,
        }
        self.apply(&mut server)?;
        Ok(Some(server))
    }

    /// Fails if an option is about a login, which needs a user. SMTP_PASSWORD and SMTP_TOKEN are allowed: they may be set
    /// for other servers.
    fn refuse_login_options(&self) -> Result<(), Error> {
        let mechanism = self.mechanism().map(|_| "--auth");
        let Some(option) = self.password.option_name().or(mechanism) else { return Ok(()) };
        Err(Error::new(Kind::Configuration, format!("{option} is set, but no user is named"))
            .with_hint("name the user with --user or in the URL"))
    }

    /// Completes the options with the profile that they name. Without a name it is the default profile, if
    /// the command `has_default`.
    ///
    /// The account of a profile (user, secret, mechanism and certificates) belongs to its server: it is not used at
    /// a server from `--server` or `SMTP_URL`, and its secret is not used for another user.
    pub(crate) fn use_profile(&mut self, has_default: bool) -> Result<Option<Profile>, Error> {
        let name = self.profile.as_deref().filter(|name| !name.is_empty());
        if name.is_none() && !has_default {
            return Ok(None);
        }
        let Some(mut profile) = profile::load(name)? else { return Ok(None) };
        if !self.names_a_server() {
            self.server = profile.server.take();
            let owner = profile.user.clone().or_else(|| self.parsed_url()?.user);
            if self.user().is_none_or(|user| Some(user) == owner.as_deref()) {
                self.password.password_in_profile = mem::take(&mut profile.password);
                self.password.token_in_profile = mem::take(&mut profile.token);
            }
            fill(&mut self.user, profile.user.take());
            fill(&mut self.auth, profile.auth.take());
            if set(self.ca.as_ref()).is_none() {
                self.ca = profile.ca.take();
            }
            if set(self.cert.as_ref()).is_none() {
                self.cert = profile.cert.take();
                self.key = profile.key.take();
            }
        }
        self.tls_library.use_profile(profile.tls_library);
        fill(&mut self.hello, profile.hello.take());
        self.timeout = self.timeout.or(profile.timeout);
        Ok(Some(profile))
    }

    /// Returns the limit of each step, if `--timeout` is set.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    pub(crate) fn names_a_server(&self) -> bool {
        self.url().is_some()
    }

    /// Whether the server is that of SMTP_URL.
    pub(crate) fn is_from_environment(&self) -> bool {
        let named = self.url().zip(env::var("SMTP_URL").ok());
        named.is_some_and(|(url, variable)| {
            url.reveal() == Secret::from(variable).trimmed().reveal()
        })
    }

    /// Whether the options name a user and no server.
    pub(crate) fn names_only_a_user(&self) -> bool {
        self.user().is_some() && !self.names_a_server()
    }

    /// Returns the URL. SMTP_URL may come from a file, with a line end; an empty URL counts as not set.
    fn url(&self) -> Option<Secret> {
        self.server.clone().map(Secret::trimmed).filter(|url| !url.is_empty())
    }

    fn parsed_url(&self) -> Option<ServerUrl> {
        self.url()?.reveal().parse().ok()
    }

    /// Returns the value of `--user`; an empty value counts as not set.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref().filter(|user| !user.is_empty())
    }

    /// Returns the mechanism of `--auth`, if it is set.
    pub(crate) fn mechanism(&self) -> Option<Mechanism> {
        mechanism_named(self.auth.as_deref()?)
    }

    /// Returns the client certificate with its key, if there is one.
    fn identity(&self) -> Result<Option<ClientCertificate>, Error> {
        let Some(cert) = set(self.cert.as_ref()) else { return Ok(None) };
        let key = set(self.key.as_ref()).unwrap_or(cert);
        let read = |file: &PathBuf| {
            let limits = Limits { bytes: MAX_CA, time: self.timeout };
            let text = input::read(file, limits).map_err(|cause| {
                Error::new(Kind::Configuration, format!("cannot read {}", file.display()))
                    .with_cause(cause)
                    .with_hint("check the file's name and permissions")
                    .with_settings(&[Setting::ClientCertificate])
            });
            text.map(Zeroizing::new)
        };
        ClientCertificate::from_pem(&read(cert)?, &read(key)?).map(Some)
    }

    /// Applies the options that hold for every server, the embedded one included.
    pub(crate) fn apply(&self, server: &mut Server) -> Result<(), Error> {
        if let Some(mechanism) = self.mechanism() {
            server.mechanisms = vec![mechanism];
            // The embedded server accepts the password of its account as an access token too.
            if let Some(embedded) = server.credentials.as_ref()
                && mechanism.takes_token() != embedded.has_token()
            {
                let (user, secret) = (embedded.user(), embedded.secret().clone());
                server.credentials = Some(Credentials::with_token(user, secret)?);
            }
        }
        self.tls_library.apply(server);
        if let Some(limit) = self.timeout {
            server.timeouts = Timeouts::all(limit);
        }
        server.hello = match self.hello.as_deref() {
            Some("") | None => host_name(),
            Some(name) => name.parse()?,
        };
        if let Some(file) = set(self.ca.as_ref()) {
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
        server.client_certificate = self.identity()?;
        if self.dangerously_accept_invalid_certificates {
            server.trust.accept_invalid_certificates();
        }
        Ok(())
    }
}

/// Returns the URL in SMTP_URL, if there is one. It names the account of SMTP_PASSWORD and SMTP_TOKEN.
fn account_of_smtp_url() -> Option<ServerUrl> {
    let url = Secret::from(env::var("SMTP_URL").ok()?).trimmed();
    url.reveal().parse().ok()
}

/// Sets an option that is not set, or empty.
fn fill(option: &mut Option<String>, value: Option<String>) {
    if option.as_deref().is_none_or(str::is_empty) {
        *option = value;
    }
}

/// Returns a path that is not empty.
fn set(path: Option<&PathBuf>) -> Option<&PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
}

/// Returns this machine's name in a form that EHLO allows.
fn host_name() -> HelloName {
    let name = hostname::get().unwrap_or_default();
    HelloName::for_machine(name.to_str().unwrap_or_default())
}

/// Returns the mechanism with this name, if there is one.
pub(crate) fn mechanism_named(name: &str) -> Option<Mechanism> {
    Mechanism::ALL.iter().copied().find(|known| known.name().eq_ignore_ascii_case(name))
}

/// Parses the name of a mechanism; an empty value counts as not set.
pub(crate) fn mechanisms() -> PossibleValuesParser {
    let values = Mechanism::ALL.iter().map(|mechanism| mechanism.name().to_ascii_lowercase());
    let values = values.map(PossibleValue::new);
    values.chain([PossibleValue::new("").hide(true)]).collect::<Vec<_>>().into()
}

fn mechanism_help() -> String {
    let names = |takes_token| {
        let fits = |mechanism: &&Mechanism| mechanism.takes_token() == takes_token;
        let names = Mechanism::ALL.iter().filter(fits).map(|it| it.name().to_ascii_lowercase());
        names.collect::<Vec<_>>().join(", ")
    };
    format!(
        "Use this AUTH mechanism: {} with a password, or {} with an access token\n\n\
         By default the first of these is used that the server offers; compare and bench leave out those that a \
         backend lacks. If the server does not know the mechanism (504), the next one is tried. With --auth, no \
         other is.",
        names(false),
        names(true)
    )
}

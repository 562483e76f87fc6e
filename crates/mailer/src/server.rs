//! Where to send to, and how.

mod credentials;
mod mask;
mod timeouts;
mod trust;
mod url;

use std::{fmt, net::SocketAddr, str::FromStr};

pub use credentials::{Credentials, Mechanism, Secret};
pub use mask::Mask;
pub use timeouts::Timeouts;
pub use trust::Trust;
pub use url::ServerUrl;

use crate::{Error, HelloName, HostName, Kind};

/// A server, and all that both backends need to know to open a connection to it.
///
/// ```
/// use mailer::{Security, Server};
/// let server: Server = "smtp://mail.example.com".parse()?;
/// assert_eq!((server.port, server.security), (587, Security::Required));
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    /// The name that is resolved, and that the certificate must be for.
    pub host: HostName,
    /// The TCP port.
    pub port: u16,
    /// Where TCP goes instead of `host` and `port`: to a relay on the way, say. Certificates are
    /// still checked for `host`.
    pub connect_to: Option<SocketAddr>,
    /// When TLS starts.
    pub security: Security,
    /// Who is sending; `None` means that no AUTH is tried.
    pub credentials: Option<Credentials>,
    /// The AUTH mechanism to use; `None` means the first of [`Mechanism::ALL`] that is offered.
    pub mechanism: Option<Mechanism>,
    /// Which certificates are believed.
    pub trust: Trust,
    /// How long each step may take.
    pub timeouts: Timeouts,
    /// What the client calls itself.
    pub hello: HelloName,
}

impl Server {
    /// A server with everything else at its default.
    #[must_use]
    pub fn new(host: HostName, port: u16, security: Security) -> Self {
        Self {
            host,
            port,
            connect_to: None,
            security,
            credentials: None,
            mechanism: None,
            trust: Trust::default(),
            timeouts: Timeouts::default(),
            hello: HelloName::default(),
        }
    }

    /// Whether the session must be inside TLS before anything else is said in it.
    ///
    /// Opportunistic mode would carry a password in the clear where an attacker removed STARTTLS
    /// from the server's answer; with credentials it is therefore the same as required.
    #[must_use]
    pub fn needs_starttls(&self) -> bool {
        match self.security {
            Security::Required => true,
            Security::Opportunistic => self.credentials.is_some(),
            Security::Implicit | Security::None => false,
        }
    }
}

impl FromStr for Server {
    type Err = Error;

    /// Reads a URL as [`ServerUrl`] does; a user in it must come with a password.
    fn from_str(text: &str) -> Result<Self, Error> {
        let url: ServerUrl = text.parse()?;
        let mut server = Self::new(url.host, url.port, url.security);
        server.credentials = match (url.user, url.password) {
            (None, _) => None,
            (Some(user), Some(password)) => Some(Credentials::new(user, password)?),
            (Some(_), None) => {
                return Err(Error::new(Kind::Configuration, "the URL has a user but no password"));
            }
        };
        Ok(server)
    }
}

impl fmt::Display for Server {
    /// The URL of the server, without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        url::write_url(f, &self.host, self.port, self.security)
    }
}

/// When TLS starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Security {
    /// STARTTLS, or nothing is sent (RFC 3207).
    Required,
    /// TLS from the first byte (RFC 8314 §3.3).
    Implicit,
    /// STARTTLS if the server announces it, else in the clear; never a password in the clear.
    Opportunistic,
    /// No TLS at all.
    None,
}

impl Security {
    /// All of them, for tests and benchmarks that run over each.
    pub const ALL: [Self; 4] = [Self::Required, Self::Implicit, Self::Opportunistic, Self::None];

    /// The name in URLs (`tls=`) and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Implicit => "implicit",
            Self::Opportunistic => "opportunistic",
            Self::None => "none",
        }
    }

    /// The port that clients expect such a server on (RFC 6409, RFC 8314; 25 is RFC 5321's).
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Required | Self::Opportunistic => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

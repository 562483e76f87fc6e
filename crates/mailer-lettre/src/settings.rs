//! A [`Server`] in lettre's types, built once for all connections.

use std::{sync::Arc, time::Duration};

use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::Tls,
    extension::ClientId,
};
use mailer::{Error, Kind, Mask, Server, Setting, Timeouts};
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

use crate::{observe::Dialogue, tls};

/// The shortest time-out: system calls accept none of zero.
const SHORTEST: Duration = Duration::from_millis(1);

/// The settings that lettre needs.
pub(crate) struct Settings {
    pub(crate) server: Server,
    /// The destination of the TCP connection: a name or an IP address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Tls,
    pub(crate) hello: ClientId,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) mechanisms: Vec<Mechanism>,
    /// lettre has one time-out for everything: for TCP, and for each read and each write.
    pub(crate) timeout: Duration,
    pub(crate) mask: Arc<Mask>,
}

impl Settings {
    pub(crate) fn new(server: &Server) -> Result<Self, Error> {
        check_debug_events()?;
        let (host, port) = match server.connect_to {
            Some(address) => (address.ip().to_string(), address.port()),
            None => (server.host.to_string(), server.port),
        };
        let credentials = server.credentials.as_ref().map(|given| {
            Credentials::new(given.user().to_owned(), given.secret().reveal().to_owned())
        });
        let mechanisms = mechanisms(server)?;
        Ok(Self {
            host,
            port,
            tls: tls::tls(server)?,
            // `hello` has the brackets of an address literal, and this variant adds none.
            hello: ClientId::Domain(server.hello.to_string()),
            credentials,
            mechanisms,
            timeout: longest(&server.timeouts).max(SHORTEST),
            mask: Arc::new(Mask::new(server.credentials.as_ref())),
            server: server.clone(),
        })
    }

    /// Returns a dialogue of lettre with these settings, which has not begun.
    pub(crate) fn dialogue(&self) -> Dialogue {
        Dialogue::new(Arc::clone(&self.mask), self.server.tls_library)
    }

    /// Whether the client logs in with an access token.
    pub(crate) fn has_token(&self) -> bool {
        self.server.credentials.as_ref().is_some_and(mailer::Credentials::has_token)
    }

    /// Whether lettre sends STARTTLS if the server announces it.
    pub(crate) fn may_starttls(&self) -> bool {
        matches!(self.tls, Tls::Required(_) | Tls::Opportunistic(_))
    }
}

/// Returns the longest time that lettre may wait for one reply.
fn longest(timeouts: &Timeouts) -> Duration {
    timeouts.total.map_or(timeouts.longest(), |total| total.min(timeouts.longest()))
}

/// Refuses a build without lettre's debug events: without them, this backend does not know which mails
/// were sent completely.
fn check_debug_events() -> Result<(), Error> {
    if STATIC_MAX_LEVEL >= LevelFilter::DEBUG {
        return Ok(());
    }
    Err(Error::new(Kind::Configuration, "this program is built without lettre's debug events")
        .with_hint("build it without the max_level features of the crate tracing"))
}

/// The AUTH mechanisms that lettre has.
pub const MECHANISMS: &[mailer::Mechanism] =
    &[mailer::Mechanism::Plain, mailer::Mechanism::Login, mailer::Mechanism::XOAuth2];

/// Returns the mechanisms that may be used, in lettre's type.
///
/// # Errors
/// [`Kind::Configuration`] if lettre has none of them.
fn mechanisms(server: &Server) -> Result<Vec<Mechanism>, Error> {
    let in_lettre = |mechanism: mailer::Mechanism| match mechanism {
        mailer::Mechanism::Plain => Some(Mechanism::Plain),
        mailer::Mechanism::Login => Some(Mechanism::Login),
        mailer::Mechanism::XOAuth2 => Some(Mechanism::Xoauth2),
        _ => None,
    };
    let usable = server.usable_mechanisms();
    let mechanisms: Vec<_> = usable.clone().filter_map(in_lettre).collect();
    if mechanisms.is_empty() && server.credentials.is_some() {
        let names = |all: &mut dyn Iterator<Item = mailer::Mechanism>| {
            all.map(mailer::Mechanism::name).collect::<Vec<_>>().join(", ")
        };
        let what = format!("lettre does not have AUTH {}", names(&mut usable.clone()));
        let hint = format!(
            "lettre's mechanisms are {}; use the other backend for this one",
            names(&mut MECHANISMS.iter().copied())
        );
        return Err(Error::new(Kind::Configuration, what)
            .with_hint(hint)
            .with_settings(&[Setting::Mechanism]));
    }
    Ok(mechanisms)
}

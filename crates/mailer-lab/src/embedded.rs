//! The embedded server, and the [`Server`] by which backends reach it.

use std::net::{Ipv4Addr, SocketAddr};

use mailer::{Credentials, Error, Kind, Mechanism, Security, Server};
use mailer_server::{Config, EmbeddedServer, Security as ServerSecurity, Sink, Store};

/// The name in the embedded server's certificate. It is never resolved: connections go to the address.
const HOST: &str = "localhost";

/// Returns the configuration of an embedded server for this kind of security. AUTH is always required, so
/// that sessions differ only in TLS.
#[must_use]
pub fn config(security: Security) -> Config {
    let mut config = Config::default().with_auth_required(true);
    config.security = server_security(security);
    config.allow_auth_without_tls = security == Security::None;
    config
}

fn server_security(security: Security) -> ServerSecurity {
    match security {
        Security::Required | Security::Opportunistic => ServerSecurity::StartTls,
        Security::Implicit => ServerSecurity::Implicit,
        Security::None => ServerSecurity::Plain,
    }
}

/// Returns the [`config`] of a server that offers this mechanism as well. Not every mechanism is in the reply to
/// EHLO otherwise: few servers offer SCRAM-SHA-256, and it costs two more round trips.
#[must_use]
pub fn config_offering(security: Security, mechanism: Option<Mechanism>) -> Config {
    let mut config = config(security);
    if let Some(mechanism) = mechanism {
        config.profile = config.profile.with_mechanism(mechanism.name());
    }
    config
}

/// Starts an embedded server on a free loopback port, and returns it and how to reach it.
///
/// # Errors
/// [`Kind::Internal`] if it cannot be started.
pub fn start(security: Security, store: Store) -> Result<(EmbeddedServer, Server), Error> {
    start_on((Ipv4Addr::LOCALHOST, 0).into(), security, store)
}

/// Starts an embedded server that listens at this address, and returns it and how to reach it.
///
/// # Errors
/// [`Kind::Internal`] if it cannot be started.
pub fn start_on(
    listen: SocketAddr,
    security: Security,
    store: Store,
) -> Result<(EmbeddedServer, Server), Error> {
    let mut config = config(security).with_store(store).with_listen(listen);
    config.keep_transcript = false;
    start_with(config, security)
}

/// Starts an embedded server with this configuration, and returns it and how to reach it.
///
/// # Errors
/// [`Kind::Internal`] if it cannot be started.
pub fn start_with(config: Config, security: Security) -> Result<(EmbeddedServer, Server), Error> {
    let started = EmbeddedServer::start(config).map_err(|cause| {
        Error::new(Kind::Internal, "cannot start the embedded server").with_cause(cause)
    })?;
    let server = reach(&started, security)?;
    Ok((started, server))
}

/// Starts a sink on a free loopback port, and returns it and how to reach it.
///
/// # Errors
/// [`Kind::Internal`] if it cannot be started.
pub fn start_sink(security: Security) -> Result<(Sink, Server), Error> {
    let sink = Sink::start(server_security(security))
        .map_err(|cause| Error::new(Kind::Internal, "cannot start the sink").with_cause(cause))?;
    let server = reach_at(sink.addr(), sink.ca_pem(), security)?;
    Ok((sink, server))
}

/// Returns how to reach an embedded server: with its account, and with trust in its CA.
///
/// # Errors
/// If the account has characters that AUTH cannot transmit.
pub fn reach(embedded: &EmbeddedServer, security: Security) -> Result<Server, Error> {
    let mut server = reach_at(embedded.addr(), embedded.ca_pem(), security)?;
    if let Some(account) = embedded.account() {
        server.credentials =
            Some(Credentials::new(account.user.as_str(), account.password.as_str())?);
    }
    Ok(server)
}

/// Returns how to reach an embedded server at this address, with trust in its CA and without an account.
///
/// # Errors
/// If `ca_pem` is not a certificate in PEM.
pub fn reach_at(addr: SocketAddr, ca_pem: &str, security: Security) -> Result<Server, Error> {
    let mut server = Server::new(HOST.parse()?, addr.port(), security);
    server.connect_to = Some(addr);
    server.trust.add_pem(ca_pem.as_bytes())?;
    Ok(server)
}

/// Removes the stored messages from the server, and returns their contents.
#[must_use]
pub fn take_contents(embedded: &EmbeddedServer) -> Vec<Vec<u8>> {
    embedded.take_mails().into_iter().map(|mail| mail.content.to_vec()).collect()
}

//! What can go wrong on the way to a server and at it, and what the command has to make of it: as
//! data, the same for every backend.

mod connections;
mod replies;
mod security;

use mailer_server::Config;

pub(crate) use connections::CONNECTIONS;
pub(crate) use replies::{MAILS, REPLIES};
pub(crate) use security::{LOGINS, SECURITY};

/// Something that goes wrong.
pub(crate) struct Cause {
    /// What it is, for whoever reads a failure.
    pub(crate) name: &'static str,
    /// The server that does it.
    pub(crate) server: fn() -> Config,
    /// How the server is reached.
    pub(crate) url: &'static str,
    /// Options besides those of a small mail.
    pub(crate) options: &'static [&'static str],
    /// The exit status.
    pub(crate) status: i32,
    /// The error's kind in JSON.
    pub(crate) kind: &'static str,
    /// What the complaint has to say, the server's own words among them.
    pub(crate) says: &'static [&'static str],
}

/// STARTTLS; the port is filled in.
const STARTTLS: &str = "smtp://user%40example.test@localhost:{port}";
/// TLS from the first byte.
const IMPLICIT: &str = "smtps://user%40example.test@localhost:{port}";
/// No TLS and nobody logged in.
const PLAIN: &str = "smtp://localhost:{port}?tls=none";

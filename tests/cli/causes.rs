//! The failures of connections and servers with the exit status and the error that must follow, as data
//! for every backend.

mod connections;
mod replies;
mod security;

use mailer_server::Config;

pub(crate) use connections::CONNECTIONS;
pub(crate) use replies::{MAILS, REPLIES};
pub(crate) use security::{LOGINS, SECURITY};

/// A failure and what must follow from it.
pub(crate) struct Cause {
    /// The name in the messages of a failed test.
    pub(crate) name: &'static str,
    /// The configuration of the server.
    pub(crate) server: fn() -> Config,
    /// The URL of the server; the port is filled in.
    pub(crate) url: &'static str,
    /// Options in addition to those of a small message.
    pub(crate) options: &'static [&'static str],
    /// The exit status.
    pub(crate) status: i32,
    /// The kind of the error in JSON.
    pub(crate) kind: &'static str,
    /// Texts that the error must contain.
    pub(crate) contains: &'static [&'static str],
}

/// STARTTLS with a user.
const STARTTLS: &str = "smtp://user%40example.test@localhost:{port}";
/// TLS from the first byte, with a user.
const IMPLICIT: &str = "smtps://user%40example.test@localhost:{port}";
/// No TLS and no user.
const PLAIN: &str = "smtp://localhost:{port}?tls=none";

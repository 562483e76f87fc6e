//! The question before a remote server gets connections and messages.

mod load;

use std::{
    io::{self, IsTerminal as _},
    net::SocketAddr,
};

use mailer::{Error, Kind, Server};

pub(super) use self::load::{Load, OpenEnded};
use crate::{
    exit::{Status, usage_error},
    output,
};

/// Asks whether `command` may put this load on the server, and returns the exit status if the answer is no.
///
/// There is no question for a server on loopback, or if `yes` is set. No connection has been opened when
/// this returns.
///
/// # Errors
/// [`Kind::Unreachable`] if the server's name cannot be resolved, so its location is unknown, and
/// [`Kind::Internal`] if the answer cannot be read.
pub(super) fn refused(
    command: &str,
    server: &Server,
    load: &Load,
    yes: bool,
) -> Result<Option<Status>, Error> {
    if yes || !is_remote(server)? {
        return Ok(None);
    }
    let would = format!("{command} would {}", load.at(&server.to_string()));
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let what = format!("{would}, and cannot ask for consent without a terminal");
        return Ok(Some(usage_error(&what, "pass --yes if the owner of the server agrees")));
    }
    output::note(&format!("mailer: {would}. Does the owner of the server agree? [y/N]"));
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|cause| Error::new(Kind::Internal, "cannot read the answer").with_cause(cause))?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(None);
    }
    output::note("mailer: nothing was sent");
    Ok(Some(Status::INTERRUPTED))
}

/// Returns whether the server is beyond loopback.
///
/// # Errors
/// [`Kind::Unreachable`] if its name cannot be resolved, so its location is unknown.
pub(super) fn is_remote(server: &Server) -> Result<bool, Error> {
    mailer_lab::resolve(server).map(|addresses| is_beyond_loopback(&addresses))
}

/// Whether any of these addresses is not on loopback. A client may use each of them, so one is enough.
fn is_beyond_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().any(|addr| !addr.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_beyond(addresses: &[&str]) -> bool {
        let parse = |text: &&str| text.parse().expect("an address");
        is_beyond_loopback(&addresses.iter().map(parse).collect::<Vec<_>>())
    }

    #[test]
    fn every_address_must_be_on_loopback() {
        assert!(!is_beyond(&["127.0.0.1:25", "[::1]:25", "127.1.2.3:25", "[::ffff:127.0.0.1]:25"]));
        for addr in ["192.0.2.1:25", "[2001:db8::1]:25", "0.0.0.0:25", "[::ffff:192.0.2.1]:25"] {
            assert!(is_beyond(&[addr]), "{addr}");
            assert!(is_beyond(&["127.0.0.1:25", addr]), "{addr} as the second address");
        }
    }

    #[test]
    fn with_yes_the_name_is_not_resolved() {
        let server = "smtp://name.that.is.not.resolved.invalid".parse().expect("a server");
        let load = Load { connections: 1, messages: 1, recipients: 1, bytes: 1, open_ended: None };
        assert_eq!(refused("bench", &server, &load, true).expect("no question"), None);
    }
}

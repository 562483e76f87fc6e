//! Asks before a server beyond this machine gets connections and messages.

mod load;

use std::{
    io::{self, IsTerminal as _},
    net::{SocketAddr, ToSocketAddrs as _},
};

use mailer::{Error, Kind, Server};

pub(super) use self::load::{Load, OpenEnded};
use crate::{
    exit::{Status, misused},
    output,
};

/// Asks whether `command` may put this load on the server, and returns the status to end with if it may
/// not.
///
/// A server on loopback is this machine's own, and `yes` is an answer given beforehand: then nothing is
/// asked. No connection has been opened when this returns.
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
    if yes || !is_beyond_loopback(&addresses(server)?) {
        return Ok(None);
    }
    let would = format!("{command} would {}", load.at(&server.to_string()));
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let what = format!("{would}, and there is no terminal to ask on");
        return Ok(Some(misused(&what, "pass --yes if the owner of the server agrees")));
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

/// Where the server's name leads, in the order of the resolver: at least one address.
fn addresses(server: &Server) -> Result<Vec<SocketAddr>, Error> {
    if let Some(addr) = server.connect_to {
        return Ok(vec![addr]);
    }
    let unknown = || Error::not_resolved(server);
    let found = (server.host.as_str(), server.port).to_socket_addrs();
    let found: Vec<_> = found.map_err(|cause| unknown().with_cause(cause))?.collect();
    if found.is_empty() { Err(unknown()) } else { Ok(found) }
}

/// Whether any of these addresses is another machine's, as far as an address shows it. A client may use
/// each of them, so one is enough.
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
    fn only_loopback_addresses_are_this_machine() {
        assert!(!is_beyond(&["127.0.0.1:25", "[::1]:25", "127.1.2.3:25", "[::ffff:127.0.0.1]:25"]));
        for addr in ["192.0.2.1:25", "[2001:db8::1]:25", "0.0.0.0:25", "[::ffff:192.0.2.1]:25"] {
            assert!(is_beyond(&[addr]), "{addr}");
            assert!(is_beyond(&["127.0.0.1:25", addr]), "{addr} as the second address");
        }
    }

    #[test]
    fn an_answer_given_beforehand_needs_no_address() {
        let server = "smtp://name.that.is.not.resolved.invalid".parse().expect("a server");
        let load = Load { connections: 1, messages: 1, recipients: 1, bytes: 1, open_ended: None };
        assert_eq!(refused("bench", &server, &load, true).expect("no question"), None);
    }
}

//! The question before a remote server gets connections and messages.

mod load;

use std::io::{self, IsTerminal as _};

use mailer::{Error, Kind, Server};
use mailer_lab::is_remote;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_yes_the_name_is_not_resolved() {
        let server = "smtp://name.that.is.not.resolved.invalid".parse().expect("a server");
        let load = Load { connections: 1, messages: 1, recipients: 1, bytes: 1, open_ended: None };
        assert_eq!(refused("bench", &server, &load, true).expect("no question"), None);
    }
}

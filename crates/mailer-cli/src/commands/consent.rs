//! Asks before somebody else's server gets a load.

use std::io::{self, IsTerminal as _};

use mailer::{Error, Kind};

use crate::output;

/// What may be sent without asking: enough to see whether it works.
const FEW: u64 = 10;

/// Whether the load may go on: a few pieces may, more if the user says so on a terminal.
///
/// # Errors
/// If there is nobody to ask.
pub(super) fn is_given(pieces: Option<u64>, what: &str, server: &str) -> Result<bool, Error> {
    if pieces.is_some_and(|pieces| pieces <= FEW) {
        return Ok(true);
    }
    let much = pieces.map_or_else(|| "any number of".to_owned(), |pieces| pieces.to_string());
    let load = format!("{much} {what}s to {server}");
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Error::new(Kind::Configuration, format!("nobody is there to agree to {load}"))
            .hint("give --yes if that is meant, and the server's owner agrees"));
    }
    output::note(&format!(
        "mailer: this is {load}. Does its owner agree, and shall it begin? [y/N]"
    ));
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|cause| Error::new(Kind::Internal, "cannot read the answer").because(cause))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_need_no_consent() {
        assert!(is_given(Some(FEW), "mail", "smtp://mail.example.com").unwrap());
    }
}

//! How a client's lines are shown, so that no secret ever is.

use crate::{
    profile::Profile,
    syntax::{self, Verb},
};

const MASK: &str = "***";

/// A command line. Only what is known to be no secret is shown: what follows AUTH is, but for the
/// name of an announced mechanism, and a line without a verb may be.
pub(crate) fn command(line: &str, profile: &Profile) -> String {
    match syntax::verb(line) {
        None => no_command(line.len()),
        Some(Verb::Auth) => auth(line, profile),
        Some(_) => line.to_owned(),
    }
}

/// A line that is no command.
pub(crate) fn no_command(octets: usize) -> String {
    format!("({octets} octets that are no command)")
}

/// An answer to a challenge of AUTH, of which only the one that cancels is shown.
pub(crate) fn response(line: &str) -> &str {
    if line == "*" { line } else { MASK }
}

fn auth(line: &str, profile: &Profile) -> String {
    let mut words = line.split(' ').skip(1);
    let mechanism = words.next().unwrap_or_default();
    let known = profile.mechanisms.iter().any(|m| m.eq_ignore_ascii_case(mechanism));
    match (known, words.next()) {
        (true, None) => line.to_owned(),
        (true, Some(_)) => format!("AUTH {mechanism} {MASK}"),
        (false, _) => format!("AUTH {MASK}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let shown = |line| command(line, &Profile::gmail());
        assert_eq!(shown("AUTH PLAIN AGEAYg=="), "AUTH PLAIN ***");
        assert_eq!(shown("auth login"), "auth login");
        assert_eq!(shown("AUTH AGEAYg=="), "AUTH ***");
        assert_eq!(shown("AUTH PLAIN a AGEAYg=="), "AUTH PLAIN ***");
        assert_eq!(shown("AGEAYg=="), "(8 octets that are no command)");
        assert_eq!(shown("MAIL FROM:<>"), "MAIL FROM:<>");
        assert_eq!((response("AGEAYg=="), response("*")), ("***", "*"));
    }
}

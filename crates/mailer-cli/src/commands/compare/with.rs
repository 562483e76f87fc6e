//! `--with`: external SMTP clients as further columns.

use std::time::Duration;

use clap::Args;
use mailer::{Error, Mail};
use mailer_backends::BACKENDS;
use mailer_compare::external_client::{CommandLine, PLACEHOLDERS};

use crate::options::seconds;

#[derive(Args)]
pub(super) struct With {
    /// Add an SMTP client (may be repeated)
    #[arg(long, value_name = "COMMAND", long_help = long_help(), help_heading = "External clients")]
    with: Vec<CommandLine>,
    /// Limit each client's time
    ///
    /// The time is in seconds. After it, the client and its child processes are killed.
    #[arg(
        long,
        alias = "with-limit",
        value_name = "SECONDS",
        value_parser = seconds,
        default_value = "60",
        help_heading = "External clients"
    )]
    with_timeout: Duration,
}

impl With {
    pub(super) fn is_set(&self) -> bool {
        !self.with.is_empty()
    }

    pub(super) fn timeout(&self) -> Duration {
        self.with_timeout
    }

    /// Checks that each command can send this message.
    pub(super) fn check(&self, mail: &Mail) -> Result<(), Error> {
        self.with.iter().try_for_each(|command| command.check(mail))
    }

    /// Returns the commands, each with a name that no other column has.
    pub(super) fn commands(&self) -> Vec<CommandLine> {
        let mut used: Vec<String> = BACKENDS.iter().map(|backend| backend.name.into()).collect();
        let mut named = Vec::new();
        for command in &self.with {
            let name = free_name(command.name(), &used);
            used.push(name.clone());
            named.push(command.clone().named(name));
        }
        named
    }
}

fn free_name(name: &str, used: &[String]) -> String {
    let numbered = (2..).map(|number: usize| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !used.contains(name)).unwrap_or_else(|| name.to_owned())
}

fn long_help() -> String {
    let placeholders: Vec<String> =
        PLACEHOLDERS.iter().map(|(name, what)| format!("  {name:<11} {what}")).collect();
    format!(
        "Add an SMTP client as a column (may be repeated)\n\n\
         COMMAND is a program with its arguments, such as swaks, curl or python3 -c '...'. It is split into \
         words as a shell does, but no shell runs it. It must send the message to the embedded server, with \
         STARTTLS and AUTH. The column shows its session as the server saw it. COMMAND runs once, and its \
         column counts the messages that it sends. When it ends, its child processes are killed. These \
         placeholders are replaced:\n\n{}\n\n\
         Each placeholder is also an environment variable: MAILER_HOST, MAILER_PORT, and so on. In a script, \
         use the variables: sh -c 'swaks --to \"$MAILER_TO\" ...'. An address in a script would run as part \
         of it, so an address with special characters is refused there (status 65).\n\n\
         The password is random and works only for this run; other processes can read it in the arguments. \
         --with does not work with --server.",
        placeholders.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let with = ["swaks -a", "/usr/bin/swaks", "raw"].map(|text| text.parse().unwrap()).to_vec();
        let with = With { with, with_timeout: Duration::from_secs(1) };
        let names: Vec<String> = with.commands().iter().map(|one| one.name().into()).collect();
        assert_eq!(names, ["swaks", "swaks 2", "raw 2"]);
    }
}

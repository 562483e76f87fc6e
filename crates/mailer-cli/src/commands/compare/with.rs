//! `--with`: other SMTP clients as further columns.

use std::time::Duration;

use clap::Args;
use mailer::{Error, Mail};
use mailer_backends::BACKENDS;
use mailer_compare::external_client::{CommandLine, PLACEHOLDERS};

use crate::options::seconds;

#[derive(Args)]
pub(super) struct With {
    /// Runs another SMTP client too, as one more column; {host}, {port}, {user} and others are filled
    /// in: see --help (may be repeated)
    #[arg(long, value_name = "COMMAND", long_help = long_help(), help_heading = "Other clients")]
    with: Vec<CommandLine>,
    /// Kills each of them after so long
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = seconds,
        default_value = "60",
        help_heading = "Other clients"
    )]
    with_limit: Duration,
}

impl With {
    pub(super) fn is_asked_for(&self) -> bool {
        !self.with.is_empty()
    }

    pub(super) fn limit(&self) -> Duration {
        self.with_limit
    }

    /// Checks that each command can be given this mail.
    pub(super) fn check(&self, mail: &Mail) -> Result<(), Error> {
        self.with.iter().try_for_each(|command| command.check(mail))
    }

    /// The commands, each under a name that no other column has.
    pub(super) fn commands(&self) -> Vec<CommandLine> {
        let mut taken: Vec<String> = BACKENDS.iter().map(|backend| backend.name.into()).collect();
        let mut named = Vec::new();
        for command in &self.with {
            let name = free_name(command.name(), &taken);
            taken.push(name.clone());
            named.push(command.clone().named(name));
        }
        named
    }
}

fn free_name(name: &str, taken: &[String]) -> String {
    let numbered = (2..).map(|number: usize| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(name)).unwrap_or_else(|| name.to_owned())
}

fn long_help() -> String {
    let placeholders: Vec<String> =
        PLACEHOLDERS.iter().map(|(name, what)| format!("  {name:<11} {what}")).collect();
    format!(
        "Runs another SMTP client too, as one more column (may be repeated)\n\n\
         COMMAND is parted into words as a shell would, and no shell runs it: swaks, curl, python3 -c \
         '...'. It is to send the mail to the embedded server, by STARTTLS and AUTH; what it says is \
         shown as the server heard it. It is run once: how many mails it sends is its own affair, and its \
         column counts those. When it ends, its children are ended too. These are filled in:\n\n{}\n\n\
         Each is in the environment, too: MAILER_HOST, MAILER_PORT, ... In a script use those: \
         sh -c 'swaks --to \"$MAILER_TO\" ...'. An address that is filled into a script would be run \
         as part of it, so one with characters that mean something there is refused (65).\n\n\
         The password is of a throw-away account and random: other processes can see it where it is \
         filled in. With --server there is no --with.",
        placeholders.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_have_the_same_name() {
        let with = ["swaks -a", "/usr/bin/swaks", "raw"].map(|text| text.parse().unwrap()).to_vec();
        let with = With { with, with_limit: Duration::from_secs(1) };
        let names: Vec<String> = with.commands().iter().map(|one| one.name().into()).collect();
        assert_eq!(names, ["swaks", "swaks 2", "raw 2"]);
    }
}

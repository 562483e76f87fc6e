//! The child processes of an experiment: this program again, in another role.

use std::{
    env,
    io::{self, BufReader},
    path::Path,
    process::Command,
};

use mailer::{Error, Kind};
use mailer_lab::Contender;

use super::worker::work;
use crate::server_process::serve;

/// The environment variable that gives a child its role.
const ROLE: &str = "MAILER_BENCH_ROLE";

/// The role of a process of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The embedded server.
    Server,
    /// The contender with this index.
    Contender(usize),
}

impl Role {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("contender ") {
            Some(index) => index.parse().ok().map(Self::Contender),
            None => (text == "server").then_some(Self::Server),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Server => "server".to_owned(),
            Self::Contender(index) => format!("contender {index}"),
        }
    }

    /// Returns the command that starts this program in this role, with the arguments that it has itself.
    pub(super) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(env::args_os().skip(1)).env(ROLE, self.text());
        command
    }
}

/// Works as a child process, if this process is one, and returns whether it was.
///
/// [`Experiment::run`](super::Experiment::run) starts this program again for the embedded server and for each
/// contender. So `main` calls this function first, with the contenders that it passes to
/// [`Experiment::new`](super::Experiment::new), and returns if the result is true, as the program on
/// [the crate's page](crate) does.
///
/// A child uses its standard input and output. Nothing else may read or write them.
///
/// # Errors
/// If the process that started this one sends something unexpected, or cannot be written to.
pub fn take_part(contenders: &[Contender]) -> Result<bool, Error> {
    let Some(text) = role_text() else { return Ok(false) };
    match Role::parse(&text) {
        Some(Role::Server) => serve(io::stdin().lock(), io::stdout().lock())?,
        Some(Role::Contender(index)) => {
            let contender = contenders.get(index).ok_or_else(|| unknown(&text))?;
            work(contender, BufReader::new(io::stdin()), io::stdout().lock())?;
        }
        None => return Err(unknown(&text)),
    }
    Ok(true)
}

/// Checks that this process is not a child: a child that starts an experiment would start children of its own
/// without end.
pub(super) fn check_not_a_child() -> Result<(), Error> {
    match role_text() {
        None => Ok(()),
        Some(_) => {
            Err(Error::new(Kind::Internal, "a child process of an experiment starts another one")
                .with_hint("call take_part at the start of main, and return if it returns true"))
        }
    }
}

fn role_text() -> Option<String> {
    env::var_os(ROLE).map(|text| text.to_string_lossy().into_owned())
}

fn unknown(role: &str) -> Error {
    Error::new(Kind::Internal, format!("this program has no role \"{role}\" in an experiment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_the_same_after_it_was_text() {
        for role in [Role::Server, Role::Contender(0), Role::Contender(12)] {
            assert_eq!(Role::parse(&role.text()), Some(role));
        }
        assert_eq!(Role::parse("contender"), None);
    }
}

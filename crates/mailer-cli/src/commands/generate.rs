//! `mailer completions` and `mailer man`: text for shells and for `man`.

use clap::{Args, Command};
use clap_complete::Shell;
use mailer::{Error, Kind};

use crate::{exit::Status, output};

/// Print completions for a shell
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Print the manual page of mailer, or of one command
#[derive(Args)]
pub(crate) struct Man {
    /// The command [default: the page of mailer itself]
    command: Option<String>,
}

/// Prints the completions of this command line.
pub(crate) fn completions(arguments: &Completions, mailer: &mut Command) -> Result<Status, Error> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, mailer, "mailer", &mut text);
    output::unescaped(&String::from_utf8_lossy(&text))?;
    Ok(Status::OK)
}

/// Prints the manual page of this command line.
pub(crate) fn man(arguments: &Man, mut mailer: Command) -> Result<Status, Error> {
    mailer.build();
    let page = match &arguments.command {
        None => mailer,
        Some(name) => {
            let found = mailer.find_subcommand(name).cloned();
            let found = found.ok_or_else(|| {
                Error::new(Kind::Configuration, format!("there is no command {name}"))
                    .with_hint("mailer --help lists the commands")
            })?;
            found.name(format!("mailer-{name}")).display_name(format!("mailer-{name}"))
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|cause| Error::new(Kind::Internal, "cannot write the page").with_cause(cause))?;
    output::result(&String::from_utf8_lossy(&text))?;
    Ok(Status::OK)
}

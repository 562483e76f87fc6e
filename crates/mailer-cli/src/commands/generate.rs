//! `mailer completions` and `mailer man`: text for shells and for manuals.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use mailer::{Error, Kind};

use crate::{exit::Status, output};

/// Prints completions for a shell
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Prints the manual page, of the whole or of one command
#[derive(Args)]
pub(crate) struct Man {
    /// The command
    command: Option<String>,
}

pub(crate) fn completions(arguments: &Completions) -> Result<Status, Error> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "mailer", &mut text);
    output::ready_made(&String::from_utf8_lossy(&text))?;
    Ok(Status::OK)
}

pub(crate) fn man(arguments: &Man) -> Result<Status, Error> {
    let mut command = crate::Arguments::command();
    command.build();
    let page = match &arguments.command {
        None => command,
        Some(name) => {
            let found = command.find_subcommand(name).cloned();
            let found = found.ok_or_else(|| {
                Error::new(Kind::Configuration, format!("there is no command {name}"))
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

//! The arguments of the program.

use std::{fs, net::IpAddr};

use mailer::{Error, Server};
use mailer_lab::is_remote;
use mailer_reports::TextResult;

use crate::measurement::{Effort, Target};

/// The command without options.
const COMMAND: &str = "cargo run --release -p mailer-reports --example servers";

/// The recipient at a server of `--at`.
const RECIPIENT: &str = "bob@example.test";

/// The parsed arguments.
pub(crate) struct Arguments {
    /// The servers of `--at`.
    pub(crate) targets: Vec<Target>,
    pub(crate) effort: Effort,
    /// The command as it was given, with placeholders for what belongs to this machine.
    pub(crate) command: String,
}

impl Arguments {
    /// Parses the arguments.
    ///
    /// # Errors
    /// If they are not valid, or name a server beyond loopback without `--yes`.
    pub(crate) fn parse(given: impl IntoIterator<Item = String>) -> TextResult<Self> {
        let (mut targets, mut effort, mut yes) = (Vec::new(), Effort::FULL, false);
        let (mut authority, mut words) = (Vec::new(), Vec::new());
        let mut given = given.into_iter();
        while let Some(argument) = given.next() {
            words.push(argument.clone());
            match argument.as_str() {
                "--at" => {
                    let target = target(&given.next().unwrap_or_default())?;
                    words.push(format!("{}={}", target.name, with_placeholders(&target.server)?));
                    targets.push(target);
                }
                "--ca" => {
                    let file = given.next().ok_or("--ca needs a file")?;
                    authority = fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
                    words.push("FILE".into());
                }
                "--test" => effort = Effort::TEST,
                "--yes" => yes = true,
                _ => {
                    return Err("the options are --at NAME=URL, --ca FILE, --yes and --test".into());
                }
            }
        }
        for target in &mut targets {
            if !authority.is_empty() {
                target.server.trust.add_pem(&authority).map_err(describe)?;
            }
            if !yes && is_remote(&target.server).map_err(describe)? {
                return Err(question(&target.server, effort));
            }
        }
        Ok(Self { targets, effort, command: command(&words)? })
    }
}

fn target(argument: &str) -> TextResult<Target> {
    let (name, url) = argument.split_once('=').ok_or("--at needs NAME=URL")?;
    let server: Server = url.parse().map_err(describe)?;
    Ok(Target { name: name.to_owned(), server, recipient: RECIPIENT.to_owned() })
}

/// Returns the URL without the account and the port, and without a host beyond loopback.
fn with_placeholders(server: &Server) -> TextResult<String> {
    let mut shown = server.clone();
    let host = server.host.as_str();
    let is_local = host.parse().map_or(host == "localhost", |ip: IpAddr| ip.is_loopback());
    if !is_local {
        shown.host = "host.example".parse().map_err(describe)?;
    }
    Ok(shown.to_string().replace(&format!(":{}", server.port), ":PORT"))
}

fn question(server: &Server, effort: Effort) -> String {
    let load = effort.load();
    format!(
        "servers would open {} connections to {server} and send {} messages to {RECIPIENT}; pass --yes if the owner of \
         the server agrees",
        load.connections, load.messages
    )
}

fn command(words: &[String]) -> TextResult<String> {
    if words.is_empty() {
        return Ok(COMMAND.to_owned());
    }
    let words = shlex::try_join(words.iter().map(String::as_str));
    Ok(format!("{COMMAND} -- {}", words.map_err(|error| error.to_string())?))
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
fn describe(error: Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> TextResult<Arguments> {
        Arguments::parse(words.iter().map(|&word| word.to_owned()))
    }

    #[test]
    fn the_command_is_shown_without_ports_accounts_and_hosts() {
        let command = |words: &[&str]| parse(words).unwrap().command;
        assert_eq!(command(&[]), COMMAND);
        let local = command(&["--at", "one=smtp://127.0.0.1:2525?tls=none"]);
        assert_eq!(local, format!("{COMMAND} -- --at 'one=smtp://127.0.0.1:PORT?tls=none'"));
        let remote = command(&["--at", "two=smtps://ann:secret@192.0.2.7:4650", "--yes"]);
        assert_eq!(remote, format!("{COMMAND} -- --at 'two=smtps://host.example:PORT' --yes"));
    }

    #[test]
    fn a_server_beyond_loopback_needs_consent() {
        let at = ["--at", "far=smtp://192.0.2.7:2525?tls=none"];
        let refused = parse(&at).err().unwrap();
        assert!(
            refused.contains("open 91 connections to smtp://192.0.2.7:2525?tls=none"),
            "{refused}"
        );
        assert!(refused.contains("send 1800 messages") && refused.contains("--yes"), "{refused}");
        assert!(parse(&[&at[..], &["--yes"]].concat()).is_ok());
        assert!(parse(&["--at", "near=smtp://127.0.0.1:2525?tls=none"]).is_ok());
    }

    #[test]
    fn invalid_arguments_are_refused() {
        for words in [&["--at"][..], &["--at", "smtp://127.0.0.1"], &["--ca"], &["--fast"]] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}

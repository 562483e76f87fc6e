//! What was asked for.

use std::{net::SocketAddr, time::Duration};

use mailer::Security;

/// How `--tls` names what there is; the rest of the command names it so, too.
pub(super) const SECURITIES: [(&str, Security); 3] =
    [("none", Security::None), ("starttls", Security::Required), ("implicit", Security::Implicit)];

/// The flow that raw takes by itself.
pub(super) const RAW: &str = "raw-pipelined";

/// What is measured.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) security: Security,
    pub(super) round_trip: Duration,
    /// Mails over one connection, at least two: what one more of them takes is asked.
    pub(super) mails: u32,
    /// Of each mail.
    pub(super) octets: usize,
    pub(super) rounds: usize,
    /// Those of raw that not every server bears as well.
    pub(super) all_flows: bool,
    /// A server that is not ours: in the clear, and without a login.
    pub(super) server: Option<SocketAddr>,
    /// The link acknowledges at once, so that Nagle's algorithm stalls no client.
    pub(super) quick_ack: bool,
    /// The contender that the others are set against.
    pub(super) against: String,
    /// A part of the clients' names.
    pub(super) name: String,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub(super) struct Arguments {
    pub(super) settings: Settings,
    /// What has to be built for it is built first.
    pub(super) build: bool,
    /// The page of the documentation is written.
    pub(super) page: bool,
}

impl Arguments {
    /// Cargo adds `--bench`; `--test` asks to see only whether everything works.
    pub(super) fn read(given: &[String]) -> Result<Self, String> {
        let settings = Settings {
            security: Security::Required,
            round_trip: Duration::ZERO,
            mails: 20,
            octets: 1024,
            rounds: 5,
            all_flows: false,
            server: None,
            quick_ack: false,
            against: RAW.into(),
            name: String::new(),
        };
        let mut read = Self { settings, build: false, page: false };
        let mut given = given.iter().map(String::as_str);
        while let Some(argument) = given.next() {
            read.take(argument, &mut given)?;
        }
        Ok(read)
    }

    fn take<'a>(
        &mut self,
        argument: &str,
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        let mut number = || {
            let value = rest.next().and_then(|value| value.parse::<u32>().ok());
            value.ok_or_else(|| format!("{argument} wants a number"))
        };
        let settings = &mut self.settings;
        match argument {
            "--bench" => {}
            "--test" => (settings.rounds, settings.mails) = (1, 2),
            "--build" => self.build = true,
            "--page" => self.page = true,
            "--all-flows" => settings.all_flows = true,
            "--quick-ack" => settings.quick_ack = true,
            "--against" => {
                rest.next().ok_or("--against wants a name")?.clone_into(&mut settings.against);
            }
            "--link-rtt" => settings.round_trip = Duration::from_millis(number()?.into()),
            "--mails" => settings.mails = number()?.max(2),
            "--size" => settings.octets = number()? as usize,
            "--rounds" => settings.rounds = number()?.max(1) as usize,
            "--tls" => settings.security = security(rest.next())?,
            "--server" => {
                let server = rest.next().and_then(|value| value.parse().ok());
                settings.server = Some(server.ok_or("--server wants ADDRESS:PORT")?);
                settings.security = Security::None;
            }
            option if option.starts_with('-') => return Err(format!("no option {option}")),
            name => name.clone_into(&mut settings.name),
        }
        if settings.server.is_some() && settings.security != Security::None {
            return Err("a server of others is measured in the clear and without a login".into());
        }
        Ok(())
    }
}

fn security(name: Option<&str>) -> Result<Security, String> {
    let found = SECURITIES.into_iter().find(|(known, _)| Some(*known) == name);
    found.map(|(_, security)| security).ok_or_else(|| {
        format!("--tls wants one of {}", SECURITIES.map(|(name, _)| name).join(", "))
    })
}

/// Its name for `--tls`.
pub(super) fn name(security: Security) -> &'static str {
    let found = SECURITIES.into_iter().find(|(_, known)| *known == security);
    found.map_or("opportunistic", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, String> {
        Arguments::read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_and_a_name_are_read() {
        let read = read("--tls none --link-rtt 20 --mails 1 --bench curl").unwrap().settings;
        assert_eq!((read.security, read.mails), (Security::None, 2));
        assert_eq!((read.round_trip.as_millis(), read.name.as_str()), (20, "curl"));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for line in [
            "--tls maybe",
            "--mails",
            "--mails x",
            "--slow",
            "--server 127.0.0.1:25 --tls starttls",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}

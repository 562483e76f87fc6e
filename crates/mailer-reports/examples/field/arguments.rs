//! The arguments of the command.

use std::{net::SocketAddr, time::Duration};

use mailer::Security;

/// The values of `--tls`.
pub(super) const SECURITIES: [(&str, Security); 3] =
    [("none", Security::None), ("starttls", Security::Required), ("implicit", Security::Implicit)];

/// The contender that the others are compared with: raw in the flow that it chooses by itself.
pub(super) const RAW: &str = "raw (pipelined)";

/// What is measured.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) security: Security,
    pub(super) round_trip: Duration,
    /// The number of messages over one connection, at least two.
    pub(super) messages: u32,
    /// The size of each message in bytes.
    pub(super) size: usize,
    pub(super) rounds: usize,
    /// Whether flows of raw take part that not every server supports.
    pub(super) all_flows: bool,
    /// Another server than the embedded one, without TLS and login.
    pub(super) server: Option<SocketAddr>,
    /// Whether the link acknowledges at once, so that Nagle's algorithm stalls no client.
    pub(super) quick_ack: bool,
    /// The contender that ratios are computed against.
    pub(super) against: String,
    /// A part of the names of contenders.
    pub(super) name: String,
}

/// How often the opening of connections is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    pub(super) rounds: usize,
    /// The connections of each process, at least two.
    pub(super) connections: u32,
}

impl Effort {
    /// For a page.
    pub(super) const FULL: Self = Self { rounds: 15, connections: 101 };
    /// To see whether it works.
    pub(super) const TEST: Self = Self { rounds: 1, connections: 3 };
}

/// The parsed arguments.
#[derive(Clone, Debug)]
pub(super) struct Arguments {
    pub(super) settings: Settings,
    /// Whether messages are measured.
    pub(super) messages: bool,
    /// How much the opening of connections is measured, if at all.
    pub(super) handshakes: Option<Effort>,
    /// Whether the programs of libraries are built first.
    pub(super) build: bool,
    /// Whether the page of the documentation is written.
    pub(super) page: bool,
}

impl Arguments {
    pub(super) fn parse(given: &[String]) -> Result<Self, String> {
        let settings = Settings {
            security: Security::Required,
            round_trip: Duration::ZERO,
            messages: 20,
            size: 1024,
            rounds: 5,
            all_flows: false,
            server: None,
            quick_ack: false,
            against: RAW.into(),
            name: String::new(),
        };
        let mut parsed =
            Self { settings, messages: true, handshakes: None, build: false, page: false };
        let mut given = given.iter().map(String::as_str);
        while let Some(argument) = given.next() {
            parsed.apply(argument, &mut given)?;
        }
        Ok(parsed)
    }

    /// Applies one argument, which may take its value from `rest`.
    fn apply<'a>(
        &mut self,
        argument: &str,
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        let mut number = || {
            let value = rest.next().and_then(|value| value.parse::<u32>().ok());
            value.ok_or_else(|| format!("{argument} needs a number"))
        };
        let settings = &mut self.settings;
        match argument {
            "--test" => {
                (settings.rounds, settings.messages) = (1, 2);
                self.handshakes = Some(Effort::TEST);
            }
            "--handshakes" => (self.messages, self.handshakes) = (false, Some(Effort::FULL)),
            "--build" => self.build = true,
            "--page" => self.page = true,
            "--all-flows" => settings.all_flows = true,
            "--quick-ack" => settings.quick_ack = true,
            "--against" => {
                rest.next().ok_or("--against needs a name")?.clone_into(&mut settings.against);
            }
            "--link-rtt" => settings.round_trip = Duration::from_millis(number()?.into()),
            "--messages" => settings.messages = number()?.max(2),
            "--size" => settings.size = number()? as usize,
            "--rounds" => settings.rounds = number()?.max(1) as usize,
            "--tls" => settings.security = security(rest.next())?,
            "--server" => {
                let server = rest.next().and_then(|value| value.parse().ok());
                settings.server = Some(server.ok_or("--server needs ADDRESS:PORT")?);
                settings.security = Security::None;
            }
            option if option.starts_with('-') => {
                return Err(format!("there is no option {option}"));
            }
            name => name.clone_into(&mut settings.name),
        }
        if settings.server.is_some() && settings.security != Security::None {
            return Err("another server is measured without TLS and login".into());
        }
        Ok(())
    }
}

fn security(name: Option<&str>) -> Result<Security, String> {
    let found = SECURITIES.into_iter().find(|(known, _)| Some(*known) == name);
    found.map(|(_, security)| security).ok_or_else(|| {
        format!("--tls needs one of {}", SECURITIES.map(|(name, _)| name).join(", "))
    })
}

/// Returns the value of `--tls` for this security.
pub(super) fn security_name(security: Security) -> &'static str {
    let found = SECURITIES.into_iter().find(|(_, known)| *known == security);
    found.map_or("opportunistic", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_and_a_name_are_parsed() {
        let parsed = parse("--tls none --link-rtt 20 --messages 1 curl").unwrap().settings;
        assert_eq!((parsed.security, parsed.messages), (Security::None, 2));
        assert_eq!((parsed.round_trip.as_millis(), parsed.name.as_str()), (20, "curl"));
    }

    #[test]
    fn invalid_arguments_are_refused() {
        for line in [
            "--tls maybe",
            "--messages",
            "--messages x",
            "--slow",
            "--server 127.0.0.1:25 --tls starttls",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}

//! The arguments of the command.

use std::time::Duration;

use mailer_bench::server_process::ServerKind;

/// Long enough for two messages of a client that stalls 44 ms for each.
const BATCH: Duration = Duration::from_millis(80);
const ROUNDS: usize = 15;

pub(crate) struct Arguments {
    pub(crate) rounds: usize,
    pub(crate) batch: Duration,
    pub(crate) one_core: bool,
    /// Every case is measured against each of these.
    pub(crate) servers: &'static [ServerKind],
    /// A part of the names of cases.
    pub(crate) case: String,
    /// A part of the labels of contenders.
    pub(crate) contender: String,
    /// The largest message size in bytes.
    pub(crate) max_size: usize,
}

impl Arguments {
    /// Parses the arguments. Cargo adds `--bench`, and `--test` runs everything once, to see whether it
    /// works.
    pub(crate) fn parse(given: &[String]) -> Result<Self, String> {
        let mut names = Vec::new();
        let mut parsed = Self {
            rounds: ROUNDS,
            batch: BATCH,
            one_core: false,
            servers: &[ServerKind::Embedded],
            case: String::new(),
            contender: String::new(),
            max_size: usize::MAX,
        };
        let mut given = given.iter();
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--bench" => {}
                "--test" => {
                    (parsed.rounds, parsed.batch, parsed.max_size) = (1, Duration::ZERO, 1024);
                    parsed.servers = &[ServerKind::Embedded, ServerKind::Sink];
                }
                "--one-core" => parsed.one_core = true,
                "--sink" => parsed.servers = &[ServerKind::Sink],
                "--rounds" => {
                    let rounds = given.next().and_then(|value| value.parse().ok());
                    parsed.rounds = rounds.ok_or("--rounds needs a number")?;
                }
                option if option.starts_with('-') => {
                    return Err(format!("there is no option {option}"));
                }
                name => names.push(name.to_owned()),
            }
        }
        let mut names = names.into_iter();
        parsed.case = names.next().unwrap_or_default();
        parsed.contender = names.next().unwrap_or_default();
        Ok(parsed)
    }
}

//! What was asked for.

use std::time::Duration;

/// Long enough for a few mails of who takes 44 ms for each.
const BATCH: Duration = Duration::from_millis(80);
const ROUNDS: usize = 15;

pub(crate) struct Arguments {
    pub(crate) rounds: usize,
    pub(crate) batch: Duration,
    pub(crate) one_core: bool,
    /// A part of the workloads' names.
    pub(crate) workload: String,
    /// A part of the contenders' names.
    pub(crate) contender: String,
    /// Octets of a mail, at most.
    pub(crate) most: u64,
}

impl Arguments {
    /// Cargo adds `--bench`; `--test` asks to see only whether everything works.
    pub(crate) fn read(given: &[String]) -> Result<Self, String> {
        let mut names = Vec::new();
        let mut read = Self {
            rounds: ROUNDS,
            batch: BATCH,
            one_core: false,
            workload: String::new(),
            contender: String::new(),
            most: u64::MAX,
        };
        let mut given = given.iter();
        let value = |next: Option<&String>| next.cloned().unwrap_or_default();
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--bench" => {}
                "--test" => (read.rounds, read.batch, read.most) = (1, Duration::ZERO, 1024),
                "--one-core" => read.one_core = true,
                "--rounds" => {
                    let rounds = value(given.next()).parse();
                    read.rounds = rounds.map_err(|_| "--rounds wants a number")?;
                }
                option if option.starts_with('-') => return Err(format!("no option {option}")),
                name => names.push(name.to_owned()),
            }
        }
        let mut names = names.into_iter();
        read.workload = names.next().unwrap_or_default();
        read.contender = names.next().unwrap_or_default();
        Ok(read)
    }
}

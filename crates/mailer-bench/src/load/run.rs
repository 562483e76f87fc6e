//! What was seen in a run, as data: everything that is reported is computed from this alone.

use std::time::Duration;

use mailer::Security;

use super::{Account, Cpu, Plan, cores::Cores};

/// All that was seen in a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was to be done.
    pub plan: Plan,
    /// The server's URL, without user and password.
    pub server: String,
    /// When TLS started.
    pub security: Security,
    /// Whether it is the embedded one, which tells what it has stored.
    pub embedded: bool,
    /// Where the sides ran.
    pub cores: Cores,
    /// How many cores the embedded server could use.
    pub server_cores: usize,
    /// What each contender did, in the order they were given.
    pub entries: Vec<Entry>,
    /// The most memory that the embedded server had at once, in octets.
    pub server_memory: Option<u64>,
    /// Whether it was ended early by who had asked for it.
    pub interrupted: bool,
}

/// What one contender did.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its name, that of its flow included: no other contender has it.
    pub name: String,
    /// Its name without the flow.
    pub backend: String,
    /// How it groups commands into flights, if it has a choice.
    pub flow: Option<String>,
    /// Whether it stands in tables only.
    pub measured_only: bool,
    /// Its slices, without the warm-up.
    pub rounds: Vec<Round>,
    /// What one mail, or one handshake, takes of the way to the server: counted over a link of some
    /// milliseconds, where the figures have none.
    pub trips: Option<Trips>,
    /// The most memory that its process had at once, in octets, its own code and the record of
    /// latencies included.
    pub memory: Option<u64>,
    /// Why its figures are worth nothing: what the server stored is not what was sent, or its process
    /// failed.
    pub wrong: Option<String>,
}

/// What one contender did in one round.
#[derive(Clone, Debug)]
pub struct Round {
    /// The number of the round, from 0.
    pub number: u32,
    /// What it did.
    pub account: Account,
    /// What the embedded server used for it.
    pub server_cpu: Option<Cpu>,
    /// What it took of a simulated way, if there was one.
    pub crossed: Option<Crossed>,
}

/// What one mail, or one handshake, takes of the way to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trips {
    /// Round trips that it waits for.
    pub waits: f64,
    /// How often something in it is held back though nothing is due before it, as by Nagle's algorithm
    /// until an acknowledgement comes.
    pub holds: f64,
    /// For how many seconds those acknowledgements are delayed, beside the round trips that they take.
    pub delayed: f64,
    /// Octets both ways, TLS included.
    pub octets: f64,
}

/// What a contender's work took on a long way, and without it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossed {
    /// What went over the link for each.
    pub trips: Trips,
    /// How long one took on one connection through a link without any distance, in the same round.
    pub local: Duration,
    /// What it took of that link, for each.
    pub local_trips: Trips,
}

impl Trips {
    /// For how many seconds something is held back on a way of this length.
    #[must_use]
    pub fn stalled(&self, round_trip: Duration) -> f64 {
        self.holds * round_trip.as_secs_f64() + self.delayed
    }
}

impl Entry {
    /// Whether nothing more is to be expected of it.
    #[must_use]
    pub fn is_out(&self) -> bool {
        let gave_up = |round: &Round| round.account.gave_up > 0;
        self.wrong.is_some() || self.rounds.last().is_some_and(gave_up)
    }
}

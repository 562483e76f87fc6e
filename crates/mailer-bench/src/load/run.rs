//! What was observed in a run, as data. Every report is computed from this.

use std::time::Duration;

use mailer::{Security, TlsLibrary};
use mailer_link::Path;

use super::{Baseline, Plan, SliceResult, UsagePerMail};
use crate::{Cpu, cores::Cores};

/// Everything that was observed in a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// What every contender was to do.
    pub plan: Plan,
    /// The server's URL, without user and password.
    pub server: String,
    /// When connections started TLS, if at all.
    pub security: Security,
    /// Whether the server was the embedded one, which reports what it has stored.
    pub embedded: bool,
    /// The cores that client and server ran on.
    pub cores: Cores,
    /// The number of cores that the embedded server could use.
    pub server_cores: usize,
    /// The results of the contenders, in the order in which these were given.
    pub results: Vec<ContenderResult>,
    /// The peak memory of the embedded server's process, in bytes.
    pub server_memory: Option<u64>,
    /// Whether the user ended the run early.
    pub interrupted: bool,
    /// An earlier run to compare with.
    pub baseline: Option<Baseline>,
    /// The [conditions](super::Condition) that the figures meet, each with the contender that meets it.
    pub violations: Vec<String>,
}

/// What one contender did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ContenderResult {
    /// The contender's [label](mailer_lab::Contender::label), which is unique in the run.
    pub name: String,
    /// The name without the flow.
    pub backend: String,
    /// How it groups commands into flights, if it has a choice.
    pub flow: Option<String>,
    /// The library that does TLS.
    pub tls_library: TlsLibrary,
    /// Whether it appears in measurements only, and not in `compare`.
    pub measured_only: bool,
    /// The slices, without the warm-up.
    pub rounds: Vec<Round>,
    /// What one message or handshake uses of the path. Where the run has no link, this is counted in
    /// separate work over a link of a few milliseconds.
    pub usage: Option<UsagePerMail>,
    /// The peak memory of its process in bytes, program and latency histogram included.
    pub peak_memory: Option<u64>,
    /// Why the contender has no result: the server did not store what was sent, or the contender's
    /// process failed.
    pub invalid: Option<String>,
}

/// What one contender did in one round.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Round {
    /// The number of the round, from 0.
    pub number: u32,
    /// What the contender did.
    pub result: SliceResult,
    /// The CPU time of the embedded server during the slice.
    pub server_cpu: Option<Cpu>,
    /// The TLS sessions that the embedded server resumed during the slice.
    pub resumed: Option<u64>,
    /// What the prediction is computed from, if the path is simulated.
    pub link_sample: Option<LinkSample>,
}

/// The same work over the simulated path and over a link without delay, in one round.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkSample {
    /// What one message or handshake used of the simulated path.
    pub usage: UsagePerMail,
    /// The time of one message or handshake on one connection over a link without delay.
    pub local: Duration,
    /// What it used of that link.
    pub local_usage: UsagePerMail,
}

impl Run {
    /// Returns whether the measured connections themselves were observed, by a relay or a simulated path.
    #[must_use]
    pub fn observes_connections(&self) -> bool {
        self.plan.path != Path::default() || (!self.embedded && !self.plan.direct)
    }
}

impl ContenderResult {
    /// Returns whether the contender takes no further turns: its result is invalid, or it gave up.
    #[must_use]
    pub fn is_out(&self) -> bool {
        let gave_up = |round: &Round| round.result.gave_up > 0;
        self.invalid.is_some() || self.rounds.last().is_some_and(gave_up)
    }
}

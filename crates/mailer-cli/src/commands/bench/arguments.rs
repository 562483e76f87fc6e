//! The options of `bench`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, builder::PossibleValuesParser};
use mailer::Error;
use mailer_bench::{
    cores::Pinning,
    load::{Condition, Ramp},
    workload::Workload,
};

use super::{numbers, values};
use crate::options::{
    LinkOptions, ServerOptions, Tls, Tuning, backends, flow_help, flows, optional_path, tls_help,
    with_values,
};

/// Measure the latency, throughput and cost of every backend
///
/// The contenders take turns, each in a process of its own. Without --server they send to the embedded
/// server, which runs in another process, and what it stored is compared with what was sent. With --server,
/// bench sends real messages: name a sender and recipients with --from and --to.
#[derive(Args)]
pub(crate) struct Arguments {
    #[arg(
        help = "Measure this workload",
        long_help = values::workload_help(),
        long,
        value_parser = values::workload(),
        hide_possible_values = true,
        default_value_t = Workload::Throughput
    )]
    pub(super) workload: Workload,
    /// Send N messages with each contender
    ///
    /// With --workload handshake, open N connections with each contender. The number is for all rounds
    /// together, and for each step of --ramp. The default is 3 with --server; without --server and with --ramp,
    /// --duration limits the work.
    #[arg(long, value_name = "N", value_parser = numbers::above_zero, conflicts_with = "duration")]
    pub(super) messages: Option<u64>,
    /// Work this long with each contender
    ///
    /// The time is in seconds, for all rounds together, and for each step of --ramp. The default is 3 without
    /// --server and with --ramp.
    #[arg(long, value_name = "SECONDS", value_parser = numbers::seconds)]
    pub(super) duration: Option<Duration>,
    /// Set the message size: 800, 4K, 25M
    ///
    /// The size is in bytes; K and M are KiB and MiB.
    #[arg(long, value_name = "BYTES", value_parser = numbers::size, default_value = "1K")]
    pub(super) size: usize,
    /// Send the messages in DIR in turn
    ///
    /// Each file in DIR, in the order of their names, is a message that is sent as it is, without its Bcc fields.
    /// Subfolders and hidden files are left out. The envelope is that of --from, --to and --to-file. DIR may also be
    /// one file. All messages together have at most 64 MiB.
    #[arg(long, value_name = "DIR", conflicts_with = "size", value_parser = optional_path())]
    pub(super) eml: Option<PathBuf>,
    /// Use N connections at a time
    #[arg(long, value_name = "N", value_parser = numbers::count, default_value = "1")]
    pub(super) connections: usize,
    /// Send each message to N recipients
    ///
    /// The recipients are fixtures at the embedded server, or the next N of --to-file; --to names other ones.
    #[arg(long, value_name = "N", value_parser = numbers::count, default_value = "1", conflicts_with = "to")]
    pub(super) recipients: usize,
    /// Start N messages per second
    ///
    /// Messages start at fixed times, over all connections together. Latency then counts from the intended
    /// start. The default is no limit: each connection starts a message when the previous one ends.
    #[arg(long, value_name = "N", value_parser = numbers::rate)]
    pub(super) rate: Option<f64>,
    /// Raise the load in steps: 100,200,400 or 100:500:100
    ///
    /// Each step is a run at a higher rate: a list of messages per second, or FIRST:LAST:STEP. After connections=
    /// the steps are numbers of connections, each as fast as possible. The report names the step at which a
    /// contender falls short: where the server accepts fewer than 95 % of the messages in time, or with more
    /// connections where the rate rises by less than 5 %. --duration is 3 by default, with --server too.
    #[arg(long, value_name = "STEPS", conflicts_with = "rate")]
    pub(super) ramp: Option<Ramp>,
    /// Divide the work into N rounds
    ///
    /// Every contender has one turn in each round.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000), default_value_t = 5)]
    pub(super) rounds: u32,
    /// Warm up this long with each contender
    ///
    /// The time is in seconds, before the first round. The default is 0.5, or 0 with --server.
    #[arg(long, value_name = "SECONDS", value_parser = numbers::seconds_or_zero)]
    pub(super) warm_up: Option<Duration>,
    /// Send from this address
    #[arg(long, value_name = "ADDRESS")]
    pub(super) from: Option<String>,
    /// Send to this address (may be repeated)
    ///
    /// Each value may be a list with commas.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) to: Vec<String>,
    /// Send each message to the next address in FILE
    ///
    /// FILE has an address or a list of addresses per line; empty lines and lines that begin with # are ignored.
    /// After the last address the first is next. With --recipients each message has the next N.
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    pub(super) to_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) link: LinkOptions,
    /// Connect to a named server directly
    ///
    /// By default connections to the server of --server pass a relay on this machine, which counts round trips,
    /// stalls and bytes.
    #[arg(long)]
    pub(super) direct: bool,
    #[arg(
        help = "Divide the cores like this",
        long_help = values::pinning_help(),
        long,
        value_parser = values::pinning(),
        hide_possible_values = true,
        default_value = Pinning::Separate.name()
    )]
    pub(super) pin: Pinning,
    #[arg(
        help = "Start TLS at this point",
        long_help = tls_help("Start TLS at this point, in sessions with the embedded server"),
        long,
        value_enum,
        hide_possible_values = true,
        default_value_t = Tls::Starttls
    )]
    pub(super) tls: Tls,
    #[arg(
        help = "Measure this backend (may be repeated)",
        long_help = with_values("Measure this backend (may be repeated) [default: all]", backends(true)),
        long,
        value_name = "BACKEND",
        value_parser = PossibleValuesParser::from(backends(true)),
        hide_possible_values = true
    )]
    pub(super) backend: Vec<String>,
    /// Also measure floors
    ///
    /// A floor sends the same bytes, prepared in advance, without the work of a mailer.
    #[arg(long)]
    pub(super) floors: bool,
    #[arg(
        help = "Use this flow (may be repeated)",
        long_help = flow_help(" (may be repeated; each is a contender) [default: auto]"),
        long,
        value_name = "FLOW",
        value_parser = flows(),
        hide_possible_values = true,
        help_heading = "Backend raw"
    )]
    pub(super) flow: Vec<String>,
    #[command(flatten)]
    pub(super) tuning: Tuning,
    #[command(flatten)]
    pub(super) server: ServerOptions,
    /// Do not ask before using a remote server
    ///
    /// Without --yes, bench asks before it connects to a server that is not on loopback.
    #[arg(long)]
    pub(super) yes: bool,
    /// Also write the report to FILE as a web page
    #[arg(long, value_name = "FILE", value_parser = optional_path())]
    pub(super) html: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Print the result as CSV
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
    /// Compare with an earlier run
    ///
    /// FILE is what --json printed in the earlier run, which must have measured the same.
    #[arg(long, value_name = "FILE", value_parser = optional_path())]
    pub(super) baseline: Option<PathBuf>,
    /// Exit with 1 if CONDITION holds (may be repeated)
    ///
    /// CONDITION compares a figure with a value: 'p99 > 20ms', 'errors > 0', 'rate < 0.9x baseline', or for one
    /// contender only: 'lettre: memory > 20M'. Figures are rate, time, p50, p90, p95, p99, p99.9, max, errors,
    /// cpu, memory, round-trips, stall and bytes. A figure that is not known fails too, such as a percentile of too
    /// few messages. With --ramp, a condition holds if it holds in one of the steps, and 'capacity < 400' is about
    /// the last step that a contender keeps up with.
    #[arg(long, value_name = "CONDITION")]
    pub(super) fail_if: Vec<Condition>,
}

impl Arguments {
    /// Completes the options with the profile that they name.
    pub(crate) fn use_profile(&mut self) -> Result<(), Error> {
        self.server.use_profile(false).map(drop)
    }

    /// Returns the value of `--from`; an empty value counts as not set.
    pub(super) fn sender(&self) -> Option<&str> {
        self.from.as_deref().filter(|text| !text.is_empty())
    }

    /// Whether `--to` or `--to-file` names a recipient.
    pub(super) fn names_recipients(&self) -> bool {
        self.to_file.is_some() || self.to.iter().any(|list| list.contains('@'))
    }
}

//! The options of the simulated path to the server.

use std::{num::NonZeroU64, time::Duration};

use clap::Args;
use mailer_link::Path;

#[derive(Args, Clone, Debug)]
pub(crate) struct LinkOptions {
    /// Simulate a path with this RTT
    ///
    /// The round-trip time, in milliseconds, of a simulated path between client and server.
    #[arg(long, value_name = "MS", default_value_t = 0, help_heading = "Simulated path")]
    link_rtt: u16,
    /// Limit the path's bandwidth (Mbit/s)
    ///
    /// The bandwidth of the simulated path in each direction, in megabits per second. Packet headers are
    /// not counted. The default is no limit.
    #[arg(long, value_name = "MBIT", value_parser = bandwidth, help_heading = "Simulated path")]
    link_bandwidth: Option<NonZeroU64>,
}

impl LinkOptions {
    pub(crate) fn path(&self) -> Path {
        Path {
            round_trip: Duration::from_millis(self.link_rtt.into()),
            bandwidth: self.link_bandwidth,
        }
    }
}

/// Parses megabits per second; the result is in bytes per second.
pub(crate) fn bandwidth(text: &str) -> Result<NonZeroU64, String> {
    const BYTES_PER_MEGABIT: f64 = 1_000_000.0 / 8.0;
    let megabits: f64 = text.parse().map_err(|_| "not a number of megabits".to_owned())?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the conversion saturates, and turns NaN into 0"
    )]
    NonZeroU64::new((megabits * BYTES_PER_MEGABIT) as u64)
        .ok_or_else(|| "not a number of megabits above 0".to_owned())
}

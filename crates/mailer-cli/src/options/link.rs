//! The simulated way to the server.

use std::{num::NonZeroU64, time::Duration};

use clap::Args;
use mailer_link::Path;

#[derive(Args, Clone, Debug)]
pub(crate) struct LinkOptions {
    /// Puts a way to the server between that takes so many milliseconds there and back
    #[arg(long, value_name = "MS", default_value_t = 0)]
    link_rtt: u16,
    /// Lets so many megabits per second pass in each direction, of content and commands, not counting
    /// headers of packets
    #[arg(long, value_name = "MBIT", value_parser = bandwidth)]
    link_bandwidth: Option<NonZeroU64>,
}

impl LinkOptions {
    /// What the way is like.
    pub(crate) fn path(&self) -> Path {
        Path {
            round_trip: Duration::from_millis(self.link_rtt.into()),
            bandwidth: self.link_bandwidth,
        }
    }
}

/// Megabits per second as octets per second.
fn bandwidth(text: &str) -> Result<NonZeroU64, String> {
    const OCTETS: f64 = 1_000_000.0 / 8.0;
    let megabits: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    // A conversion to an integer ends at its bounds, and makes nothing of what is no number.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "so it shall")]
    NonZeroU64::new((megabits * OCTETS) as u64).ok_or_else(|| "it must be more than 0".to_owned())
}

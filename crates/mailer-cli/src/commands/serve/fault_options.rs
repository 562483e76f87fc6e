//! The faults of the server, and the distance to it.

use std::{num::NonZeroU64, path::PathBuf, time::Duration};

use clap::Args;
use mailer::{Error, Kind};
use mailer_link::Path;
use mailer_server::{Fault, Point, Times};

use crate::{input, options::bandwidth};

#[derive(Args)]
pub(super) struct FaultOptions {
    /// Misbehave by RULE (may be repeated)
    ///
    /// A rule is a point of the session, actions, and conditions: 'RCPT 450 10%', 'RCPT to=bob@* 550 "5.1.1 No
    /// such user"', 'end-of-data drop first 3', 'MAIL from=*@example.com delay 2s', 'EHLO slow 20ms', 'DATA
    /// stop-reading', 'MAIL 421 over 5/min'. docs/serve.md lists all words. Of several rules that apply, the
    /// first one wins.
    #[arg(long, value_name = "RULE", help_heading = "Faults and distance")]
    fault: Vec<Fault>,
    /// Read rules from FILE
    ///
    /// The file has one rule per line; empty lines and what follows a # are ignored. These rules come after
    /// those of --fault.
    #[arg(long, value_name = "FILE", help_heading = "Faults and distance")]
    rules: Option<PathBuf>,
    /// Accept N messages per PERIOD: 5/min, 10/s
    ///
    /// Beyond that rate, over all clients, MAIL is answered with 421 and the connection closes.
    #[arg(long, value_name = "N/PERIOD", value_parser = rate_limit, help_heading = "Faults and distance")]
    rate_limit: Option<Fault>,
    /// Start random faults with this seed
    ///
    /// The same seed makes the same choices in the same order. Without it, the server chooses a seed and prints
    /// it.
    #[arg(long, value_name = "N", help_heading = "Faults and distance")]
    seed: Option<u64>,
    /// Simulate a path with this RTT
    ///
    /// The round-trip time, in milliseconds, of a simulated path between clients and server.
    #[arg(long, value_name = "MS", default_value_t = 0, help_heading = "Faults and distance")]
    rtt: u16,
    /// Limit the path's bandwidth (Mbit/s)
    ///
    /// The bandwidth of the simulated path in each direction and for each connection, in megabits per second. The
    /// default is no limit.
    #[arg(long, value_name = "MBIT", value_parser = bandwidth, help_heading = "Faults and distance")]
    bandwidth: Option<NonZeroU64>,
}

impl FaultOptions {
    /// Returns all faults in their order, and the seed if any is random. Each random fault has a seed of its
    /// own, which depends on its place.
    pub(super) fn faults(&self) -> Result<(Vec<Fault>, Option<u64>), Error> {
        let mut faults = self.fault.clone();
        if let Some(file) = &self.rules {
            let fail = || Error::new(Kind::Configuration, format!("cannot use {}", file.display()));
            let text = input::read_text(file).map_err(|cause| fail().with_cause(cause))?;
            faults.extend(Fault::parse_rules(&text).map_err(|cause| {
                fail()
                    .with_cause(cause)
                    .with_hint("each line is a rule as in --fault, such as RCPT 450 10%")
            })?);
        }
        faults.extend(self.rate_limit.clone());
        if !faults.iter().any(Fault::is_random) {
            return Ok((faults, None));
        }
        let seed = match self.seed {
            Some(seed) => seed,
            // A short number is easier to type again.
            None => getrandom::u32().map(u64::from).map_err(|cause| {
                Error::new(Kind::Internal, "the system provides no random numbers")
                    .with_cause(cause)
            })?,
        };
        let seeded = faults.into_iter().zip(seed..).map(|(fault, seed)| fault.seeded(seed));
        Ok((seeded.collect(), Some(seed)))
    }

    pub(super) fn path(&self) -> Path {
        Path { round_trip: Duration::from_millis(self.rtt.into()), bandwidth: self.bandwidth }
    }
}

/// Parses a rate limit as the fault that it is.
fn rate_limit(text: &str) -> Result<Fault, String> {
    let rule = format!("MAIL over {text} 421 '4.7.0 Too many messages, try again later'");
    let is_one_word = !text.contains(|c: char| c.is_whitespace() || "'\"#\\".contains(c));
    let fault = rule.parse::<Fault>().ok().filter(|fault| {
        is_one_word && fault.at == Point::Mail && matches!(fault.times, Times::Over { .. })
    });
    fault.ok_or_else(|| "not a rate such as 5/min, 10/s or 100/10s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_is_a_421_beyond_the_rate() {
        let fault = rate_limit("5/min").expect("a rate");
        let expected = Fault::at(Point::Mail)
            .over(5, Duration::from_secs(60))
            .reply("421 4.7.0 Too many messages, try again later")
            .close();
        assert_eq!(fault, expected);
        for text in ["", "5", "5/x", "0/min", "5/0s", "5/", "5/min 450", "5/min#"] {
            assert!(rate_limit(text).is_err(), "{text}");
        }
    }
}

//! From options to a plan.

use std::time::Duration;

use mailer_bench::load::{Limit, Pinning, Plan, Work};

use super::{Arguments, Pin, Workload};

/// How long each contender works where nothing else is said.
const DURATION: Duration = Duration::from_secs(3);
/// How many mails somebody's server gets from each where nothing else is said.
const MAILS: u64 = 3;
const WARM_UP: Duration = Duration::from_millis(500);
/// The largest mail: it is kept in memory.
const LARGEST: usize = 1 << 30;

pub(super) fn plan(arguments: &Arguments, at_a_server: bool) -> Plan {
    let usual = if at_a_server { Limit::Mails(MAILS) } else { Limit::Time(DURATION) };
    let limit = match (arguments.messages, arguments.duration) {
        (Some(mails), _) => Limit::Mails(mails),
        (None, Some(time)) => Limit::Time(time),
        (None, None) => usual,
    };
    let recipients = match arguments.to.as_slice() {
        [] => (1..=arguments.recipients).map(|n| format!("bob-{n}@example.test")).collect(),
        named => named.to_vec(),
    };
    let sender = arguments.from.clone().unwrap_or_else(|| "ann@example.test".into());
    Plan {
        work: match arguments.workload {
            Workload::Handshake => Work::Handshake,
            Workload::Throughput => Work::Throughput,
            Workload::OnePerConnection => Work::OnePerConnection,
            Workload::ColdStart => Work::ColdStart,
        },
        limit,
        rounds: arguments.rounds,
        warm_up: arguments.warm_up.unwrap_or(if at_a_server { Duration::ZERO } else { WARM_UP }),
        connections: arguments.connections,
        rate: arguments.rate,
        octets: arguments.size,
        sender: Some(sender),
        recipients,
        path: arguments.link.path(),
        pinning: match arguments.pin {
            Pin::Apart => Pinning::Apart,
            Pin::Together => Pinning::Together,
            Pin::Free => Pinning::Free,
        },
    }
}

/// How many mails or connections that is for a server; `None` if nobody can tell.
pub(super) fn pieces(plan: &Plan, contenders: usize) -> Option<u64> {
    match plan.limit {
        Limit::Mails(mails) if plan.warm_up.is_zero() => {
            Some(mails.saturating_mul(contenders as u64))
        }
        _ => None,
    }
}

pub(super) fn above_zero(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "not a number above 0".to_owned())
}

/// A number of connections, or of recipients.
pub(super) fn count(text: &str) -> Result<usize, String> {
    let within = |number: &usize| (1..=1000).contains(number);
    text.parse().ok().filter(within).ok_or_else(|| "not a number from 1 to 1000".to_owned())
}

pub(super) fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.strip_suffix(['K', 'k']) {
        Some(number) => (number, 1 << 10),
        None => text.strip_suffix(['M', 'm']).map_or((text, 1), |number| (number, 1 << 20)),
    };
    let octets = number.parse().ok().and_then(|number: usize| number.checked_mul(unit));
    octets
        .filter(|octets| (1..=LARGEST).contains(octets))
        .ok_or_else(|| "not a size such as 800, 4K or 25M, of 1024M at the most".to_owned())
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    let within = |rate: &f64| *rate >= 0.001 && *rate <= 1e7;
    text.parse().ok().filter(within).ok_or_else(|| "not a number from 0.001 to 10000000".to_owned())
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    seconds_or_none(text)?
        .checked_sub(Duration::from_millis(1))
        .ok_or("less than a millisecond")?;
    seconds_or_none(text)
}

pub(super) fn seconds_or_none(text: &str) -> Result<Duration, String> {
    let day = Duration::from_secs(24 * 60 * 60);
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| *time <= day).ok_or_else(|| "not a number of seconds up to a day".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, octets) in [("800", 800), ("4K", 4096), ("25M", 25 << 20), ("1024m", LARGEST)] {
            assert_eq!(size(text), Ok(octets));
        }
        for text in ["", "0", "-1", "K", "1.5M", "1025M", "99999999999999999999", "1G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for text in ["0", "-1", "NaN", "inf", "x"] {
            assert!(rate(text).is_err() && seconds(text).is_err(), "{text}");
        }
        assert_eq!(seconds_or_none("0"), Ok(Duration::ZERO));
        assert!(count("0").is_err() && count("1001").is_err() && above_zero("0").is_err());
    }
}

//! From options to a plan.

use std::time::Duration;

use mailer::Error;
use mailer_bench::{
    load::{Limit, Plan},
    workload::Workload,
};

use super::Arguments;
use crate::{
    commands::consent::{Load, OpenEnded},
    mail,
};

/// How long each contender works where nothing else is said.
const DURATION: Duration = Duration::from_secs(3);
/// How many mails somebody's server gets from each where nothing else is said.
const MAILS: u64 = 3;
const WARM_UP: Duration = Duration::from_millis(500);
/// The largest mail: it is kept in memory.
const LARGEST: usize = 1 << 30;

pub(super) fn plan(arguments: &Arguments, at_a_server: bool) -> Result<Plan, Error> {
    let usual = if at_a_server { Limit::Count(MAILS) } else { Limit::Time(DURATION) };
    let limit = match (arguments.messages, arguments.duration) {
        (Some(mails), _) => Limit::Count(mails),
        (None, Some(time)) => Limit::Time(time),
        (None, None) => usual,
    };
    let recipients = match mail::mailboxes(&arguments.to)?.as_slice() {
        [] => (1..=arguments.recipients).map(|n| format!("bob-{n}@example.test")).collect(),
        named => named.iter().map(|mailbox| mailbox.address.to_string()).collect(),
    };
    let sender = sender(arguments).unwrap_or("ann@example.test").to_owned();
    Ok(Plan {
        workload: arguments.workload,
        limit,
        rounds: arguments.rounds,
        warm_up: arguments.warm_up.unwrap_or(if at_a_server { Duration::ZERO } else { WARM_UP }),
        connections: arguments.connections,
        rate: arguments.rate,
        message_size: arguments.size,
        sender: Some(sender),
        recipients,
        path: arguments.link.path(),
        pinning: arguments.pin,
    })
}

/// Who sends, if the options say so.
pub(super) fn sender(arguments: &Arguments) -> Option<&str> {
    arguments.from.as_deref().filter(|text| !text.is_empty())
}

/// Whether the options name a recipient.
pub(super) fn names_recipients(arguments: &Arguments) -> bool {
    arguments.to.iter().any(|list| list.contains('@'))
}

/// What the plan will cause at a server, with so many contenders.
pub(super) fn load(plan: &Plan, contenders: usize) -> Load {
    let contenders = u32::try_from(contenders).unwrap_or(u32::MAX);
    let sends = plan.workload != Workload::Handshake;
    let keeps_open = plan.workload == Workload::Throughput;
    let ((counted, timed), (warm_up, warm_up_timed)) =
        (extent(plan.limit, plan.rate), extent(Limit::Time(plan.warm_up), plan.rate));
    let pieces = counted.saturating_add(warm_up).saturating_mul(contenders.into());
    let time = timed.saturating_add(warm_up_timed).saturating_mul(contenders);
    let messages = if sends { pieces } else { 0 };
    let (at_once, size) = (plan.connections as u64, plan.message_size as u64);
    let kept_open = slices(plan).saturating_mul(contenders.into()).saturating_mul(at_once);
    let message = sends.then_some(size);
    let open_ended = OpenEnded { time, at_once, opens: !keeps_open, message };
    Load {
        connections: if keeps_open { kept_open } else { pieces },
        messages,
        recipients: plan.recipients.len() as u64,
        bytes: messages.saturating_mul(size),
        open_ended: (!time.is_zero()).then_some(open_ended),
    }
}

/// How much one contender does within this limit: pieces of work where they can be counted, else time.
fn extent(limit: Limit, rate: Option<f64>) -> (u64, Duration) {
    match (limit, rate) {
        (Limit::Count(pieces), _) => (pieces, Duration::ZERO),
        (Limit::Time(time), None) => (0, time),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a conversion to an integer ends at its bounds"
        )]
        (Limit::Time(time), Some(rate)) => {
            ((time.as_secs_f64() * rate).ceil() as u64, Duration::ZERO)
        }
    }
}

/// Slices of one contender: each opens the connections that it works on.
fn slices(plan: &Plan) -> u64 {
    let rounds = u64::from(plan.rounds);
    let measured = match plan.limit {
        Limit::Count(pieces) => pieces.min(rounds),
        Limit::Time(_) => rounds,
    };
    measured + u64::from(!plan.warm_up.is_zero())
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

    fn of(workload: Workload, limit: Limit) -> Plan {
        Plan {
            workload,
            limit,
            rounds: 5,
            warm_up: Duration::ZERO,
            connections: 4,
            rate: None,
            message_size: 1000,
            sender: None,
            recipients: vec!["bob@example.test".into(), "cid@example.test".into()],
            path: mailer_link::Path::default(),
            pinning: mailer_bench::cores::Pinning::None,
        }
    }

    #[test]
    fn a_number_of_messages_has_a_number_of_connections_and_bytes() {
        let load = super::load(&of(Workload::Throughput, Limit::Count(3)), 2);
        // Two contenders, three rounds that have a message, four connections.
        assert_eq!((load.connections, load.messages, load.recipients), (24, 6, 2));
        assert!(load.bytes == 6000 && load.open_ended.is_none());
        let apart = of(Workload::OnePerConnection, Limit::Count(3));
        assert_eq!((super::load(&apart, 2).connections, super::load(&apart, 2).messages), (6, 6));
        let handshakes = super::load(&of(Workload::Handshake, Limit::Count(3)), 2);
        assert_eq!((handshakes.connections, handshakes.messages, handshakes.bytes), (6, 0, 0));
    }

    #[test]
    fn time_counts_for_every_contender_and_so_does_the_warm_up() {
        let second = Duration::from_secs(1);
        let plan = Plan { warm_up: second, ..of(Workload::Throughput, Limit::Time(9 * second)) };
        let timed = load(&plan, 3);
        assert_eq!((timed.connections, timed.messages), (3 * 6 * 4, 0));
        assert_eq!(timed.open_ended.map(|it| (it.time, it.opens)), Some((30 * second, false)));
        let paced = load(&Plan { rate: Some(2.5), ..plan.clone() }, 3);
        assert_eq!((paced.messages, paced.open_ended.is_none()), (3 * (23 + 3), true));
        let counted = load(&Plan { limit: Limit::Count(10), ..plan }, 1);
        assert_eq!(counted.open_ended.map(|it| it.time), Some(second));
        assert_eq!((counted.connections, counted.messages), (6 * 4, 10));
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

//! Makes the plan of a run from the options, and the load that it puts on a server.

use std::{io, num::NonZeroUsize, path::Path, time::Duration};

use mailer::{Error, Kind};
use mailer_bench::{
    load::{Limit, Plan, Ramp},
    workload::Workload,
};

use super::{arguments::Arguments, prepared};
use crate::{
    commands::consent::{Load, OpenEnded},
    input,
    options::mailboxes,
};

/// The default of `--duration`, for the embedded server.
const DURATION: Duration = Duration::from_secs(3);
/// The default of `--messages`, for a named server.
const MESSAGES: u64 = 3;
/// The default of `--warm-up`, for the embedded server.
const WARM_UP: Duration = Duration::from_millis(500);

pub(super) fn plan(arguments: &Arguments, has_named_server: bool) -> Result<Plan, Error> {
    let limit = match (arguments.messages, arguments.duration) {
        (Some(messages), _) => Limit::Count(messages),
        (None, Some(time)) => Limit::Time(time),
        (None, None) if has_named_server && arguments.ramp.is_none() => Limit::Count(MESSAGES),
        (None, None) => Limit::Time(DURATION),
    };
    let (recipients, recipients_in_turn) = recipients(arguments)?;
    let eml = arguments.eml.as_deref().filter(|path| !path.as_os_str().is_empty());
    let prepared = eml.map(prepared::messages).transpose()?.unwrap_or_default();
    let sender = arguments.sender().unwrap_or("ann@example.test").to_owned();
    let warm_up = if has_named_server { Duration::ZERO } else { WARM_UP };
    Ok(Plan {
        workload: arguments.workload,
        limit,
        rounds: arguments.rounds,
        warm_up: arguments.warm_up.unwrap_or(warm_up),
        connections: arguments.connections,
        rate: arguments.rate,
        message_size: mean_size(&prepared).unwrap_or(arguments.size),
        prepared: prepared.into(),
        sender: Some(sender),
        recipients,
        recipients_in_turn,
        path: arguments.link.path(),
        direct: arguments.direct,
        pinning: arguments.pin,
    })
}

/// Returns the recipients of all messages, and how many of them each message has in turn, if it does not have all.
fn recipients(arguments: &Arguments) -> Result<(Vec<String>, Option<NonZeroUsize>), Error> {
    let each = arguments.recipients;
    let lists = match &arguments.to_file {
        Some(file) => addresses(file)?,
        None => arguments.to.clone(),
    };
    let named = mailboxes(&lists)?;
    let named: Vec<String> = named.iter().map(|mailbox| mailbox.address.to_string()).collect();
    match &arguments.to_file {
        Some(file) if named.len() < each => {
            let problem = format!("{} has {} addresses", file.display(), named.len());
            Err(Error::new(
                Kind::Message,
                format!("{problem}, fewer than the {each} of --recipients"),
            ))
        }
        Some(_) => Ok((named, NonZeroUsize::new(each))),
        None if named.is_empty() => {
            Ok(((1..=each).map(|n| format!("bob-{n}@example.test")).collect(), None))
        }
        None => Ok((named, None)),
    }
}

/// Returns the mean size of these messages, rounded up; `None` if there are none.
fn mean_size(messages: &[Vec<u8>]) -> Option<usize> {
    let bytes: usize = messages.iter().map(Vec::len).sum();
    (!messages.is_empty()).then(|| bytes.div_ceil(messages.len()))
}

/// Returns the lines of a file that have addresses.
fn addresses(file: &Path) -> Result<Vec<String>, Error> {
    let fail = |cause: io::Error| {
        Error::new(Kind::Input, format!("cannot read {}", file.display())).with_cause(cause)
    };
    let text = input::read_text(file).map_err(fail)?;
    let lines = text.lines().map(str::trim);
    let lists: Vec<String> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    if lists.is_empty() {
        return Err(Error::new(Kind::Message, format!("{} has no address", file.display())));
    }
    Ok(lists)
}

/// Returns the load that the plan, in all steps of a ramp, puts on a server with this number of contenders.
pub(super) fn load(plan: &Plan, ramp: Option<&Ramp>, contenders: usize) -> Load {
    match ramp {
        None => load_of_run(plan, contenders),
        Some(ramp) => {
            let steps = ramp.plans(plan);
            steps
                .iter()
                .map(|plan| load_of_run(plan, contenders))
                .reduce(Load::and)
                .unwrap_or_default()
        }
    }
}

fn load_of_run(plan: &Plan, contenders: usize) -> Load {
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
        recipients: plan.recipients_per_message() as u64,
        bytes: messages.saturating_mul(size),
        open_ended: (!time.is_zero()).then_some(open_ended),
    }
}

/// Returns the work of one contender within this limit: the number of messages or connections if it is
/// known, or else the time.
fn extent(limit: Limit, rate: Option<f64>) -> (u64, Duration) {
    match (limit, rate) {
        (Limit::Count(pieces), _) => (pieces, Duration::ZERO),
        (Limit::Time(time), None) => (0, time),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the conversion saturates"
        )]
        (Limit::Time(time), Some(rate)) => {
            ((time.as_secs_f64() * rate).ceil() as u64, Duration::ZERO)
        }
    }
}

/// Returns the number of slices of one contender. Each slice opens its own connections.
fn slices(plan: &Plan) -> u64 {
    let rounds = u64::from(plan.rounds);
    let measured = match plan.limit {
        Limit::Count(pieces) => pieces.min(rounds),
        Limit::Time(_) => rounds,
    };
    measured + u64::from(!plan.warm_up.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan_with(workload: Workload, limit: Limit) -> Plan {
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
            ..Plan::default()
        }
    }

    #[test]
    fn a_number_of_messages_gives_the_number_of_connections_and_bytes() {
        let load = load_of_run(&plan_with(Workload::Throughput, Limit::Count(3)), 2);
        // Two contenders, three rounds with a message each, four connections.
        assert_eq!((load.connections, load.messages, load.recipients), (24, 6, 2));
        assert!(load.bytes == 6000 && load.open_ended.is_none());
        let separate = plan_with(Workload::OnePerConnection, Limit::Count(3));
        assert_eq!(
            (load_of_run(&separate, 2).connections, load_of_run(&separate, 2).messages),
            (6, 6)
        );
        let handshakes = load_of_run(&plan_with(Workload::Handshake, Limit::Count(3)), 2);
        assert_eq!((handshakes.connections, handshakes.messages, handshakes.bytes), (6, 0, 0));
    }

    #[test]
    fn the_time_includes_every_contender_and_the_warm_up() {
        let second = Duration::from_secs(1);
        let plan =
            Plan { warm_up: second, ..plan_with(Workload::Throughput, Limit::Time(9 * second)) };
        let timed = load_of_run(&plan, 3);
        assert_eq!((timed.connections, timed.messages), (3 * 6 * 4, 0));
        assert_eq!(timed.open_ended.map(|it| (it.time, it.opens)), Some((30 * second, false)));
        let paced = load_of_run(&Plan { rate: Some(2.5), ..plan.clone() }, 3);
        assert_eq!((paced.messages, paced.open_ended.is_none()), (3 * (23 + 3), true));
        let counted = load_of_run(&Plan { limit: Limit::Count(10), ..plan }, 1);
        assert_eq!(counted.open_ended.map(|it| it.time), Some(second));
        assert_eq!((counted.connections, counted.messages), (6 * 4, 10));
    }
    #[test]
    fn the_load_of_a_ramp_is_that_of_all_steps() {
        let plan = plan_with(Workload::Throughput, Limit::Time(Duration::from_secs(2)));
        let ramp = |text: &str| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let load = super::load(&plan, Some(&ramp("10,30")), 2);
        assert_eq!((load.messages, load.recipients), (2 * (20 + 60), 2));
        assert!(load.bytes == 160_000 && load.open_ended.is_none());
        let load = super::load(&plan, Some(&ramp("connections=1,8")), 2);
        let open_ended = load.open_ended.map(|it| (it.time, it.at_once));
        assert_eq!(open_ended, Some((Duration::from_secs(8), 8)));
    }
}

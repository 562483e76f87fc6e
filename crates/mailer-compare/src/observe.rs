//! Runs one backend over a link and observes it.

use std::{cell::Cell, net::SocketAddr, sync::Arc, time::Instant};

use mailer::{Error, Kind, Mailer, Outcome, Receipt, Server, Step};

use mailer_lab::Contender;
use mailer_link::{AnswerLimit, Connection, Link};

use crate::{experiment::Experiment, observation::Observation, recorder::Recorder};

/// The size of a reply that is long for a real server, in bytes. Raw reads no longer ones.
const LONG_REPLY: u64 = 64 * 1024;

/// Sends the mails through one backend over a new link.
pub(crate) fn observe(
    contender: &Contender,
    experiment: &Experiment<'_>,
    targets: &[SocketAddr],
) -> Result<Observation, Error> {
    let limit = answer_limit(experiment);
    let link = Link::to(targets).over(experiment.path).limit_answers(limit);
    let link = link.client_delays_acks(contender.delays_acks);
    let link = link.keep_packets(experiment.keep_packets).start();
    let link = link.map_err(|cause| {
        Error::new(Kind::Internal, "cannot start the link between client and server")
            .with_cause(cause)
    })?;
    let mut server = experiment.server.clone();
    server.connect_to = Some(link.addr());
    let mut observation = attempt(contender, &server, experiment);
    let connections = link.finish();
    let is_unreached = |connection: &Connection| connection.failure.is_some();
    if !connections.is_empty() && connections.iter().all(is_unreached) {
        // The link never reached the server, so nothing was delivered, and it could only close the
        // client's connections. Without the link, the backend reports the reason itself.
        return Ok(attempt(contender, experiment.server, experiment));
    }
    if let Some(cause) = connections.iter().find_map(|connection| connection.failure.as_deref()) {
        report_unreached(&mut observation, experiment.server, cause);
    }
    observation.connections = Some(connections).filter(|all: &Vec<Connection>| !all.is_empty());
    Ok(observation)
}

/// Returns the limit of one answer: generous for all replies that may be due, and an end for a server
/// that never ends its reply.
fn answer_limit(experiment: &Experiment<'_>) -> AnswerLimit {
    let commands = experiment.mail.envelope().recipients().len().saturating_add(8);
    let replies = commands.saturating_mul(experiment.mails);
    let times = u32::try_from(replies).unwrap_or(u32::MAX);
    AnswerLimit {
        bytes: LONG_REPLY.saturating_mul(replies as u64),
        time: experiment.server.timeouts.longest().saturating_mul(times),
    }
}

/// Replaces the error of a connection that the link could not make. To the client it looks like one that
/// was closed at the greeting, or within the TLS handshake.
fn report_unreached(observation: &mut Observation, server: &Server, cause: &str) {
    for receipt in std::iter::once(&mut observation.receipt).chain(&mut observation.further) {
        let is_closed_early = receipt.error.as_ref().is_some_and(|error| {
            let at_first = matches!(error.step(), Some(Step::Connect | Step::Greeting | Step::Tls));
            error.kind() == Kind::Lost && at_first
        });
        if receipt.outcome == Outcome::NotSent && is_closed_early {
            receipt.error = Some(Error::unreachable(server).with_cause(cause));
        }
    }
}

/// Lets a backend do once what it does only once in a process. Errors are ignored: they occur again in
/// the observed run.
pub(crate) fn warm_up(contender: &Contender, experiment: &Experiment<'_>) {
    let Some(server) = experiment.warm_up else { return };
    if let Ok(mut mailer) = (contender.make)(server) {
        mailer.trace_to(Some(Arc::new(Recorder::default())));
        let _ = send(mailer.as_mut(), experiment);
        let _ = mailer.close();
    }
    // Once with the settings of the run as well: a TLS library is set up for each trust setting, and
    // only a backend that was constructed with these before can be blamed for doing it again.
    let _ = (contender.make)(experiment.server);
}

/// Sends the mails, which opens the connection too. After a mail that is not accepted, no other is
/// offered: all are the same, so the same would happen to them.
fn send(mailer: &mut dyn Mailer, experiment: &Experiment<'_>) -> Vec<Receipt> {
    let stops = Cell::new(false);
    let mails = std::iter::repeat_n(experiment.mail.clone(), experiment.mails);
    let mut receipts = Vec::new();
    mailer.send_many(&mut mails.take_while(|_| !stops.get()), &mut |_, receipt| {
        stops.set(!matches!(receipt.outcome, Outcome::Accepted | Outcome::Partial));
        receipts.push(receipt.clone());
    });
    receipts
}

fn attempt(contender: &Contender, server: &Server, experiment: &Experiment<'_>) -> Observation {
    let recorder = Arc::new(Recorder::default());
    let setup_started = Instant::now();
    let mut made = (contender.make)(server);
    let setup_time = setup_started.elapsed();
    if let Ok(mailer) = &mut made {
        mailer.trace_to(Some(recorder.clone()));
    }
    let resumed = || Some(experiment.inbox?.resumed_sessions());
    let resumed_before = resumed();
    let started = Instant::now();
    let (receipts, closing, ended) = match made {
        Ok(mut mailer) => {
            let receipts = send(mailer.as_mut(), experiment);
            (receipts, mailer.close().err(), Instant::now())
        }
        Err(error) => (vec![Receipt::not_sent(error)], None, started),
    };
    let is_resumed = resumed().zip(resumed_before).map(|(after, before)| after > before);
    let receipts = with_mails_not_offered(receipts, experiment.mails);
    let mut receipts = receipts.into_iter();
    // A backend settles every mail that it accepts from its caller.
    let first = receipts.next().unwrap_or_else(|| Receipt::not_sent(Error::lost(Step::Prepare)));
    Observation {
        flow: contender.flow.clone(),
        tls_library: Some(contender.tls_library),
        is_resumed,
        measured_only: contender.measured_only,
        delays_acks: contender.delays_acks,
        setup_time,
        started,
        ended,
        events: recorder.take(),
        path: experiment.path,
        further: receipts.collect(),
        closing,
        ..Observation::new(contender.name.as_str(), server.security, first)
    }
}

/// Returns one receipt per mail. Those that were not offered, because one before them was not accepted,
/// are not sent.
fn with_mails_not_offered(mut receipts: Vec<Receipt>, mails: usize) -> Vec<Receipt> {
    let last = receipts.iter().rev().find_map(|receipt| receipt.error.as_ref());
    let kind = last.map_or(Kind::Lost, Error::kind);
    let error =
        Error::new(kind, "the message was not offered, because one before it was not accepted")
            .with_hint("it can be sent again once the error before it is solved");
    receipts.resize(mails.max(receipts.len()), Receipt::not_sent(error));
    receipts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mail_has_a_receipt() {
        let refused = Receipt::not_sent(Error::new(Kind::Refused, "no"));
        let all = with_mails_not_offered(vec![Receipt::default(), refused], 4);
        let kinds: Vec<_> = all.iter().map(|r| r.error.as_ref().map(Error::kind)).collect();
        assert_eq!(kinds, [None, Some(Kind::Refused), Some(Kind::Refused), Some(Kind::Refused)]);
        assert_eq!(with_mails_not_offered(all, 1).len(), 4);
    }
}

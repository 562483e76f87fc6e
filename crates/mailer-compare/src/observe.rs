//! Runs one backend and watches it.

use std::{
    cell::Cell,
    net::{SocketAddr, ToSocketAddrs},
    sync::Arc,
    time::Instant,
};

use mailer::{Error, Kind, Mailer, Outcome, Receipt, Server, Step};

use super::Experiment;
use crate::{
    Recorder,
    observation::{Observation, Perspective},
};
use mailer_lab::Contender;
use mailer_link::{AnswerLimit, Connection, Link};

/// Bytes of a reply that is long for a real server; raw reads no longer one.
const LONG_REPLY: u64 = 64 * 1024;

/// The addresses of the server, so that no backend has to ask for them while its time runs.
pub(super) fn resolve(server: &Server) -> Result<Vec<SocketAddr>, Error> {
    if let Some(addr) = server.connect_to {
        return Ok(vec![addr]);
    }
    let found = (server.host.as_str(), server.port).to_socket_addrs();
    let unknown = |cause| Error::not_resolved(server).with_cause(cause);
    let found: Vec<SocketAddr> = found.map_err(unknown)?.collect();
    if found.is_empty() { Err(Error::not_resolved(server)) } else { Ok(found) }
}

/// Sends the mails through one backend, over a link of its own.
pub(super) fn observe(
    contender: &Contender,
    experiment: &Experiment<'_>,
    targets: &[SocketAddr],
) -> Result<Observation, Error> {
    if let Some(server) = experiment.warm_up {
        warm_up(contender, server, experiment);
        // With the settings of the run as well: a TLS library is set up anew for each of them, and
        // only a backend that has been made with these can be blamed for doing it again.
        let _ = (contender.make)(experiment.server);
        // What the server has stored of that is forgotten.
        let _ = (experiment.take_stored)();
    }
    let limit = answer_limit(experiment);
    let link = Link::to(targets).over(experiment.path).limit_answers(limit);
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
        // The server was never reached, so nothing was delivered. The link could only close its
        // client's connections; without the link, the backend finds the reason by itself.
        return Ok(attempt(contender, experiment.server, experiment));
    }
    if let Some(cause) = connections.iter().find_map(|connection| connection.failure.as_deref()) {
        name_unreached(&mut observation, experiment.server, cause);
    }
    observation.connections = Some(connections).filter(|all: &Vec<Connection>| !all.is_empty());
    Ok(observation)
}

/// The most that one answer may be: generous for every reply that is due to it, and an end to a server
/// that never ends one.
fn answer_limit(experiment: &Experiment<'_>) -> AnswerLimit {
    let commands = experiment.mail.envelope().recipients().len().saturating_add(8);
    let replies = commands.saturating_mul(experiment.mails.max(1));
    let times = u32::try_from(replies).unwrap_or(u32::MAX);
    AnswerLimit {
        bytes: LONG_REPLY.saturating_mul(replies as u64),
        time: experiment.server.timeouts.longest().saturating_mul(times),
    }
}

/// A connection that the link could not make looks to its client like one that was closed at the
/// greeting, or within the TLS handshake. The observation says what it was.
fn name_unreached(observation: &mut Observation, server: &Server, cause: &str) {
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

/// Whatever goes wrong here goes wrong again where it is shown.
fn warm_up(contender: &Contender, server: &Server, experiment: &Experiment<'_>) {
    if let Ok(mut mailer) = (contender.make)(server) {
        mailer.trace_to(Some(Arc::new(Recorder::default())));
        let _ = send(mailer.as_mut(), experiment);
        let _ = mailer.close();
    }
}

/// Opens too, as a program would that has mails to send. Behind one that is not taken no other is
/// offered: whatever is wrong with it, or with the server, is wrong with all, since they are the same.
fn send(mailer: &mut dyn Mailer, experiment: &Experiment<'_>) -> Vec<Receipt> {
    let trouble = Cell::new(false);
    let mails = std::iter::repeat_n(experiment.mail.clone(), experiment.mails.max(1));
    let mut receipts = Vec::new();
    mailer.send_many(&mut mails.take_while(|_| !trouble.get()), &mut |_, receipt| {
        trouble.set(!matches!(receipt.outcome, Outcome::Accepted | Outcome::Partial));
        receipts.push(receipt.clone());
    });
    receipts
}

fn attempt(contender: &Contender, server: &Server, experiment: &Experiment<'_>) -> Observation {
    let recorder = Arc::new(Recorder::default());
    let told_to_make = Instant::now();
    let mut made = (contender.make)(server);
    let setup_time = told_to_make.elapsed();
    if let Ok(mailer) = &mut made {
        mailer.trace_to(Some(recorder.clone()));
    }
    let started = Instant::now();
    let (receipts, closing, ended) = match made {
        Ok(mut mailer) => {
            let receipts = send(mailer.as_mut(), experiment);
            (receipts, mailer.close().err(), Instant::now())
        }
        Err(error) => (vec![Receipt::not_sent(error)], None, started),
    };
    let receipts = with_those_not_begun(receipts, experiment.mails.max(1));
    let mut receipts = receipts.into_iter();
    // A backend settles every mail it takes.
    let first = receipts.next().unwrap_or_else(|| Receipt::not_sent(Error::lost(Step::Prepare)));
    Observation {
        backend: contender.name.clone(),
        flow: contender.flow.clone(),
        measured_only: contender.measured_only,
        security: server.security,
        setup_time,
        started,
        ended,
        events: recorder.take(),
        perspective: Perspective::Client,
        path: experiment.path,
        connections: None,
        receipt: first,
        further: receipts.collect(),
        closing,
    }
}

/// The receipts of all mails: those that were not begun, because one before them met trouble, are not
/// sent.
fn with_those_not_begun(mut receipts: Vec<Receipt>, mails: usize) -> Vec<Receipt> {
    let last = receipts.iter().rev().find_map(|receipt| receipt.error.as_ref());
    let kind = last.map_or(Kind::Lost, Error::kind);
    let error = Error::new(kind, "the mail was not begun, because one before it was not accepted")
        .with_hint("it can be sent again once the error before it is solved");
    receipts.resize(mails.max(receipts.len()), Receipt::not_sent(error));
    receipts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mail_has_a_receipt() {
        let refused = Receipt::not_sent(Error::new(Kind::Refused, "no"));
        let all = with_those_not_begun(vec![Receipt::default(), refused], 4);
        let kinds: Vec<_> = all.iter().map(|r| r.error.as_ref().map(Error::kind)).collect();
        assert_eq!(kinds, [None, Some(Kind::Refused), Some(Kind::Refused), Some(Kind::Refused)]);
        assert_eq!(with_those_not_begun(all, 1).len(), 4);
    }
}

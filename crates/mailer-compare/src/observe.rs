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
    session::{Session, Witness},
};
use mailer_lab::Contender;
use mailer_link::{Connection, Link};

/// The addresses of the server, so that no backend has to ask for them while its time runs.
pub(super) fn resolve(server: &Server) -> Result<Vec<SocketAddr>, Error> {
    if let Some(addr) = server.connect_to {
        return Ok(vec![addr]);
    }
    let found = (server.host.as_str(), server.port).to_socket_addrs();
    let unknown = |cause| Error::not_resolved(server).because(cause);
    let found: Vec<SocketAddr> = found.map_err(unknown)?.collect();
    if found.is_empty() { Err(Error::not_resolved(server)) } else { Ok(found) }
}

/// Sends the mails through one backend, over a link of its own.
pub(super) fn observe(
    contender: &Contender,
    experiment: &Experiment<'_>,
    targets: &[SocketAddr],
) -> Result<Session, Error> {
    if let Some(server) = experiment.warm_up {
        warm_up(contender, server, experiment);
        // With the settings of the run as well: a TLS library is set up anew for each of them, and
        // only a backend that has been made with these can be blamed for doing it again.
        let _ = (contender.make)(experiment.server);
        // What the server has stored of that is forgotten.
        let _ = (experiment.stored)();
    }
    let link = Link::to(targets).over(experiment.path).start().map_err(|cause| {
        Error::new(Kind::Internal, "cannot start the link between client and server").because(cause)
    })?;
    let mut server = experiment.server.clone();
    server.connect_to = Some(link.addr());
    let mut session = attempt(contender, &server, experiment);
    let connections = link.finish();
    if connections.iter().any(|connection| connection.failure.is_some()) {
        // Nobody is there, which the link could only tell its client by hanging up: without it, the
        // backend finds out by itself and can say so.
        return Ok(attempt(contender, experiment.server, experiment));
    }
    session.connections = Some(connections).filter(|all: &Vec<Connection>| !all.is_empty());
    Ok(session)
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

fn attempt(contender: &Contender, server: &Server, experiment: &Experiment<'_>) -> Session {
    let recorder = Arc::new(Recorder::default());
    let told_to_make = Instant::now();
    let mut made = (contender.make)(server);
    let made_in = told_to_make.elapsed();
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
    let mut receipts = receipts.into_iter();
    // A backend settles every mail it takes.
    let first = receipts.next().unwrap_or_else(|| Receipt::not_sent(Error::lost(Step::Prepare)));
    Session {
        backend: contender.name.clone(),
        flow: contender.flow.clone(),
        measured_only: contender.measured_only,
        security: server.security,
        made_in,
        started,
        ended,
        events: recorder.take(),
        witness: Witness::Client,
        path: experiment.path,
        connections: None,
        receipt: first,
        further: receipts.collect(),
        closing,
    }
}

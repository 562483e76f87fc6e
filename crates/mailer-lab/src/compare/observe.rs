//! Runs one backend and watches it.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    sync::Arc,
    time::Instant,
};

use mailer::{Error, Kind, Mail, Receipt, Server};

use super::Experiment;
use crate::{
    Contender, Link, Recorder,
    link::Connection,
    session::{Session, Witness},
};

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

/// Sends the mail through one backend, over a link of its own.
pub(super) fn observe(
    contender: &Contender,
    experiment: &Experiment<'_>,
    targets: &[SocketAddr],
) -> Result<Session, Error> {
    if let Some(server) = experiment.warm_up {
        warm_up(contender, server, experiment.mail);
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
fn warm_up(contender: &Contender, server: &Server, mail: &Mail) {
    if let Ok(mut mailer) = (contender.make)(server) {
        mailer.trace_to(Some(Arc::new(Recorder::default())));
        let _ = mailer.send(mail);
        let _ = mailer.close();
    }
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
    let (receipt, closing, ended) = match made {
        Ok(mut mailer) => {
            // Opens too, as a program would that has one mail to send.
            let receipt = mailer.send(experiment.mail);
            (receipt, mailer.close().err(), Instant::now())
        }
        Err(error) => (Receipt::not_sent(error), None, started),
    };
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
        receipt,
        closing,
    }
}

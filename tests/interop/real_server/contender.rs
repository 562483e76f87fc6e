//! The contenders: each backend, in each of its flows.

use std::net::ToSocketAddrs as _;

use mailer::{Mailer, Mechanism, Server};
use mailer_backends::{BACKENDS, Backend, Flow, Options};
use mailer_lettre::DIFFERENCES;
use mailer_link::Link;

use super::RealServer;

/// A backend with a flow.
#[derive(Clone, Copy)]
pub(super) struct Contender {
    backend: &'static Backend,
    flow: Flow,
}

/// Returns the server with this change.
pub(super) fn server_with(server: &Server, change: impl FnOnce(&mut Server)) -> Server {
    let mut server = server.clone();
    change(&mut server);
    server
}

/// The server and the contender of a trial.
pub(super) struct Setup<'a> {
    pub(super) real: &'a RealServer,
    pub(super) contender: Contender,
    pub(super) server: Server,
}

/// Returns the backends that send; the others are only measured.
pub(super) fn backends() -> impl Iterator<Item = &'static Backend> {
    BACKENDS.iter().filter(|backend| !backend.measured_only)
}

impl Contender {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        backends().flat_map(|backend| {
            let flows = Flow::ALL.iter().copied().filter(move |flow| {
                // `Auto` would choose one of the other flows.
                (*flow == Flow::Auto) != backend.has_flows
            });
            flows.map(move |flow| Self { backend, flow })
        })
    }

    pub(super) fn name(self) -> String {
        let Self { backend, flow } = self;
        if backend.has_flows { format!("{}-{flow}", backend.name) } else { backend.name.into() }
    }

    /// Returns the flow, if the backend has flows.
    pub(super) fn flow(self) -> Option<Flow> {
        self.backend.has_flows.then_some(self.flow)
    }

    /// Returns whether the backend keeps this promise. The promises that lettre does not keep are data.
    pub(super) fn keeps(self, promise: &str) -> bool {
        self.backend.name != "lettre" || DIFFERENCES.iter().all(|known| known.name != promise)
    }
}

impl Setup<'_> {
    /// Makes a mailer to the server.
    pub(super) fn mailer(&self) -> Box<dyn Mailer> {
        self.mailer_to(&self.server)
    }

    pub(super) fn mailer_to(&self, server: &Server) -> Box<dyn Mailer> {
        let options = Options::from(self.contender.flow);
        self.contender.backend.make(server, &options).expect("settings that can be used")
    }

    /// Returns the mechanisms that server and backend have: those for an access token, or those for a
    /// password.
    pub(super) fn mechanisms(&self, for_token: bool) -> Vec<Mechanism> {
        let offered = self.real.product.mechanisms.iter().copied();
        let is_shared = |mechanism: &Mechanism| {
            let has = self.contender.backend.mechanisms.contains(mechanism);
            has && mechanism.takes_token() == for_token
        };
        offered.filter(is_shared).collect()
    }

    /// Makes a mailer to the server over a link, which counts connections and bytes.
    pub(super) fn counted(&self) -> (Box<dyn Mailer>, Link) {
        let targets = (self.real.fact("HOST"), self.server.port).to_socket_addrs();
        let link =
            Link::to(targets.expect("an address").collect::<Vec<_>>()).start().expect("a link");
        let server = server_with(&self.server, |it| it.connect_to = Some(link.addr()));
        (self.mailer_to(&server), link)
    }
}

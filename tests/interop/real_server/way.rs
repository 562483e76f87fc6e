//! Every way to send: each backend, and each flow of those that have flows.

use std::net::ToSocketAddrs as _;

use mailer::{Mailer, Server};
use mailer_backends::{BACKENDS, Backend, Flow, Options};
use mailer_lettre::DIFFERENCES;
use mailer_link::Link;

use super::RealServer;

/// A backend, and how it is told to group commands.
#[derive(Clone, Copy)]
pub(super) struct Way {
    backend: &'static Backend,
    flow: Flow,
}

/// Returns the server with this change.
pub(super) fn server_with(server: &Server, change: impl FnOnce(&mut Server)) -> Server {
    let mut server = server.clone();
    change(&mut server);
    server
}

/// What a trial has.
pub(super) struct Setup<'a> {
    pub(super) real: &'a RealServer,
    pub(super) way: Way,
    pub(super) server: Server,
}

/// The backends that send: those that are only measured stand beside one of them.
pub(super) fn backends() -> impl Iterator<Item = &'static Backend> {
    BACKENDS.iter().filter(|backend| !backend.measured_only)
}

impl Way {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        backends().flat_map(|backend| {
            let flows = Flow::ALL.iter().copied().filter(move |flow| {
                // Where there is a choice, it is made here: `Auto` would be one of the others again.
                (*flow == Flow::Auto) != backend.has_flows
            });
            flows.map(move |flow| Self { backend, flow })
        })
    }

    pub(super) fn name(self) -> String {
        let Self { backend, flow } = self;
        if backend.has_flows { format!("{}-{flow}", backend.name) } else { backend.name.into() }
    }

    /// How it groups commands, if it is told.
    pub(super) fn flow(self) -> Option<Flow> {
        self.backend.has_flows.then_some(self.flow)
    }

    /// Whether the backend keeps this promise. What lettre does not is data.
    pub(super) fn keeps(self, promise: &str) -> bool {
        self.backend.name != "lettre" || DIFFERENCES.iter().all(|known| known.name != promise)
    }
}

impl Setup<'_> {
    /// A mailer to the server.
    pub(super) fn mailer(&self) -> Box<dyn Mailer> {
        self.mailer_to(&self.server)
    }

    pub(super) fn mailer_to(&self, server: &Server) -> Box<dyn Mailer> {
        let options = Options::from(self.way.flow);
        self.way.backend.make(server, &options).expect("settings that can be used")
    }

    /// A mailer to the server by way of a link, which counts connections and octets.
    pub(super) fn counted(&self) -> (Box<dyn Mailer>, Link) {
        let targets = (self.real.fact("HOST"), self.server.port).to_socket_addrs();
        let link =
            Link::to(targets.expect("an address").collect::<Vec<_>>()).start().expect("a link");
        let server = server_with(&self.server, |it| it.connect_to = Some(link.addr()));
        (self.mailer_to(&server), link)
    }
}

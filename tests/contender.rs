//! Who takes part in the suites that are run over every backend.

use mailer::{Error, Mailer, Security, Server};
use mailer_backends::{BACKENDS, Backend, Flow, Options};

/// A backend in one of its flows.
#[derive(Clone, Copy)]
pub struct Contender {
    /// The backend.
    pub backend: &'static Backend,
    /// The flow; [`Flow::Auto`] where the backend has none.
    pub flow: Flow,
}

/// Every backend, in every flow that it has.
pub fn contenders() -> impl Iterator<Item = Contender> {
    BACKENDS.iter().flat_map(|backend| {
        let flows = if backend.has_flows { Flow::ALL } else { &[Flow::Auto] };
        flows.iter().map(move |&flow| Contender { backend, flow })
    })
}

impl Contender {
    /// What names of trials begin with.
    #[must_use]
    pub fn name(&self, mode: Security) -> String {
        let (backend, mode) = (self.backend.name, mode.name());
        if self.backend.has_flows {
            format!("{backend}::{mode}::{}", self.flow)
        } else {
            format!("{backend}::{mode}")
        }
    }

    /// A mailer of this kind; with `joins`, AUTH and QUIT share flights with mails.
    ///
    /// # Errors
    /// If the server's settings cannot be used.
    pub fn make(&self, server: &Server, joins: bool) -> Result<Box<dyn Mailer>, Error> {
        self.backend.make(server, &self.options(joins))
    }

    /// What its backend is told.
    #[must_use]
    pub fn options(&self, joins: bool) -> Options {
        let mut options = Options::from(self.flow);
        options.pipelining.pipeline_auth = joins;
        options.pipelining.pipeline_quit = joins;
        options
    }
}

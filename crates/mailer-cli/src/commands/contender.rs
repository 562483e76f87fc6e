//! From a backend to one that takes part in an experiment.

use mailer_backends::{Backend, Options};
use mailer_lab::Contender;

/// This backend with these options, as a contender.
pub(crate) fn contender(backend: &'static Backend, options: Options) -> Contender {
    Contender {
        name: backend.name.to_owned(),
        measured_only: backend.measured_only,
        flow: backend.has_flows.then(|| options.grouping.flow.to_string()),
        make: Box::new(move |server| backend.make(server, &options)),
    }
}

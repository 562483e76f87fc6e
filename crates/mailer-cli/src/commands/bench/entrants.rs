//! Who takes part, and how a process of its own is told so.

use clap::Args;
use mailer::{Error, Kind};
use mailer_backends::{BACKENDS, Backend, Flow};
use mailer_bench::floor::{self, BARE, Shape};
use mailer_lab::Contender;

use super::{Arguments, Workload};
use crate::options::{BackendOptions, Tuning};

/// Somebody who takes part.
#[derive(Clone, Copy)]
pub(super) enum Entrant {
    Backend(&'static Backend, Flow, Tuning),
    /// The bare exchange of this shape.
    Bare(Shape),
}

/// The same, as a process is told.
#[derive(Args)]
pub(super) struct Named {
    #[arg(long)]
    contender: String,
    #[command(flatten)]
    options: BackendOptions,
}

/// Each backend with each of its flows, and then the floors of these.
pub(super) fn of(arguments: &Arguments) -> Result<Vec<Entrant>, Error> {
    let flows = arguments.flow.iter().map(|flow| flow.parse());
    let flows: Vec<Flow> = flows.collect::<Result<_, _>>()?;
    let flows = if flows.is_empty() { vec![Flow::default()] } else { flows };
    let wanted = |backend: &&Backend| {
        arguments.backend.is_empty() || arguments.backend.iter().any(|name| name == backend.name)
    };
    let mut entrants = Vec::new();
    for backend in BACKENDS.iter().filter(wanted) {
        let count = if backend.has_flows { flows.len() } else { 1 };
        let with = |flow: &Flow| Entrant::Backend(backend, *flow, arguments.tuning);
        entrants.extend(flows.iter().take(count).map(with));
    }
    if arguments.floors {
        entrants.extend(floors(arguments.workload, &flows));
    }
    Ok(entrants)
}

/// Those without flows wait for every reply; `auto` is `pipelined` at the embedded server. A handshake
/// is the same in all flows.
fn floors(workload: Workload, flows: &[Flow]) -> Vec<Entrant> {
    if workload == Workload::Handshake {
        return vec![Entrant::Bare(Shape::Lockstep)];
    }
    let is_used = |shape: &Shape| {
        let bare = |flow: &Flow| if *flow == Flow::Auto { "pipelined" } else { flow.name() };
        *shape == Shape::Lockstep || flows.iter().any(|flow| bare(flow) == shape.name())
    };
    Shape::ALL.into_iter().filter(is_used).map(Entrant::Bare).collect()
}

impl Entrant {
    pub(super) fn contender(&self) -> Contender {
        match *self {
            // On the caller's own thread, as its users call a library.
            Self::Backend(backend, flow, tuning) => backend.contender(tuning.options(flow, true)),
            Self::Bare(shape) => floor::bare(shape),
        }
    }

    pub(super) fn has_flows(&self) -> bool {
        matches!(self, Self::Backend(backend, ..) if backend.has_flows)
    }

    /// The arguments of its process.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["contender".to_owned()];
        match self {
            Self::Backend(backend, flow, tuning) => {
                arguments.push(format!("--contender={}", backend.name));
                arguments.push(format!("--flow={flow}"));
                arguments.extend(tuning.arguments());
            }
            Self::Bare(shape) => {
                arguments.extend([format!("--contender={BARE}"), format!("--flow={shape}")]);
            }
        }
        arguments
    }
}

impl Named {
    /// Who that is.
    pub(super) fn contender(&self) -> Result<Contender, Error> {
        let name = self.contender.as_str();
        let unknown = || Error::new(Kind::Configuration, "there is no contender of that name");
        let flow = self.options.flow()?;
        let shape = Shape::ALL.into_iter().find(|shape| shape.name() == flow.name());
        if let (BARE, Some(shape)) = (name, shape) {
            return Ok(Entrant::Bare(shape).contender());
        }
        let backend = BACKENDS.iter().find(|known| known.name == name).ok_or_else(unknown)?;
        Ok(backend.contender(self.options.options(true)?))
    }
}

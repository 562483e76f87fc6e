//! Who takes part, and how a process of its own is told so.

use clap::Args;
use mailer::{Error, Kind};
use mailer_backends::{BACKENDS, Backend, Flow};
use mailer_lab::{
    Contender,
    floor::{self, Grouping},
};

use super::{Arguments, Workload};
use crate::{
    commands::contender::contender,
    options::{BackendOptions, Tuning},
};

/// The name of a floor; its flow says which.
const BARE: &str = "bare";

/// Somebody who takes part.
#[derive(Clone, Copy)]
pub(super) enum Entrant {
    Backend(&'static Backend, Flow, Tuning),
    /// The bare exchange of this grouping.
    Bare(Grouping),
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
        return vec![Entrant::Bare(Grouping::Lockstep)];
    }
    let is_used = |grouping: &Grouping| {
        let bare = |flow: &Flow| if *flow == Flow::Auto { "pipelined" } else { flow.name() };
        *grouping == Grouping::Lockstep || flows.iter().any(|flow| bare(flow) == grouping.name())
    };
    Grouping::ALL.into_iter().filter(is_used).map(Entrant::Bare).collect()
}

impl Entrant {
    pub(super) fn contender(&self) -> Contender {
        match *self {
            // On the caller's own thread, as its users call a library.
            Self::Backend(backend, flow, tuning) => contender(backend, tuning.options(flow, true)),
            Self::Bare(grouping) => Contender { name: BARE.into(), ..floor::bare(grouping) },
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
            Self::Bare(grouping) => {
                arguments.extend([format!("--contender={BARE}"), format!("--flow={grouping}")]);
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
        let grouping = Grouping::ALL.into_iter().find(|grouping| grouping.name() == flow.name());
        if let (BARE, Some(grouping)) = (name, grouping) {
            return Ok(Entrant::Bare(grouping).contender());
        }
        let backend = BACKENDS.iter().find(|known| known.name == name).ok_or_else(unknown)?;
        Ok(contender(backend, self.options.options(true)?))
    }
}

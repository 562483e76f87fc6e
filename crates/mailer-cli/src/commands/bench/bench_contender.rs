//! The contenders of a run, and the arguments of their processes.

use clap::Args;
use mailer::{Error, Kind, TlsLibrary};
use mailer_backends::{BACKENDS, Backend, Flow};
use mailer_bench::{
    floor::{self, BARE, Shape},
    workload::Workload,
};
use mailer_lab::Contender;

use super::arguments::Arguments;
use crate::options::{BackendOptions, Tuning, library};

/// A contender of a run.
#[derive(Clone, Copy)]
pub(super) enum BenchContender {
    Backend(&'static Backend, Flow, TlsLibrary, Tuning),
    /// The bare exchange of this shape.
    Bare(Shape),
}

/// A contender as the arguments of its process name it.
#[derive(Args)]
pub(super) struct Named {
    #[arg(long)]
    contender: String,
    #[arg(long, value_parser = library())]
    tls_library: Option<TlsLibrary>,
    #[command(flatten)]
    options: BackendOptions,
}

/// Returns each backend with each of its flows and each TLS library, followed by the floors of these flows.
pub(super) fn contenders(arguments: &Arguments) -> Result<Vec<BenchContender>, Error> {
    let flows = arguments.flow.iter().map(|flow| flow.parse());
    let flows: Vec<Flow> = flows.collect::<Result<_, _>>()?;
    let flows = if flows.is_empty() { vec![Flow::default()] } else { flows };
    let wanted = |backend: &&Backend| {
        arguments.backend.is_empty() || arguments.backend.iter().any(|name| name == backend.name)
    };
    let libraries = arguments.server.tls_library.all();
    let mut contenders = Vec::new();
    for backend in BACKENDS.iter().filter(wanted) {
        let count = if backend.has_flows { flows.len() } else { 1 };
        for &library in &libraries {
            let contender =
                |flow: &Flow| BenchContender::Backend(backend, *flow, library, arguments.tuning);
            contenders.extend(flows.iter().take(count).map(contender));
        }
    }
    if arguments.floors {
        contenders.extend(floors(arguments.workload, &flows));
    }
    Ok(contenders)
}

/// Returns the floors of these flows. A backend without flows waits for every reply; `auto` is `pipelined`
/// with the embedded server. A handshake is the same in all flows.
fn floors(workload: Workload, flows: &[Flow]) -> Vec<BenchContender> {
    if workload == Workload::Handshake {
        return vec![BenchContender::Bare(Shape::Lockstep)];
    }
    let is_used = |shape: &Shape| {
        let bare = |flow: &Flow| if *flow == Flow::Auto { "pipelined" } else { flow.name() };
        *shape == Shape::Lockstep || flows.iter().any(|flow| bare(flow) == shape.name())
    };
    Shape::ALL.iter().copied().filter(is_used).map(BenchContender::Bare).collect()
}

impl BenchContender {
    pub(super) fn contender(&self) -> Contender {
        match *self {
            // lettre is called on the calling thread, as its users call it.
            Self::Backend(backend, flow, library, tuning) => {
                backend.contender(tuning.options(flow, true), library)
            }
            Self::Bare(shape) => floor::bare(shape),
        }
    }

    /// Returns the backend; a bare exchange has none, and logs in with PLAIN.
    pub(super) fn backend(&self) -> Option<&'static Backend> {
        match self {
            Self::Backend(backend, ..) => Some(backend),
            Self::Bare(_) => None,
        }
    }

    pub(super) fn has_flows(&self) -> bool {
        matches!(self, Self::Backend(backend, ..) if backend.has_flows)
    }

    /// Returns the arguments of its process.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["contender".to_owned()];
        match self {
            Self::Backend(backend, flow, library, tuning) => {
                arguments.push(format!("--contender={}", backend.name));
                arguments.push(format!("--tls-library={library}"));
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
    /// Returns the contender that the arguments name.
    pub(super) fn contender(&self) -> Result<Contender, Error> {
        let name = self.contender.as_str();
        let unknown = || Error::new(Kind::Configuration, "there is no such contender");
        let flow = self.options.flow()?;
        let shape = Shape::ALL.iter().copied().find(|shape| shape.name() == flow.name());
        if let (BARE, Some(shape)) = (name, shape) {
            return Ok(BenchContender::Bare(shape).contender());
        }
        let backend = BACKENDS.iter().find(|known| known.name == name).ok_or_else(unknown)?;
        let options = self.options.options(true)?;
        Ok(backend.contender(options, self.tls_library.unwrap_or_default()))
    }
}

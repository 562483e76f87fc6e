//! Compares the same work over both paths, in turns.

use mailer::{Error, Security, TlsLibrary};
use mailer_backends::{BACKENDS, Options};
use mailer_bench::{
    in_process::Measured,
    interleave::{Entry, EntryResult, interleave_batches},
    statistics::Quartiles,
    test_server::TestServer,
};
use mailer_lab::Contender;
use mailer_link::LinkCounts;
use mailer_reports::tunnel::Tunnel;

use crate::{
    TextResult,
    one_message::OneMessage,
    questions::{Counts, Task, Trial, Work},
    route::Route,
};

/// The comparison of one work.
pub(crate) struct Compared {
    pub(crate) name: String,
    /// The time in seconds over the kernel's path, and over the link.
    pub(crate) kernel: Quartiles,
    pub(crate) link: Quartiles,
    /// The part by which the link took longer than the kernel's path in the same round: 0.01 is one per cent.
    pub(crate) difference: Quartiles,
    pub(crate) counts: Counts,
    /// What passed in all rounds.
    pub(crate) on_kernel: LinkCounts,
    pub(crate) on_link: LinkCounts,
}

/// Does every work of a trial over both paths.
pub(crate) fn compare(tunnel: &Tunnel, trial: &Trial) -> TextResult<Vec<Compared>> {
    tunnel.set_round_trip(trial.round_trip);
    let (mut entries, mut routes, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for work in &trial.works {
        let failed = |error| failed(&work.name, &error);
        let security = work.task.security();
        let (near, kernel) = Route::kernel(tunnel, security).map_err(failed)?;
        let (far, link) = Route::link(trial.round_trip, security).map_err(failed)?;
        // Ratios are of rates. With the link as their baseline they are the link's time divided by the kernel's.
        let (base, name) = (format!("{}, over the link", work.name), work.name.clone());
        let (near, far) = (work.set_up(near).map_err(failed)?, work.set_up(far).map_err(failed)?);
        entries.push(Entry { name, baseline: Some(base.clone()), measured: near });
        entries.push(Entry { name: base, baseline: None, measured: far });
        times.extend([work.times; 2]);
        routes.push((kernel, link));
    }
    let results = interleave_batches(&mut entries, trial.rounds, &times);
    let results = results.map_err(|(name, error)| failed(&name, &error))?;
    // Closes the connections.
    drop(entries);
    let pairs = results.chunks(2).zip(trial.works.iter().zip(routes));
    Ok(pairs.filter_map(|(results, (work, routes))| compared(work, results, routes)).collect())
}

fn compared(
    work: &Work,
    results: &[EntryResult],
    (kernel, link): (Route, Route),
) -> Option<Compared> {
    let [over_kernel, over_link] = results else { return None };
    let longer = over_kernel.ratio?;
    Some(Compared {
        name: work.name.clone(),
        kernel: time(over_kernel.rate, work.messages),
        link: time(over_link.rate, work.messages),
        difference: Quartiles {
            lower: longer.lower - 1.0,
            median: longer.median - 1.0,
            upper: longer.upper - 1.0,
        },
        counts: work.counts,
        on_kernel: kernel.finish(),
        on_link: link.finish(),
    })
}

/// Returns the time in seconds of this number of messages or handshakes, from their rate per second.
fn time(rate: Quartiles, messages: u32) -> Quartiles {
    let time = |rate| f64::from(messages) / rate;
    Quartiles { lower: time(rate.upper), median: time(rate.median), upper: time(rate.lower) }
}

impl Compared {
    /// Returns what was counted differently on the link and on the kernel's path, if it has to be the same.
    pub(crate) fn problem(&self) -> Option<String> {
        let (kernel, link) = (self.on_kernel, self.on_link);
        let bytes = |counts: LinkCounts| (counts.connections, counts.bytes_out, counts.bytes_in);
        let is_same = match self.counts {
            Counts::All => kernel == link,
            Counts::Bytes => bytes(kernel) == bytes(link),
            Counts::Nothing => true,
        };
        (!is_same)
            .then(|| format!("{}: the kernel's path had {kernel:?}, the link {link:?}", self.name))
    }
}

impl Work {
    fn set_up(&self, server: TestServer) -> Result<Box<dyn Measured>, Error> {
        let contender = self.contender()?;
        match self.task {
            Task::Case(case) => case.set_up_at(server, &contender),
            Task::OneMessage { size, before } => {
                Ok(Box::new(OneMessage::set_up(server, &contender, size, before)?))
            }
        }
    }

    fn contender(&self) -> Result<Contender, Error> {
        let missing = || Error::new(mailer::Kind::Internal, format!("no {}", self.backend));
        let backend = BACKENDS.iter().find(|known| known.name == self.backend);
        let options = Options { unguarded: true, ..self.flow.into() };
        Ok(backend.ok_or_else(missing)?.contender(options, TlsLibrary::default()))
    }
}

impl Task {
    fn security(self) -> Security {
        match self {
            Self::Case(case) => case.security(),
            Self::OneMessage { .. } => Security::None,
        }
    }
}

fn failed(name: &str, error: &Error) -> String {
    let cause = error.cause().map(|cause| format!(" ({cause})")).unwrap_or_default();
    format!("{name}: {error}{cause}")
}

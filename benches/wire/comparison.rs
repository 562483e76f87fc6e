//! The same work over both ways, in turns.

use mailer::{Error, Security};
use mailer_backends::{BACKENDS, Options};
use mailer_bench::{
    interleave::{Entry, Line, in_turns},
    site::{Keep, Site},
    statistics::Quartiles,
    workload::Measured,
};
use mailer_lab::Contender;
use mailer_link::LinkCounts;

use crate::{
    Outcome,
    one_mail::OneMail,
    questions::{Counts, Task, Trial, Work},
    route::Route,
    tunnel::Tunnel,
};

/// What came out for one work.
pub(crate) struct Compared {
    pub(crate) name: String,
    /// Seconds that it took once.
    pub(crate) kernel: Quartiles,
    pub(crate) link: Quartiles,
    /// How much longer it took over the link than over the kernel's path in the same round: 0.01 is
    /// one in a hundred.
    pub(crate) difference: Quartiles,
    pub(crate) counts: Counts,
    /// All that passed.
    pub(crate) on_kernel: LinkCounts,
    pub(crate) on_link: LinkCounts,
}

/// Does every work of a trial over both ways.
pub(crate) fn compare(tunnel: &Tunnel, trial: &Trial) -> Outcome<Vec<Compared>> {
    tunnel.set_round_trip(trial.round_trip);
    let (mut entries, mut routes, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for work in &trial.works {
        let failed = |error| failed(&work.name, &error);
        let (security, keep) = (work.task.security(), work.task.keeps());
        let (near, kernel) = Route::kernel(tunnel, security, keep).map_err(failed)?;
        let (far, link) = Route::link(trial.round_trip, security, keep).map_err(failed)?;
        // The base of a ratio of rates is the link: so it is one of the link's time to the kernel's.
        let (base, ours) = (format!("{}, over the link", work.name), work.name.clone());
        let (near, far) = (work.set_up(near).map_err(failed)?, work.set_up(far).map_err(failed)?);
        entries.push(Entry { name: ours, base: Some(base.clone()), measured: near });
        entries.push(Entry { name: base, base: None, measured: far });
        times.extend([work.times; 2]);
        routes.push((kernel, link));
    }
    let lines = in_turns(&mut entries, trial.rounds, &times);
    let lines = lines.map_err(|(name, error)| failed(&name, &error))?;
    // Closes what is open.
    drop(entries);
    let pairs = lines.chunks(2).zip(trial.works.iter().zip(routes));
    Ok(pairs.filter_map(|(lines, (work, routes))| compared(work, lines, routes)).collect())
}

fn compared(work: &Work, lines: &[Line], (kernel, link): (Route, Route)) -> Option<Compared> {
    let [over_kernel, over_link] = lines else { return None };
    let longer = over_kernel.ratio?;
    Some(Compared {
        name: work.name.clone(),
        kernel: each(over_kernel.rate),
        link: each(over_link.rate),
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

/// Seconds for one, of a rate a second.
fn each(rate: Quartiles) -> Quartiles {
    Quartiles { lower: 1.0 / rate.upper, median: 1.0 / rate.median, upper: 1.0 / rate.lower }
}

impl Compared {
    /// What was counted otherwise on the link than by the kernel, though it had to be the same.
    pub(crate) fn wrong(&self) -> Option<String> {
        let (kernel, link) = (self.on_kernel, self.on_link);
        let octets = |counts: LinkCounts| (counts.connections, counts.bytes_out, counts.bytes_in);
        let is_right = match self.counts {
            Counts::All => kernel == link,
            Counts::Octets => octets(kernel) == octets(link),
            Counts::Nothing => true,
        };
        (!is_right)
            .then(|| format!("{}: the kernel's path had {kernel:?}, the link {link:?}", self.name))
    }
}

impl Work {
    fn set_up(&self, site: Site) -> Result<Box<dyn Measured>, Error> {
        let contender = self.contender()?;
        match self.task {
            Task::Workload(workload) => workload.set_up_at(site, &contender),
            Task::OneMail { octets, before } => {
                Ok(Box::new(OneMail::set_up(site, &contender, octets, before)?))
            }
        }
    }

    fn contender(&self) -> Result<Contender, Error> {
        let missing = || Error::new(mailer::Kind::Internal, format!("no {}", self.backend));
        let backend = BACKENDS.iter().find(|known| known.name == self.backend);
        let options = Options { unguarded: true, ..self.flow.into() };
        Ok(backend.ok_or_else(missing)?.contender(options))
    }
}

impl Task {
    fn security(self) -> Security {
        match self {
            Self::Workload(workload) => workload.security(),
            Self::OneMail { .. } => Security::None,
        }
    }

    fn keeps(self) -> Keep {
        match self {
            Self::Workload(workload) => workload.keeps(),
            Self::OneMail { .. } => Keep::Tally,
        }
    }
}

fn failed(name: &str, error: &Error) -> String {
    let cause = error.cause().map(|cause| format!(" ({cause})")).unwrap_or_default();
    format!("{name}: {error}{cause}")
}

//! One contender at its turn: a slice of work, measured from all sides and checked.

use std::time::Duration;

use mailer::{Error, Kind};

use super::{
    Account, Cpu, Crossed, Entry, Limit, Outcomes, Plan, Problem, Trips, Work,
    messages::{Slice, Stored},
    player::{Player, REFERENCE},
    serving::Serving,
    verify::{self, Wanted, check_sessions},
    waits::Waits,
};

/// How many mails are sent to count what one takes.
const COUNTED: u64 = 10;
/// How long the work without distance is measured in each round.
const LOCAL: Duration = Duration::from_millis(300);
/// A server that is not ours gets at least this much time to open connections, and to answer what is
/// under way when a slice is over.
const OVERTIME: Duration = Duration::from_secs(10);
/// How often progress is told.
const PERIOD: Duration = Duration::from_millis(100);

/// What all contenders share.
pub(super) struct Ground<'a> {
    pub(super) plan: &'a Plan,
    pub(super) serving: Serving,
    pub(super) wanted: Wanted,
    /// What was stored when the last handshake had been shown to be one; `None` where it was not.
    pub(super) baseline: Option<Stored>,
    /// Whether any contender has got through to the server.
    pub(super) was_reached: bool,
}

/// A contender.
pub(super) struct Seat<'a> {
    pub(super) player: Player<'a>,
    pub(super) entry: Entry,
}

/// What a slice came to.
pub(super) struct Sliced {
    pub(super) account: Account,
    pub(super) server_cpu: Option<Cpu>,
    /// If its way has a link.
    pub(super) trips: Option<Trips>,
}

impl Ground<'_> {
    /// A slice of the run, as the plan says, on this way.
    pub(super) fn slice(&self, route: usize, limit: Limit) -> Slice {
        let Plan { connections, rate, .. } = *self.plan;
        let cutoff = match limit {
            Limit::Time(time) => self.overtime(limit).map(|overtime| time.saturating_add(overtime)),
            Limit::Mails(_) => None,
        };
        Slice { route, connections, limit, cutoff, rate, progress: Some(PERIOD) }
    }

    /// How much longer than a slice takes its connections may keep us waiting, before it or after it. The
    /// embedded server answers in any case, and a number of mails ends with the backends' time-outs.
    fn overtime(&self, limit: Limit) -> Option<Duration> {
        match limit {
            Limit::Time(time) if !self.serving.is_embedded() => Some(time.max(OVERTIME)),
            _ => None,
        }
    }

    /// A slice on one connection, as fast as it goes.
    fn aside(limit: Limit) -> Slice {
        let route = REFERENCE;
        Slice { route, connections: 1, limit, cutoff: None, rate: None, progress: None }
    }

    fn check(
        &self,
        before: Option<Stored>,
        after: Option<Stored>,
        sent: &Account,
    ) -> Result<(), Error> {
        let Some((before, after)) = before.zip(after) else { return Ok(()) };
        self.wanted.check(&before, &after, sent).map_err(wrong)
    }
}

impl Seat<'_> {
    /// Works for a slice.
    ///
    /// # Errors
    /// If what the server saw is not what was done, the contender's process cannot go on, or
    /// [`Kind::Unreachable`] if no contender has ever got through to the server.
    pub(super) fn work(
        &mut self,
        ground: &mut Ground<'_>,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Sliced, Error> {
        let sliced = match ground.plan.work {
            Work::Throughput | Work::OnePerConnection => self.mails(ground, slice, progress),
            Work::Handshake => self.handshakes(ground, slice, progress),
            Work::ColdStart => self.cold_starts(ground, slice, progress),
        }?;
        self.check_reached(ground, slice.route, &sliced.account)?;
        Ok(sliced)
    }

    /// A server that nobody is at is not worth the turns of all contenders.
    fn check_reached(
        &self,
        ground: &mut Ground<'_>,
        route: usize,
        account: &Account,
    ) -> Result<(), Error> {
        if ground.was_reached || (account.outcomes.total() == 0 && account.problems.is_empty()) {
            return Ok(());
        }
        let not_connected = account.problems.iter().find(|problem| problem.is_about_connecting());
        match (account.outcomes.accepted, not_connected, self.player.unreachable(route)) {
            (0, Some(problem), _) => {
                Err(Problem { kind: Kind::Unreachable.name().into(), ..problem.clone() }.into())
            }
            (0, None, Some(cause)) => {
                Err(Error::unreachable(&ground.serving.server).because(cause))
            }
            _ => {
                ground.was_reached = true;
                Ok(())
            }
        }
    }

    /// What one mail, or one handshake, takes of the way, counted on a link with some distance.
    pub(super) fn count(&mut self, ground: &mut Ground<'_>) -> Result<Option<Trips>, Error> {
        let counted = match ground.plan.work {
            Work::Throughput => COUNTED,
            Work::OnePerConnection | Work::ColdStart => 1,
            Work::Handshake => {
                let trips = self.one_handshake(REFERENCE)?;
                self.show_that_it_was_ready(ground, 1)?;
                return Ok(trips);
            }
        };
        let slice = Ground::aside(Limit::Mails(counted));
        Ok(self.work(ground, slice, &mut |_| {})?.trips)
    }

    /// What one mail, or one handshake, takes over the way, beside what it takes without any distance.
    pub(super) fn cross(
        &mut self,
        ground: &mut Ground<'_>,
        trips: Trips,
    ) -> Result<Option<Crossed>, Error> {
        let near = self.work(ground, Ground::aside(Limit::Time(LOCAL)), &mut |_| {})?;
        let local = match ground.plan.work {
            Work::Throughput => near.account.each(),
            _ => near.account.latencies.median(),
        };
        let local_trips = near.trips.unwrap_or_default();
        Ok(local.map(|local| Crossed { trips, local, local_trips }))
    }

    /// Mails: either on connections that are opened before anything is timed, and closed afterwards, or
    /// each on one of its own.
    fn mails(
        &mut self,
        ground: &mut Ground<'_>,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Sliced, Error> {
        let apart = ground.plan.work == Work::OnePerConnection;
        let mut failed = Account::default();
        if !apart {
            let limit = ground.overtime(slice.limit);
            failed = self.player.open(slice.route, slice.connections, limit)?;
        }
        if failed.gave_up > 0 {
            self.player.close()?;
            return Ok(Sliced { account: failed, server_cpu: None, trips: None });
        }
        let (before, passed) = (ground.serving.stored()?, self.player.passed(slice.route));
        let mut account = self.player.work(slice, progress)?;
        account.add(&failed);
        let (after, passed_now) = (ground.serving.stored()?, self.player.passed(slice.route));
        self.player.close()?;
        ground.check(before, after, &account)?;
        if apart {
            check_apart(before, after, &account.outcomes)?;
        }
        let passed = passed.zip(passed_now).map(|(then, now)| now - then);
        Ok(sliced(account, cpu_between(before, after), passed))
    }

    /// First mails of fresh processes. How each ends is not timed.
    fn cold_starts(
        &mut self,
        ground: &mut Ground<'_>,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Sliced, Error> {
        let before = ground.serving.stored()?;
        let (account, passed) = self.player.cold_starts(slice, progress)?;
        let after = ground.serving.stored()?;
        ground.check(before, after, &account)?;
        check_apart(before, after, &account.outcomes)?;
        Ok(sliced(account, cpu_between(before, after), passed))
    }

    /// Handshakes, each followed by a goodbye that is not timed.
    fn handshakes(
        &mut self,
        ground: &mut Ground<'_>,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Sliced, Error> {
        let before = ground.serving.stored()?;
        let account = self.player.work(slice, progress)?;
        let server_cpu = cpu_between(before, ground.serving.stored()?);
        if !ground.serving.is_embedded() {
            return Ok(Sliced { account, server_cpu, trips: None });
        }
        let trips = self.one_handshake(slice.route)?;
        let opened = account.outcomes.accepted + u64::from(trips.is_some());
        if account.outcomes.not_sent == 0 {
            self.show_that_it_was_ready(ground, opened)?;
        } else {
            ground.baseline = None;
        }
        Ok(Sliced { account, server_cpu, trips })
    }

    /// What passed the link of this way until the server would take MAIL, if there is a link.
    fn one_handshake(&mut self, route: usize) -> Result<Option<Trips>, Error> {
        let Some(before) = self.player.passed(route) else { return Ok(None) };
        self.player.open(route, 1, None)?;
        let after = self.player.passed(route);
        self.player.close()?;
        Ok(after.map(|after| trips_of(after - before, 1)))
    }

    /// A mail over one more connection shows that the server would have taken one, and the number of
    /// its session that every handshake had a connection of its own.
    fn show_that_it_was_ready(
        &mut self,
        ground: &mut Ground<'_>,
        opened: u64,
    ) -> Result<(), Error> {
        let baseline = ground.baseline.take();
        let before = ground.serving.stored()?;
        let probe = self.player.probe()?;
        let after = ground.serving.stored()?;
        ground.check(before, after, &probe)?;
        if probe.outcomes.accepted != 1 {
            return Err(wrong("the connections were not ready for a mail".into()));
        }
        ground.baseline = after;
        match baseline.zip(after) {
            Some((before, after)) => check_sessions(&before, &after, opened).map_err(wrong),
            None => Ok(()),
        }
    }
}

/// That each mail came by a connection of its own; where some failed, nobody knows how many there were.
fn check_apart(
    before: Option<Stored>,
    after: Option<Stored>,
    sent: &Outcomes,
) -> Result<(), Error> {
    match before.zip(after) {
        Some((before, after)) if sent.accepted == sent.total() => {
            verify::check_apart(&before, &after, sent.accepted).map_err(wrong)
        }
        _ => Ok(()),
    }
}

fn sliced(account: Account, server_cpu: Option<Cpu>, passed: Option<Waits>) -> Sliced {
    let trips = passed.map(|passed| trips_of(passed, account.outcomes.total()));
    Sliced { account, server_cpu, trips }
}

/// What passed the link, for each of so many.
fn trips_of(passed: Waits, pieces: u64) -> Trips {
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 octets")]
    let each = |count: u64| count as f64 / pieces.max(1) as f64;
    Trips {
        waits: each(passed.round_trips),
        holds: each(passed.holds),
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 mails")]
        delayed: passed.delayed.as_secs_f64() / pieces.max(1) as f64,
        octets: each(passed.octets),
    }
}

fn cpu_between(before: Option<Stored>, after: Option<Stored>) -> Option<Cpu> {
    Some(after?.cpu?.since(before?.cpu?))
}

fn wrong(what: String) -> Error {
    Error::new(Kind::Internal, what)
}

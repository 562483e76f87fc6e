//! A contender's process and the ways it has to the server.

use std::{
    net::SocketAddr,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use mailer::{Error, Kind};

use super::{
    Account, Latencies, Limit, Plan,
    messages::{Answer, Job, Order, Slice, broken},
    process::Process,
    serving::Serving,
    target::Target,
    waits::Waits,
};
use mailer_link::{Link, Path};

/// The way of the figures.
pub(super) const MEASURED: usize = 0;
/// The other one: without distance, to learn what the work takes by itself; or, where the way of the
/// figures has none, with some, to count what is waited for.
pub(super) const REFERENCE: usize = 1;

/// Long against the work on a mail, so that what is waited for can be told from what is not.
const COUNTING: Duration = Duration::from_millis(5);
/// How often the flag to stop is looked at.
const BLINK: Duration = Duration::from_millis(100);
/// How long a contender may take to stop.
const GRACE: Duration = Duration::from_secs(5);

pub(super) struct Player<'a> {
    command: Box<dyn Fn() -> Command + 'a>,
    process: Process<Answer>,
    /// What each of its processes is told first.
    job: Order,
    links: Vec<Option<Link>>,
    path: Path,
    interrupted: &'a AtomicBool,
    stopped: Option<Instant>,
}

impl<'a> Player<'a> {
    pub(super) fn start(
        command: Box<dyn Fn() -> Command + 'a>,
        plan: &Plan,
        serving: &Serving,
        cores: &[usize],
        interrupted: &'a AtomicBool,
    ) -> Result<Self, Error> {
        let addr = serving.addr()?;
        let links = links(plan.path, addr)?;
        let route = |link: &Option<Link>| link.as_ref().map_or(addr, Link::addr);
        let job = Job {
            target: Target::of(&serving.server),
            routes: links.iter().map(route).collect(),
            work: plan.work,
            octets: plan.octets,
            sender: plan.sender.clone(),
            recipients: plan.recipients.clone(),
            cores: cores.to_vec(),
        };
        let process = Process::start(command())?;
        let (path, job) = (plan.path, Order::Prepare(Box::new(job)));
        let mut player = Self { command, process, job, links, path, interrupted, stopped: None };
        player.prepare()?;
        Ok(player)
    }

    fn prepare(&mut self) -> Result<(), Error> {
        self.process.order(&self.job)?;
        self.ready()
    }

    /// Has fresh processes send one mail each, for a slice: what that came to, and what passed the
    /// link until the mails were accepted. One that fails ends it, since it would not be the last.
    pub(super) fn cold_starts(
        &mut self,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<(Account, Option<Waits>), Error> {
        let begun = Instant::now();
        let (mut sum, mut passed) = (Account::default(), Some(Waits::default()));
        let mut part_done = 0.0;
        while part_done < 1.0 && !self.interrupted.load(Ordering::Relaxed) {
            let before = self.passed(slice.route);
            let left = slice.cutoff.map(|cutoff| cutoff.saturating_sub(begun.elapsed()));
            let one = self.cold_start(slice.route, left)?;
            let after = self.passed(slice.route);
            self.close()?;
            let crossed = before.zip(after).map(|(before, after)| after - before);
            passed = passed.zip(crossed).map(|(passed, crossed)| passed + crossed);
            sum.gave_up = u64::from(one.outcomes.accepted < one.outcomes.total());
            sum.add(&one);
            sum.elapsed += one.elapsed;
            sum.cpu = Some(sum.cpu.unwrap_or_default()).zip(one.cpu).map(|(sum, one)| sum.and(one));
            if one.outcomes.accepted == 0 {
                break;
            }
            part_done = part(slice.limit, sum.outcomes.total(), begun.elapsed());
            progress(part_done);
        }
        Ok((sum, passed))
    }

    /// Puts a fresh process in the place of the one before, and has it send one mail. The clock starts
    /// before the process, and the connection stays open.
    fn cold_start(&mut self, route: usize, cutoff: Option<Duration>) -> Result<Account, Error> {
        let begun = Instant::now();
        let fresh = Process::start((self.command)())?;
        // The one before has closed its connection. To wait for its end is nobody's time.
        let before = std::mem::replace(&mut self.process, fresh);
        self.prepare()?;
        let limit = Limit::Mails(1);
        let slice = Slice { route, connections: 1, limit, cutoff, rate: None, progress: None };
        let mut account = self.work(slice, &mut |_| {})?;
        account.elapsed = begun.elapsed();
        drop(before);
        account.latencies = Latencies::default();
        (0..account.outcomes.accepted).for_each(|_| account.latencies.record(account.elapsed));
        Ok(account)
    }

    /// Opens so many connections on this way, and leaves those behind that take longer than `limit`. The
    /// account has the errors of those that are given up, and `gave_up` if there is nothing to work on.
    pub(super) fn open(
        &mut self,
        route: usize,
        connections: usize,
        limit: Option<Duration>,
    ) -> Result<Account, Error> {
        self.process.order(&Order::Open { route, connections, limit })?;
        match self.answer()? {
            Answer::Opened(failed) => Ok(*failed),
            answer => refuse(answer).and(Err(broken("it has not opened connections"))),
        }
    }

    pub(super) fn close(&mut self) -> Result<(), Error> {
        self.tell(&Order::Close)
    }

    /// Has a slice worked, on the connections that are open or on new ones; `progress` gets how much
    /// of it is done, from 0 to 1.
    pub(super) fn work(
        &mut self,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Account, Error> {
        let begun = Instant::now();
        self.process.order(&Order::Run(slice))?;
        loop {
            match self.answer()? {
                Answer::Done(account) => return Ok(*account),
                Answer::Progress(done) => progress(part(slice.limit, done, begun.elapsed())),
                answer => refuse(answer)?,
            }
        }
    }

    /// Sends one mail over a connection of its own.
    pub(super) fn probe(&mut self) -> Result<Account, Error> {
        self.process.order(&Order::Probe)?;
        match self.answer()? {
            Answer::Done(account) => Ok(*account),
            answer => refuse(answer).and(Err(broken("it has not sent a mail"))),
        }
    }

    /// The most memory that its process had at once.
    pub(super) fn peak_memory(&mut self) -> Result<Option<u64>, Error> {
        self.process.order(&Order::Peak)?;
        match self.answer()? {
            Answer::Peak(octets) => Ok(octets),
            answer => refuse(answer).and(Ok(None)),
        }
    }

    /// Why the link of this way did not get through to the server, if it ever did not: its client only
    /// sees that a connection ends.
    pub(super) fn unreachable(&self, route: usize) -> Option<String> {
        let connections = self.links.get(route)?.as_ref()?.connections();
        connections.into_iter().find_map(|connection| connection.failure)
    }

    /// What has passed the link of this way so far, if it has one.
    pub(super) fn passed(&self, route: usize) -> Option<Waits> {
        let connections = self.links.get(route)?.as_ref()?.connections();
        let round_trip = match (route, self.path.round_trip) {
            (MEASURED, round_trip) if !round_trip.is_zero() => round_trip,
            _ => COUNTING,
        };
        Some(Waits::of_all(&connections, round_trip))
    }

    fn tell(&mut self, order: &Order) -> Result<(), Error> {
        self.process.order(order)?;
        self.ready()
    }

    fn ready(&mut self) -> Result<(), Error> {
        match self.answer()? {
            Answer::Ready => Ok(()),
            answer => refuse(answer),
        }
    }

    /// The next answer, waited for as long as the backend's own time-outs let it take; not so when it
    /// is to stop.
    fn answer(&mut self) -> Result<Answer, Error> {
        loop {
            if let Some(answer) = self.process.answer_within(BLINK)? {
                return Ok(answer);
            }
            if !self.interrupted.load(Ordering::Relaxed) {
                continue;
            }
            match self.stopped {
                None => {
                    self.process.order(&Order::Stop)?;
                    self.stopped = Some(Instant::now());
                }
                Some(since) if since.elapsed() > GRACE => {
                    return Err(Error::new(
                        Kind::TimedOut,
                        "a process of the run did not stop in time, and was ended",
                    ));
                }
                Some(_) => {}
            }
        }
    }
}

/// The links of the two ways; `None` is a way without any.
fn links(path: Path, server: SocketAddr) -> Result<Vec<Option<Link>>, Error> {
    let over = |path| {
        Link::to([server]).over(path).start().map_err(|cause| {
            Error::new(Kind::Internal, "cannot start the link between client and server")
                .because(cause)
        })
    };
    if path == Path::default() {
        let counting = Path { round_trip: COUNTING, ..path };
        return Ok(vec![None, Some(over(counting)?)]);
    }
    Ok(vec![Some(over(path)?), Some(over(Path::default())?)])
}

/// How much of the slice is done.
fn part(limit: Limit, done: u64, elapsed: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "it is shown in per cent")]
    let part = match limit {
        Limit::Mails(mails) => done as f64 / mails as f64,
        Limit::Time(time) => elapsed.as_secs_f64() / time.as_secs_f64(),
    };
    part.clamp(0.0, 1.0)
}

/// An answer that nobody asked for.
fn refuse(answer: Answer) -> Result<(), Error> {
    match answer {
        Answer::Failed(problem) => Err(problem.into()),
        Answer::Progress(_) => Ok(()),
        _ => Err(broken("it answers what it was not asked")),
    }
}

//! The process of one contender: does what it is told, and tells what it took.

use std::{
    io::{BufRead, Write},
    net::SocketAddr,
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use mailer::{Envelope, Error, Kind, Server};
use mailer_lab::Contender;
use mailer_link::timer;

use super::{
    Account, Limit, Problem, Work, cores, crew,
    lane::Lane,
    messages::{Answer, Job, Order, Slice, broken, hear, say},
    numbered::{Messages, Template},
    plan::envelope,
    record::{self, Closed, Record},
    schedule::Schedule,
    signals::{Patience, Signals},
    usage,
};

/// How long connections may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// Works for a run in another process, until its orders end.
///
/// Who does so has this process to itself: its CPU time and its memory are the contender's.
///
/// # Errors
/// If the other process cannot be understood or talked to.
pub fn contend(
    contender: &Contender,
    orders: impl BufRead + Send + 'static,
    answers: impl Write,
) -> Result<(), Error> {
    let signals = Arc::<Signals>::default();
    let orders = listen(orders, Arc::clone(&signals))?;
    let mut side = Side { contender, signals, answers, job: None, lanes: Vec::new() };
    while let Ok(order) = orders.recv() {
        if let Err(error) = side.obey(order?) {
            side.answer(&Answer::Failed(Problem::of(&error)))?;
        }
    }
    side.close()
}

/// Reads orders on a thread of its own, so that the one to stop is heard during work, and so is the end
/// of the other process: its work is over, and this process ends without waiting for anything.
fn listen(
    mut from: impl BufRead + Send + 'static,
    signals: Arc<Signals>,
) -> Result<Receiver<Result<Order, Error>>, Error> {
    let (sender, orders) = mpsc::channel();
    let read = move || {
        loop {
            match hear(&mut from) {
                Ok(Some(Order::Stop)) => signals.stop(),
                Ok(Some(order)) => {
                    if sender.send(Ok(order)).is_err() {
                        break;
                    }
                }
                Ok(None) => break,
                Err(cause) => {
                    // Whoever would hear this may be gone already.
                    let _ = sender.send(Err(broken(cause)));
                    break;
                }
            }
        }
        signals.leave();
    };
    thread::Builder::new().name("orders".into()).spawn(read).map_err(broken)?;
    Ok(orders)
}

struct Side<'a, W> {
    contender: &'a Contender,
    signals: Arc<Signals>,
    answers: W,
    job: Option<Ready>,
    /// Those of the route that was opened last.
    lanes: Vec<Lane>,
}

/// A job, and what is made of it once.
struct Ready {
    job: Job,
    server: Server,
    envelope: Arc<Envelope>,
    template: Arc<Template>,
    /// Those of connections that are closed, for the next ones.
    spare: Vec<Messages>,
    /// Connections that messages were made for.
    numbered: u32,
}

impl<W: Write> Side<'_, W> {
    fn obey(&mut self, order: Order) -> Result<(), Error> {
        match order {
            Order::Prepare(job) => {
                cores::pin(&job.cores);
                self.job = Some(Ready::new(*job)?);
                self.answer(&Answer::Ready)
            }
            Order::Open { route, connections, limit } => {
                let failed = self.open(route, connections, limit)?;
                self.answer(&Answer::Opened(Box::new(failed)))
            }
            Order::Run(slice) => {
                let account = self.work(slice)?;
                self.answer(&Answer::Done(Box::new(account)))
            }
            Order::Close => {
                self.close()?;
                self.answer(&Answer::Ready)
            }
            Order::Probe => {
                let account = self.probe()?;
                self.answer(&Answer::Done(Box::new(account)))
            }
            Order::Peak => self.answer(&Answer::Peak(usage::peak_memory())),
            // Heard where it was read.
            Order::Stop => Ok(()),
        }
    }

    fn answer(&mut self, answer: &Answer) -> Result<(), Error> {
        say(&mut self.answers, answer).map_err(broken)
    }

    fn ready(&mut self) -> Result<&mut Ready, Error> {
        self.job.as_mut().ok_or_else(|| Error::new(Kind::Internal, "there is no job to work on"))
    }

    /// Opens connections, all at once. The account has the errors of those that did not come back in time;
    /// of the others only if none is open and none is worth another try: what is wrong with one is wrong
    /// again, and counted, when there is work to do.
    fn open(
        &mut self,
        route: usize,
        connections: usize,
        limit: Option<Duration>,
    ) -> Result<Account, Error> {
        let contender = self.contender;
        let mut lanes = self.ready()?.lanes(contender, route, connections)?;
        let records: Vec<Record> = lanes.iter_mut().map(Lane::start_record).collect();
        let mut patience = Patience::new(&self.signals, limit);
        self.lanes = self.let_all(lanes, Lane::open, |_| Ok(!patience.is_over()))?;
        let mut failed = Account::default();
        for record in &records {
            failed.add(&record.close(Work::Handshake).account);
        }
        let is_hopeless = failed.problems.iter().all(|problem| !problem.may_be_over_soon());
        let left_behind = connections - self.lanes.len();
        if self.lanes.iter().any(Lane::has_worked) || (left_behind == 0 && !is_hopeless) {
            failed = Account::default();
        } else {
            failed.gave_up = connections as u64;
        }
        let late = Problem::of(&record::left_behind());
        (0..left_behind).for_each(|_| late.clone().count_in(&mut failed.problems));
        Ok(failed)
    }

    /// Closes connections in good order, as far as the server answers.
    fn close(&mut self) -> Result<(), Error> {
        let mut patience = Patience::new(&self.signals, Some(GOODBYE));
        let lanes = std::mem::take(&mut self.lanes);
        let closed = self.let_all(lanes, Lane::close, |_| Ok(!patience.is_over()))?;
        self.keep_messages(closed);
        Ok(())
    }

    fn keep_messages(&mut self, closed: Vec<Lane>) {
        if let Some(ready) = &mut self.job {
            ready.spare.extend(closed.into_iter().map(Lane::into_messages));
        }
    }

    fn probe(&mut self) -> Result<Account, Error> {
        let limit = Limit::Mails(1);
        let slice =
            Slice { route: 0, connections: 1, limit, cutoff: None, rate: None, progress: None };
        self.work_on(slice, Work::OnePerConnection)
    }

    /// Lets every connection work on a thread of its own, and tells how far they are meanwhile.
    fn work(&mut self, slice: Slice) -> Result<Account, Error> {
        let work = self.ready()?.job.work;
        self.work_on(slice, work)
    }

    fn work_on(&mut self, slice: Slice, work: Work) -> Result<Account, Error> {
        let mut lanes = std::mem::take(&mut self.lanes);
        if lanes.is_empty() {
            let contender = self.contender;
            lanes = self.ready()?.lanes(contender, slice.route, slice.connections)?;
        }
        let records: Vec<Record> = lanes.iter_mut().map(Lane::start_record).collect();
        let before = usage::cpu();
        let schedule = Arc::new(Schedule::begin(&slice, &self.signals));
        let given = Arc::clone(&schedule);
        let task = move |lane: &mut Lane| {
            timer::wake_on_time();
            lane.run(work, &given);
        };
        let mut patience = Patience::new(&self.signals, slice.cutoff);
        let mut progress = Progress { period: slice.progress, told: Instant::now() };
        let goes_on = |answers: &mut W| {
            progress.tell(answers, &schedule)?;
            Ok(!patience.is_over())
        };
        lanes = self.let_all(lanes, task, goes_on)?;
        let cpu = match work {
            // All that the process has used since it was started belongs to its first mail.
            Work::ColdStart => usage::cpu(),
            _ => before.zip(usage::cpu()).map(|(before, after)| after.since(before)),
        };
        if matches!(work, Work::Handshake | Work::OnePerConnection) {
            self.keep_messages(lanes);
        } else {
            self.lanes = lanes;
        }
        let account = sum(&records, work, &self.ready()?.template);
        Ok(Account { cpu, ..account })
    }

    /// Lets all connections do this, while `goes_on` says so. Where not all of them can be started, those
    /// that were have to end.
    fn let_all(
        &mut self,
        lanes: Vec<Lane>,
        task: impl Fn(&mut Lane) + Clone + Send + 'static,
        mut goes_on: impl FnMut(&mut W) -> Result<bool, Error>,
    ) -> Result<Vec<Lane>, Error> {
        let Self { answers, signals, .. } = self;
        crew::work(lanes, task, || goes_on(answers)).inspect_err(|_| signals.stop())
    }
}

/// Tells how many pieces of work are done, as often as asked for.
struct Progress {
    period: Option<Duration>,
    told: Instant,
}

impl Progress {
    fn tell(&mut self, answers: &mut impl Write, schedule: &Schedule) -> Result<(), Error> {
        if self.period.is_none_or(|period| self.told.elapsed() < period) {
            return Ok(());
        }
        self.told = Instant::now();
        say(answers, &Answer::Progress(schedule.done())).map_err(broken)
    }
}

impl Ready {
    fn new(job: Job) -> Result<Self, Error> {
        let envelope = envelope(job.sender.as_deref(), &job.recipients)?;
        let process = getrandom::u64().map_err(|cause| {
            Error::new(Kind::Internal, "the system gives no random numbers").because(cause)
        })?;
        let template = Arc::new(Template::new(job.octets, &envelope, process));
        let (server, envelope) = (job.target.server()?, Arc::new(envelope));
        Ok(Self { job, server, envelope, template, spare: Vec::new(), numbered: 0 })
    }

    /// So many connections on this route, each with a mailer of its own; nothing is opened yet.
    fn lanes(
        &mut self,
        contender: &Contender,
        route: usize,
        connections: usize,
    ) -> Result<Vec<Lane>, Error> {
        let mut server = self.server.clone();
        let way: Option<SocketAddr> = self.job.routes.get(route).copied();
        server.connect_to = way.or(server.connect_to);
        let lane = |_| Ok(Lane::new((contender.make)(&server)?, self.messages()?));
        (0..connections).map(lane).collect()
    }

    /// The messages of one more connection.
    fn messages(&mut self) -> Result<Messages, Error> {
        if let Some(spare) = self.spare.pop() {
            return Ok(spare);
        }
        self.numbered += 1;
        Messages::new(&self.template, &self.envelope, self.numbered)
    }
}

/// All together, from when the first began to when the last ended.
fn sum(records: &[Record], work: Work, template: &Template) -> Account {
    let mut account = Account::default();
    let mut span: Option<(Instant, Instant)> = None;
    for record in records {
        let Closed { account: mut one, span: worked, sent } = record.close(work);
        (one.accepted_checksum, one.unknown_checksums) = sent.checksums(template);
        account.add(&one);
        span = match (span, worked) {
            (Some((begun, ended)), Some(other)) => Some((begun.min(other.0), ended.max(other.1))),
            (span, worked) => span.or(worked),
        };
    }
    account.elapsed = span.map_or(Duration::ZERO, |(begun, ended)| ended - begun);
    account
}

#[cfg(test)]
mod tests;

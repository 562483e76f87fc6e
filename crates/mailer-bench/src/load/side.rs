//! The process of one contender: does what it is told, and tells what it took.

use std::{
    io::{BufRead, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use mailer::{Envelope, Error, Kind, Mail, Message, Server};

use super::{
    Account, Problem, Work, cores,
    lane::{Lane, Worked},
    messages::{Answer, Job, Order, Slice, broken, hear, say},
    schedule::Schedule,
    usage,
};
use crate::workload;
use mailer_lab::Contender;
use mailer_link::timer;

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
    let stop = Arc::new(AtomicBool::new(false));
    let orders = listen(orders, Arc::clone(&stop))?;
    let mut side = Side { contender, stop, answers, job: None, lanes: Vec::new() };
    while let Ok(order) = orders.recv() {
        if let Err(error) = side.obey(order?) {
            side.answer(&Answer::Failed(Problem::of(&error)))?;
        }
    }
    side.close();
    Ok(())
}

/// Reads orders on a thread of its own, so that the one to stop is heard during work. Who goes away
/// wants no more work done either.
fn listen(
    mut from: impl BufRead + Send + 'static,
    stop: Arc<AtomicBool>,
) -> Result<Receiver<Result<Order, Error>>, Error> {
    let (sender, orders) = mpsc::channel();
    let read = move || {
        loop {
            match hear(&mut from) {
                Ok(Some(Order::Stop)) => stop.store(true, Ordering::Relaxed),
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
        stop.store(true, Ordering::Relaxed);
    };
    thread::Builder::new().name("orders".into()).spawn(read).map_err(broken)?;
    Ok(orders)
}

struct Side<'a, W> {
    contender: &'a Contender,
    stop: Arc<AtomicBool>,
    answers: W,
    job: Option<Ready>,
    /// Those of the route that was opened last.
    lanes: Vec<Lane>,
}

/// A job, and what is made of it once.
struct Ready {
    job: Job,
    server: Server,
    mail: Mail,
}

impl<W: Write> Side<'_, W> {
    fn obey(&mut self, order: Order) -> Result<(), Error> {
        match order {
            Order::Prepare(job) => {
                cores::pin(&job.cores);
                self.job = Some(Ready::new(*job)?);
                self.answer(&Answer::Ready)
            }
            Order::Open { route, connections } => {
                self.lanes = self.ready()?.lanes(self.contender, route, connections)?;
                for lane in &mut self.lanes {
                    // Whatever is wrong is wrong again, and counted, when there is work to do.
                    let _ = lane.mailer.open();
                }
                self.answer(&Answer::Ready)
            }
            Order::Run(slice) => {
                let account = self.work(slice)?;
                self.answer(&Answer::Done(Box::new(account)))
            }
            Order::Close => {
                self.close();
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

    fn ready(&self) -> Result<&Ready, Error> {
        self.job.as_ref().ok_or_else(|| Error::new(Kind::Internal, "there is no job to work on"))
    }

    /// Closes in good order, which is nobody's time and nobody's error.
    fn close(&mut self) {
        for mut lane in self.lanes.drain(..) {
            let _ = lane.mailer.close();
        }
    }

    fn probe(&mut self) -> Result<Account, Error> {
        let mut account = Account::default();
        for mut lane in self.ready()?.lanes(self.contender, 0, 1)? {
            let begun = Instant::now();
            let receipt = lane.mailer.send(&lane.mail);
            account.settle(&receipt, begun.elapsed());
            let _ = lane.mailer.close();
        }
        Ok(account)
    }

    /// Lets every connection work on a thread of its own, and tells how far they are meanwhile.
    fn work(&mut self, slice: Slice) -> Result<Account, Error> {
        let work = self.ready()?.job.work;
        if self.lanes.is_empty() {
            self.lanes = self.ready()?.lanes(self.contender, slice.route, slice.connections)?;
        }
        let before = usage::cpu();
        let stop = Arc::clone(&self.stop);
        let schedule = Schedule::begin(&slice, &stop);
        let (sender, results) = mpsc::channel();
        let answers = &mut self.answers;
        let worked = thread::scope(|scope| {
            for lane in &mut self.lanes {
                let (sender, schedule) = (sender.clone(), &schedule);
                let run = move || {
                    timer::wake_on_time();
                    // The receiver is there until all have sent.
                    let _ = sender.send(lane.run(work, schedule));
                };
                thread::Builder::new().spawn_scoped(scope, run).map_err(broken)?;
            }
            drop(sender);
            collect(&results, slice.progress, || {
                say(&mut *answers, &Answer::Progress(schedule.done())).map_err(broken)
            })
        })?;
        let mut account = sum(&worked);
        account.cpu = match work {
            // All that the process has used since it was started belongs to its first mail.
            Work::ColdStart => usage::cpu(),
            _ => before.zip(usage::cpu()).map(|(before, after)| after.since(before)),
        };
        if matches!(work, Work::Handshake | Work::OnePerConnection) {
            self.lanes.clear();
        }
        Ok(account)
    }
}

impl Ready {
    fn new(job: Job) -> Result<Self, Error> {
        let sender = job.sender.as_deref().map(str::parse).transpose()?;
        let recipients = job.recipients.iter().map(|to| to.parse()).collect::<Result<_, _>>()?;
        let message = Message::from_bytes(workload::content(job.octets))?;
        let mail = Mail::new(Envelope::new(sender, recipients)?, message);
        Ok(Self { server: job.target.server()?, mail, job })
    }

    /// So many connections on this route, each with a mailer of its own; nothing is opened yet.
    fn lanes(
        &self,
        contender: &Contender,
        route: usize,
        connections: usize,
    ) -> Result<Vec<Lane>, Error> {
        let mut server = self.server.clone();
        let way: Option<SocketAddr> = self.job.routes.get(route).copied();
        server.connect_to = way.or(server.connect_to);
        let lane = |_| Ok(Lane { mailer: (contender.make)(&server)?, mail: self.mail.clone() });
        (0..connections).map(lane).collect()
    }
}

/// Gathers what every lane did. In between `tell` is called, as often as asked for.
fn collect(
    results: &Receiver<Worked>,
    progress: Option<Duration>,
    mut tell: impl FnMut() -> Result<(), Error>,
) -> Result<Vec<Worked>, Error> {
    let mut worked = Vec::new();
    loop {
        let next = match progress {
            Some(period) => results.recv_timeout(period),
            None => results.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(one) => worked.push(one),
            Err(RecvTimeoutError::Timeout) => tell()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(worked),
        }
    }
}

/// All together, from when the first began to when the last ended.
fn sum(worked: &[Worked]) -> Account {
    let mut account = Account::default();
    for one in worked {
        account.add(&one.account);
    }
    let begun: Option<Instant> = worked.iter().map(|one| one.begun).min();
    let ended = worked.iter().map(|one| one.ended).max();
    account.elapsed = begun.zip(ended).map_or(Duration::ZERO, |(begun, ended)| ended - begun);
    account
}

#[cfg(test)]
mod tests;

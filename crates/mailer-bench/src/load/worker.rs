//! A contender's process: carries out the requests of the process that started it.

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

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mailer::{Error, Kind, Server};
use mailer_lab::Contender;
use mailer_link::timer;

use super::{
    Limit, SliceResult,
    connection_loop::ConnectionLoop,
    connection_record::{self, ConnectionRecord, FinishedRecord},
    message_maker::MessageMaker,
    message_source::MessageSource,
    messages::{Job, Mails, Slice, WorkerRequest, WorkerResponse},
    plan::envelopes,
    schedule::Schedule,
    signals::{Signals, WaitLimit},
    threads,
};
use crate::{
    Problem, cores,
    json_lines::{self, broken},
    usage,
    workload::Workload,
};

/// How long closing all connections may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Works for the process that started this one until `requests` end.
///
/// The calling process does nothing else: its CPU time and memory are reported as the contender's.
///
/// # Errors
/// If the other process sends something unexpected, or cannot be written to.
pub fn work(
    contender: &Contender,
    requests: impl BufRead + Send + 'static,
    responses: impl Write,
) -> Result<(), Error> {
    let signals = Arc::<Signals>::default();
    let requests = read_requests(requests, Arc::clone(&signals))?;
    let mut worker = Worker { contender, signals, responses, job: None, connections: Vec::new() };
    while let Ok(request) = requests.recv() {
        if let Err(error) = worker.carry_out(request?) {
            worker.respond(&WorkerResponse::Failed((&error).into()))?;
        }
    }
    worker.close()
}

/// Reads requests on a thread of its own, so that a stop request takes effect during work, and so does
/// the end of the other process: then this process ends without waiting for anything.
fn read_requests(
    mut from: impl BufRead + Send + 'static,
    signals: Arc<Signals>,
) -> Result<Receiver<Result<WorkerRequest, Error>>, Error> {
    let (sender, requests) = mpsc::channel();
    let read = move || {
        loop {
            match json_lines::read(&mut from) {
                Ok(Some(WorkerRequest::Stop)) => signals.stop(),
                Ok(Some(request)) => {
                    if sender.send(Ok(request)).is_err() {
                        break;
                    }
                }
                Ok(None) => break,
                Err(cause) => {
                    // Sending fails only if the main thread has ended already.
                    let _ = sender.send(Err(broken(cause)));
                    break;
                }
            }
        }
        signals.set_gone();
    };
    thread::Builder::new().name("requests".into()).spawn(read).map_err(broken)?;
    Ok(requests)
}

struct Worker<'a, W> {
    contender: &'a Contender,
    signals: Arc<Signals>,
    responses: W,
    job: Option<PreparedJob>,
    /// The connections of the route that was opened last.
    connections: Vec<ConnectionLoop>,
}

/// A job, with the server and messages that are made from it.
struct PreparedJob {
    job: Job,
    server: Server,
    source: Arc<MessageSource>,
    /// The makers of closed connections, for the next connections.
    spare_messages: Vec<MessageMaker>,
    /// The number of connections that messages were made for.
    numbered: u32,
}

impl<W: Write> Worker<'_, W> {
    fn carry_out(&mut self, request: WorkerRequest) -> Result<(), Error> {
        let response = match request {
            WorkerRequest::Prepare(job) => {
                // A process that cannot be pinned is measured where the scheduler puts it.
                let _ = cores::pin(&job.cores);
                self.job = Some(PreparedJob::new(*job)?);
                WorkerResponse::Ready
            }
            WorkerRequest::Open { route, connections, limit } => {
                WorkerResponse::Opened(Box::new(self.open(route, connections, limit)?))
            }
            WorkerRequest::Run(slice) => {
                let workload = self.prepared()?.job.workload;
                WorkerResponse::Done(Box::new(self.run(slice, workload)?))
            }
            WorkerRequest::Close => {
                self.close()?;
                WorkerResponse::Ready
            }
            WorkerRequest::Probe => WorkerResponse::Done(Box::new(self.probe()?)),
            WorkerRequest::ReportPeakMemory => WorkerResponse::PeakMemory(usage::peak_memory()),
            // The thread that reads requests has dealt with it.
            WorkerRequest::Stop => return Ok(()),
        };
        self.respond(&response)
    }

    fn respond(&mut self, response: &WorkerResponse) -> Result<(), Error> {
        json_lines::write(&mut self.responses, response).map_err(broken)
    }

    fn prepared(&mut self) -> Result<&mut PreparedJob, Error> {
        self.job.as_mut().ok_or_else(|| Error::new(Kind::Internal, "no job is prepared"))
    }

    /// Opens connections, all at the same time. The result has the errors of connections that are
    /// abandoned. It has the errors of the others only if no connection is open and trying again would
    /// not help; otherwise the same errors occur again, and are counted, when there is work to do.
    fn open(
        &mut self,
        route: usize,
        connections: usize,
        limit: Option<Duration>,
    ) -> Result<SliceResult, Error> {
        let contender = self.contender;
        let mut unopened = self.prepared()?.connections(contender, route, connections)?;
        let records: Vec<ConnectionRecord> =
            unopened.iter_mut().map(ConnectionLoop::start_record).collect();
        let mut limit = WaitLimit::new(&self.signals, limit);
        self.connections =
            self.run_all(unopened, ConnectionLoop::open, |_| Ok(!limit.is_over()))?;
        let mut failed = SliceResult::default();
        for record in &records {
            failed.add(&record.finish(Workload::Handshake).result);
        }
        let is_hopeless = failed.problems.iter().all(|problem| !problem.may_be_over_soon());
        let abandoned = connections - self.connections.len();
        let has_worked = self.connections.iter().any(ConnectionLoop::has_worked);
        if has_worked || (abandoned == 0 && !is_hopeless) {
            failed = SliceResult::default();
        } else {
            failed.gave_up = connections as u64;
        }
        let late = Problem::from(&connection_record::abandoned());
        (0..abandoned).for_each(|_| late.clone().count_in(&mut failed.problems));
        Ok(failed)
    }

    /// Closes all connections, as far as the server answers in time.
    fn close(&mut self) -> Result<(), Error> {
        let mut limit = WaitLimit::new(&self.signals, Some(CLOSE_LIMIT));
        let connections = std::mem::take(&mut self.connections);
        let closed = self.run_all(connections, ConnectionLoop::close, |_| Ok(!limit.is_over()))?;
        self.keep_messages(closed);
        Ok(())
    }

    /// Keeps the messages of connections that are no longer needed.
    fn keep_messages(&mut self, closed: Vec<ConnectionLoop>) {
        if let Some(job) = &mut self.job {
            job.spare_messages.extend(closed.into_iter().map(ConnectionLoop::into_messages));
        }
    }

    fn probe(&mut self) -> Result<SliceResult, Error> {
        let limit = Limit::Count(1);
        let slice =
            Slice { route: 0, connections: 1, limit, cutoff: None, rate: None, progress: None };
        self.run(slice, Workload::OnePerConnection)
    }

    /// Runs every connection on a thread of its own, and reports progress meanwhile.
    fn run(&mut self, slice: Slice, workload: Workload) -> Result<SliceResult, Error> {
        let mut connections = std::mem::take(&mut self.connections);
        if connections.is_empty() {
            let contender = self.contender;
            connections =
                self.prepared()?.connections(contender, slice.route, slice.connections)?;
        }
        let records: Vec<ConnectionRecord> =
            connections.iter_mut().map(ConnectionLoop::start_record).collect();
        let cpu_before = usage::cpu();
        let schedule = Arc::new(Schedule::start(&slice, &self.signals));
        let shared = Arc::clone(&schedule);
        let task = move |connection: &mut ConnectionLoop| {
            timer::wake_on_time();
            connection.run(workload, &shared);
        };
        let mut limit = WaitLimit::new(&self.signals, slice.cutoff);
        let mut progress = Progress { period: slice.progress, reported: Instant::now() };
        let goes_on = |responses: &mut W| {
            progress.report(responses, &schedule)?;
            Ok(!limit.is_over())
        };
        connections = self.run_all(connections, task, goes_on)?;
        let cpu = match workload {
            // All CPU time since the process started belongs to its first message.
            Workload::ColdStart => usage::cpu(),
            _ => cpu_before.zip(usage::cpu()).map(|(before, after)| after.since(before)),
        };
        if matches!(workload, Workload::Throughput | Workload::ColdStart) {
            self.connections = connections;
        } else {
            self.keep_messages(connections);
        }
        let result = sum(&records, workload, &self.prepared()?.source);
        Ok(SliceResult { cpu, ..result })
    }

    /// Runs `task` on all connections while `goes_on` returns true. If not all of them can be started,
    /// those that were started have to stop.
    fn run_all(
        &mut self,
        connections: Vec<ConnectionLoop>,
        task: impl Fn(&mut ConnectionLoop) + Clone + Send + 'static,
        mut goes_on: impl FnMut(&mut W) -> Result<bool, Error>,
    ) -> Result<Vec<ConnectionLoop>, Error> {
        let Self { responses, signals, .. } = self;
        let finished = threads::run_all(connections, task, || goes_on(responses));
        finished.inspect_err(|_| signals.stop())
    }
}

/// Reports the number of operations that are done, once in each period.
struct Progress {
    period: Option<Duration>,
    reported: Instant,
}

impl Progress {
    fn report(&mut self, responses: &mut impl Write, schedule: &Schedule) -> Result<(), Error> {
        if self.period.is_none_or(|period| self.reported.elapsed() < period) {
            return Ok(());
        }
        self.reported = Instant::now();
        json_lines::write(responses, &WorkerResponse::Progress(schedule.done())).map_err(broken)
    }
}

impl PreparedJob {
    fn new(mut job: Job) -> Result<Self, Error> {
        let Mails { recipients, recipients_in_turn, prepared } = std::mem::take(&mut job.mails);
        let envelopes = envelopes(job.sender.as_deref(), &recipients, recipients_in_turn)?;
        let process = getrandom::u64().map_err(|cause| {
            Error::new(Kind::Internal, "the system provides no random numbers").with_cause(cause)
        })?;
        let decode = |text: String| BASE64_STANDARD.decode(text).map_err(broken);
        let prepared = prepared.into_iter().map(decode).collect::<Result<Vec<_>, Error>>()?;
        let source = MessageSource::new(job.message_size, prepared, envelopes, process)?;
        let (server, source) = (job.server.server()?, Arc::new(source));
        Ok(Self { job, server, source, spare_messages: Vec::new(), numbered: 0 })
    }

    /// Returns connections on this route, each with a mailer of its own. Nothing is opened yet.
    fn connections(
        &mut self,
        contender: &Contender,
        route: usize,
        count: usize,
    ) -> Result<Vec<ConnectionLoop>, Error> {
        let mut server = self.server.clone();
        let route: Option<SocketAddr> = self.job.routes.get(route).copied();
        server.connect_to = route.or(server.connect_to);
        let connection = |_| Ok(ConnectionLoop::new((contender.make)(&server)?, self.messages()?));
        (0..count).map(connection).collect()
    }

    /// Returns the messages of another connection.
    fn messages(&mut self) -> Result<MessageMaker, Error> {
        if let Some(spare) = self.spare_messages.pop() {
            return Ok(spare);
        }
        self.numbered += 1;
        MessageMaker::new(&self.source, self.numbered)
    }
}

/// Adds the results of all connections, from when the first started to when the last ended.
fn sum(records: &[ConnectionRecord], workload: Workload, source: &MessageSource) -> SliceResult {
    let mut result = SliceResult::default();
    let mut span: Option<(Instant, Instant)> = None;
    for record in records {
        let FinishedRecord { result: mut one, span: worked, messages } = record.finish(workload);
        (one.accepted_content, one.unknown_contents) = messages.contents(source);
        result.add(&one);
        span = match (span, worked) {
            (Some((started, ended)), Some(other)) => {
                Some((started.min(other.0), ended.max(other.1)))
            }
            (span, worked) => span.or(worked),
        };
    }
    result.elapsed = span.map_or(Duration::ZERO, |(started, ended)| ended - started);
    result
}

#[cfg(test)]
mod tests;

//! A contender's process and its routes to the server, as the run sees them.

use std::{
    net::SocketAddr,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mailer::{Error, Kind};
use mailer_link::{Connection, Link, Path};

use super::{
    Latencies, Limit, LinkUsage, Plan, SliceResult,
    messages::{Job, Mails, Slice, WorkerRequest, WorkerResponse},
    server_handle::ServerHandle,
};
use crate::{json_lines::broken, serialized_server::SerializedServer, subprocess::Subprocess};

/// The index of the route that results are measured on.
pub(super) const MEASURED: usize = 0;
/// The index of the other route. If the plan has a path, this one has no delay, and shows what the work
/// takes locally. If the plan has none, this one has [`COUNTING_RTT`], and round trips are counted on it.
pub(super) const REFERENCE: usize = 1;

/// An RTT that is long compared with the time per message, so that a reply that was waited for can be
/// distinguished from one that was not.
const COUNTING_RTT: Duration = Duration::from_millis(5);
/// How often the flag that interrupts the run is checked.
const INTERRUPT_CHECK_INTERVAL: Duration = Duration::from_millis(100);
/// How long a contender's process may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

pub(super) struct WorkerHandle<'a> {
    command: Box<dyn Fn() -> Command + 'a>,
    process: Subprocess<WorkerResponse>,
    /// The first request to each of the contender's processes, without the messages.
    job: WorkerRequest,
    /// The messages of all cold starts, which have one each.
    mails: Mails,
    /// The number of the next cold start.
    turn: usize,
    /// The link of each route; `None` is a direct route.
    links: Vec<Option<Link>>,
    path: Path,
    interrupted: &'a AtomicBool,
    /// When the process was asked to stop.
    stop_requested: Option<Instant>,
}

/// Where a contender runs, and how its system acknowledges.
#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) cores: &'a [usize],
    pub(super) delays_acks: bool,
}

impl<'a> WorkerHandle<'a> {
    pub(super) fn start(
        command: Box<dyn Fn() -> Command + 'a>,
        plan: &Plan,
        server: &ServerHandle,
        client: Client<'_>,
        interrupted: &'a AtomicBool,
    ) -> Result<Self, Error> {
        let addr = server.addr()?;
        let is_relayed = !server.is_embedded() && !plan.direct;
        let links = links(plan.path, is_relayed, addr, client.delays_acks)?;
        let route = |link: &Option<Link>| link.as_ref().map_or(addr, Link::addr);
        let job = Job {
            server: SerializedServer::new(&server.server),
            routes: links.iter().map(route).collect(),
            workload: plan.workload,
            message_size: plan.message_size,
            sender: plan.sender.clone(),
            mails: mails(plan),
            cores: client.cores.to_vec(),
        };
        let process = Subprocess::start(command())?;
        let mut worker = Self {
            command,
            process,
            job: WorkerRequest::Prepare(Box::new(job)),
            mails: Mails::default(),
            turn: 0,
            links,
            path: plan.path,
            interrupted,
            stop_requested: None,
        };
        worker.prepare()?;
        if let WorkerRequest::Prepare(job) = &mut worker.job {
            worker.mails = std::mem::take(&mut job.mails);
        }
        Ok(worker)
    }

    fn prepare(&mut self) -> Result<(), Error> {
        self.process.request(&self.job)?;
        self.expect_ready()
    }

    /// Lets fresh processes send one message each, for one slice. Returns the sum of their results, and
    /// what passed the link until the messages were accepted. The slice ends with the first failure,
    /// because the next process would fail as well.
    pub(super) fn cold_starts(
        &mut self,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<(SliceResult, Option<LinkUsage>), Error> {
        let started = Instant::now();
        let (mut sum, mut usage) = (SliceResult::default(), Some(LinkUsage::default()));
        let mut done = 0.0;
        while done < 1.0 && !self.interrupted.load(Ordering::Relaxed) {
            let before = self.link_usage(slice.route);
            let left = slice.cutoff.map(|cutoff| cutoff.saturating_sub(started.elapsed()));
            let one = self.cold_start(slice.route, left)?;
            let after = self.link_usage(slice.route);
            self.close()?;
            let of_one = before.zip(after).map(|(before, after)| after - before);
            usage = usage.zip(of_one).map(|(usage, one)| usage + one);
            sum.gave_up = u64::from(one.outcomes.accepted < one.outcomes.total());
            sum.add(&one);
            sum.elapsed += one.elapsed;
            sum.cpu = Some(sum.cpu.unwrap_or_default()).zip(one.cpu).map(|(sum, one)| sum.and(one));
            if one.outcomes.accepted == 0 {
                break;
            }
            done = part_done(slice.limit, sum.outcomes.total(), started.elapsed());
            progress(done);
        }
        Ok((sum, usage))
    }

    /// Replaces the process by a fresh one, and lets it send one message. The clock starts before the
    /// process does, and the process gets no message but this one. The connection stays open.
    fn cold_start(&mut self, route: usize, cutoff: Option<Duration>) -> Result<SliceResult, Error> {
        if let WorkerRequest::Prepare(job) = &mut self.job {
            job.mails = self.mails.of_turn(self.turn);
            self.turn += 1;
        }
        let started = Instant::now();
        let fresh = Subprocess::start((self.command)())?;
        // The previous process has closed its connection. Waiting for its end is not timed.
        let previous = std::mem::replace(&mut self.process, fresh);
        self.prepare()?;
        let limit = Limit::Count(1);
        let slice = Slice { route, connections: 1, limit, cutoff, rate: None, progress: None };
        let mut result = self.run(slice, &mut |_| {})?;
        result.elapsed = started.elapsed();
        drop(previous);
        result.latencies = Latencies::default();
        (0..result.outcomes.accepted).for_each(|_| result.latencies.record(result.elapsed));
        Ok(result)
    }

    /// Opens connections on this route, and abandons those that take longer than `limit`. The result has
    /// the errors of the abandoned ones, and `gave_up` is above zero if no connection is left.
    pub(super) fn open(
        &mut self,
        route: usize,
        connections: usize,
        limit: Option<Duration>,
    ) -> Result<SliceResult, Error> {
        self.process.request(&WorkerRequest::Open { route, connections, limit })?;
        match self.response()? {
            WorkerResponse::Opened(failed) => Ok(*failed),
            response => unexpected(response).and(Err(broken("it has not opened connections"))),
        }
    }

    pub(super) fn close(&mut self) -> Result<(), Error> {
        self.process.request(&WorkerRequest::Close)?;
        self.expect_ready()
    }

    /// Lets the process work one slice, on the connections that are open or on new ones. `progress` gets
    /// the part that is done, from 0 to 1.
    pub(super) fn run(
        &mut self,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<SliceResult, Error> {
        let started = Instant::now();
        self.process.request(&WorkerRequest::Run(slice))?;
        loop {
            match self.response()? {
                WorkerResponse::Done(result) => return Ok(*result),
                WorkerResponse::Progress(done) => {
                    progress(part_done(slice.limit, done, started.elapsed()));
                }
                response => unexpected(response)?,
            }
        }
    }

    /// Lets the process send one message over a connection of its own.
    pub(super) fn probe(&mut self) -> Result<SliceResult, Error> {
        self.process.request(&WorkerRequest::Probe)?;
        match self.response()? {
            WorkerResponse::Done(result) => Ok(*result),
            response => unexpected(response).and(Err(broken("it has not sent a message"))),
        }
    }

    /// Returns the peak memory of the process in bytes.
    pub(super) fn peak_memory(&mut self) -> Result<Option<u64>, Error> {
        self.process.request(&WorkerRequest::ReportPeakMemory)?;
        match self.response()? {
            WorkerResponse::PeakMemory(bytes) => Ok(bytes),
            response => unexpected(response).and(Ok(None)),
        }
    }

    /// Returns why the link of this route could not connect to the server, if it ever could not. The
    /// link's client only sees a connection that ends.
    pub(super) fn link_failure(&self, route: usize) -> Option<String> {
        let connections = self.links.get(route)?.as_ref()?.connections();
        connections.into_iter().find_map(|connection| connection.failure)
    }

    /// Returns what has passed the link of this route so far; `None` for a direct route.
    pub(super) fn link_usage(&self, route: usize) -> Option<LinkUsage> {
        let connections = self.links.get(route)?.as_ref()?.connections();
        if route == MEASURED && self.path == Path::default() {
            return Some(relayed_usage(&connections));
        }
        let round_trip = match (route, self.path.round_trip) {
            (MEASURED, round_trip) if !round_trip.is_zero() => round_trip,
            _ => COUNTING_RTT,
        };
        Some(LinkUsage::sum_of(&connections, round_trip))
    }

    fn expect_ready(&mut self) -> Result<(), Error> {
        match self.response()? {
            WorkerResponse::Ready => Ok(()),
            response => unexpected(response),
        }
    }

    /// Waits for the next response, as long as the backend's timeouts let the process take. After an
    /// interruption the process is asked to stop, and has [`STOP_LIMIT`] to respond.
    fn response(&mut self) -> Result<WorkerResponse, Error> {
        loop {
            if let Some(response) = self.process.response_within(INTERRUPT_CHECK_INTERVAL)? {
                return Ok(response);
            }
            if !self.interrupted.load(Ordering::Relaxed) {
                continue;
            }
            match self.stop_requested {
                None => {
                    self.process.request(&WorkerRequest::Stop)?;
                    self.stop_requested = Some(Instant::now());
                }
                Some(since) if since.elapsed() > STOP_LIMIT => {
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

fn mails(plan: &Plan) -> Mails {
    Mails {
        recipients: plan.recipients.clone(),
        recipients_in_turn: plan.recipients_in_turn,
        prepared: plan.prepared.iter().map(|content| BASE64_STANDARD.encode(content)).collect(),
    }
}

/// Returns what has passed a relay to a server at an unknown distance.
fn relayed_usage(connections: &[Connection]) -> LinkUsage {
    // TCP's handshake takes one round trip, and the shortest has waited for nothing else. A server on this
    // machine answers faster than a busy machine connects, so there every answer counts as waited for.
    let connecting = connections.iter().filter_map(|connection| {
        let (address, reached) = connection.reached?;
        let time = reached.saturating_duration_since(connection.accepted);
        Some(if address.ip().is_loopback() { Duration::ZERO } else { time })
    });
    let round_trip = connecting.min().unwrap_or_default();
    // The relay acknowledges, so a stall does not depend on the distance of the server.
    let LinkUsage { ack_delay, .. } = LinkUsage::sum_of(connections, Duration::ZERO);
    LinkUsage { ack_delay, ..LinkUsage::sum_of(connections, round_trip) }
}

/// Starts the links of the two routes. A link without delay relays the measured route to a named server.
fn links(
    path: Path,
    is_relayed: bool,
    server: SocketAddr,
    delays_acks: bool,
) -> Result<Vec<Option<Link>>, Error> {
    let over = |path| {
        Link::to([server]).over(path).client_delays_acks(delays_acks).start().map_err(|cause| {
            Error::new(Kind::Internal, "cannot start the link between client and server")
                .with_cause(cause)
        })
    };
    if path == Path::default() {
        let counting = Path { round_trip: COUNTING_RTT, ..path };
        let measured = is_relayed.then(|| over(path)).transpose()?;
        return Ok(vec![measured, Some(over(counting)?)]);
    }
    Ok(vec![Some(over(path)?), Some(over(Path::default())?)])
}

/// Returns the part of the slice that is done, from 0 to 1.
fn part_done(limit: Limit, done: u64, elapsed: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "it is shown in per cent")]
    let part = match limit {
        Limit::Count(count) => done as f64 / count as f64,
        Limit::Time(time) => elapsed.as_secs_f64() / time.as_secs_f64(),
    };
    part.clamp(0.0, 1.0)
}

/// Handles a response to another request than the latest: late progress reports are ignored.
fn unexpected(response: WorkerResponse) -> Result<(), Error> {
    match response {
        WorkerResponse::Failed(problem) => Err(problem.into()),
        WorkerResponse::Progress(_) => Ok(()),
        _ => Err(broken("it sends an unexpected response")),
    }
}

//! One contender of a run: works its slices, with what the server and the link observe meanwhile.

use std::time::Duration;

use mailer::{Error, Kind};

use super::{
    ContenderResult, Limit, LinkSample, LinkUsage, SliceResult, UsagePerMail,
    messages::Slice,
    run_context::{RunContext, check_one_per_connection, invalid, reference_slice},
    verify::check_handshakes,
    worker_handle::{REFERENCE, WorkerHandle},
};
use crate::{Cpu, Problem, counting_server::StoredTotals, workload::Workload};

/// The number of messages that are sent to count what one of them uses of the path.
const COUNTED: u64 = 10;
/// How long the work over a link without delay is measured in each round.
const LOCAL_TIME: Duration = Duration::from_millis(300);

/// A contender, and its results so far.
pub(super) struct Participant<'a> {
    pub(super) worker: WorkerHandle<'a>,
    pub(super) result: ContenderResult,
}

/// The result of a slice, with what the server and the link observed.
pub(super) struct MeasuredSlice {
    pub(super) result: SliceResult,
    pub(super) server_cpu: Option<Cpu>,
    /// The TLS sessions that the embedded server resumed.
    pub(super) resumed: Option<u64>,
    /// What one message or handshake used of the path; `None` for a direct route.
    pub(super) usage: Option<UsagePerMail>,
}

impl Participant<'_> {
    /// Works one slice.
    ///
    /// # Errors
    /// If the server did not store what was sent, or the contender's process fails;
    /// [`Kind::Unreachable`] if no contender has ever connected to the server.
    pub(super) fn work(
        &mut self,
        context: &mut RunContext<'_>,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<MeasuredSlice, Error> {
        let measured = match context.plan.workload {
            Workload::Throughput | Workload::OnePerConnection => {
                self.send_messages(context, slice, progress)
            }
            Workload::Handshake => self.shake_hands(context, slice, progress),
            Workload::ColdStart => self.start_cold(context, slice, progress),
        }?;
        self.check_reached(context, slice.route, &measured.result)?;
        Ok(measured)
    }

    /// Ends the run if the server cannot be reached: the other contenders need not try.
    fn check_reached(
        &self,
        context: &mut RunContext<'_>,
        route: usize,
        result: &SliceResult,
    ) -> Result<(), Error> {
        if context.was_reached || (result.outcomes.total() == 0 && result.problems.is_empty()) {
            return Ok(());
        }
        let not_connected = result.problems.iter().find(|problem| problem.is_about_connecting());
        match (result.outcomes.accepted, not_connected, self.worker.link_failure(route)) {
            (0, Some(problem), _) => {
                Err(Problem { kind: Kind::Unreachable.name().into(), ..problem.clone() }.into())
            }
            (0, None, Some(cause)) => {
                Err(Error::unreachable(&context.server.server).with_cause(cause))
            }
            _ => {
                context.was_reached = true;
                Ok(())
            }
        }
    }

    /// Counts what one message or handshake uses of the path, over a link of a few milliseconds.
    pub(super) fn count_usage(
        &mut self,
        context: &mut RunContext<'_>,
    ) -> Result<Option<UsagePerMail>, Error> {
        let counted = match context.plan.workload {
            Workload::Throughput => COUNTED,
            Workload::OnePerConnection | Workload::ColdStart => 1,
            Workload::Handshake => {
                let usage = self.one_handshake(REFERENCE)?;
                self.probe(context, 1)?;
                return Ok(usage);
            }
        };
        let slice = reference_slice(Limit::Count(counted));
        Ok(self.work(context, slice, &mut |_| {})?.usage)
    }

    /// Measures the same work over a link without delay, for the prediction.
    pub(super) fn sample_link(
        &mut self,
        context: &mut RunContext<'_>,
        usage: UsagePerMail,
    ) -> Result<Option<LinkSample>, Error> {
        let slice = reference_slice(Limit::Time(LOCAL_TIME));
        let measured = self.work(context, slice, &mut |_| {})?;
        let local = match context.plan.workload {
            Workload::Throughput => measured.result.time_per_message(),
            _ => measured.result.latencies.median(),
        };
        let local_usage = measured.usage.unwrap_or_default();
        Ok(local.map(|local| LinkSample { usage, local, local_usage }))
    }

    /// Sends messages, either on connections that are opened before the clock starts and closed after it
    /// stops, or each on a connection of its own.
    fn send_messages(
        &mut self,
        context: &mut RunContext<'_>,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<MeasuredSlice, Error> {
        let one_per_connection = context.plan.workload == Workload::OnePerConnection;
        let mut failed = SliceResult::default();
        if !one_per_connection {
            let limit = context.overtime(slice.limit);
            failed = self.worker.open(slice.route, slice.connections, limit)?;
        }
        if failed.gave_up > 0 {
            self.worker.close()?;
            return Ok(MeasuredSlice {
                result: failed,
                server_cpu: None,
                resumed: None,
                usage: None,
            });
        }
        let (before, used_before) = (context.server.totals()?, self.worker.link_usage(slice.route));
        let mut result = self.worker.run(slice, progress)?;
        result.add(&failed);
        let (after, used_after) = (context.server.totals()?, self.worker.link_usage(slice.route));
        self.worker.close()?;
        context.check(before, after, &result)?;
        if one_per_connection {
            check_one_per_connection(before, after, &result.outcomes)?;
        }
        let used = used_before.zip(used_after).map(|(before, after)| after - before);
        Ok(measured_slice(result, (before, after), used))
    }

    /// Sends the first messages of fresh processes. The end of each process is not timed.
    fn start_cold(
        &mut self,
        context: &mut RunContext<'_>,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<MeasuredSlice, Error> {
        let before = context.server.totals()?;
        let (result, used) = self.worker.cold_starts(slice, progress)?;
        let after = context.server.totals()?;
        context.check(before, after, &result)?;
        check_one_per_connection(before, after, &result.outcomes)?;
        Ok(measured_slice(result, (before, after), used))
    }

    /// Opens connections, each of which is closed without being timed.
    fn shake_hands(
        &mut self,
        context: &mut RunContext<'_>,
        slice: Slice,
        progress: &mut dyn FnMut(f64),
    ) -> Result<MeasuredSlice, Error> {
        let before = context.server.totals()?;
        let result = self.worker.run(slice, progress)?;
        let totals = (before, context.server.totals()?);
        let measured = measured_slice(result, totals, None);
        if !context.server.is_embedded() {
            // One more handshake is counted, once.
            let is_counted = self.result.usage.is_some() || measured.result.outcomes.accepted == 0;
            let usage = if is_counted { None } else { self.one_handshake(slice.route)? };
            return Ok(MeasuredSlice { usage, ..measured });
        }
        let usage = self.one_handshake(slice.route)?;
        let outcomes = &measured.result.outcomes;
        let opened = outcomes.accepted + u64::from(usage.is_some());
        if outcomes.not_sent == 0 {
            self.probe(context, opened)?;
        } else {
            context.after_probe = None;
        }
        Ok(MeasuredSlice { usage, ..measured })
    }

    /// Returns what one handshake uses of the path; `None` if this route has no link.
    fn one_handshake(&mut self, route: usize) -> Result<Option<UsagePerMail>, Error> {
        let Some(before) = self.worker.link_usage(route) else { return Ok(None) };
        self.worker.open(route, 1, None)?;
        let after = self.worker.link_usage(route);
        self.worker.close()?;
        Ok(after.map(|after| (after - before).per_mail(1)))
    }

    /// Sends a message over one more connection. It is accepted, so the server would have accepted one on
    /// the others; and the number of its connection shows that every handshake made one.
    fn probe(&mut self, context: &mut RunContext<'_>, opened: u64) -> Result<(), Error> {
        let previous = context.after_probe.take();
        let before = context.server.totals()?;
        let probe = self.worker.probe()?;
        let after = context.server.totals()?;
        context.check(before, after, &probe)?;
        if probe.outcomes.accepted != 1 {
            return Err(invalid("the connections were not ready for a message".into()));
        }
        context.after_probe = after;
        match previous.zip(after) {
            Some((previous, after)) => check_handshakes(&previous, &after, opened).map_err(invalid),
            None => Ok(()),
        }
    }
}

/// Returns a slice with the totals of the server before and after it.
fn measured_slice(
    result: SliceResult,
    (before, after): (Option<StoredTotals>, Option<StoredTotals>),
    used: Option<LinkUsage>,
) -> MeasuredSlice {
    let usage = used.map(|used| used.per_mail(result.outcomes.total()));
    let totals = before.zip(after);
    let server_cpu = totals.and_then(|(before, after)| Some(after.cpu?.since(before.cpu?)));
    let resumed = totals.map(|(before, after)| after.resumed.saturating_sub(before.resumed));
    MeasuredSlice { result, server_cpu, resumed, usage }
}

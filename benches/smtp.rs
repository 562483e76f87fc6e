//! What a handshake and a mail cost: every workload, one line per contender.
//!
//! `cargo bench` takes some five minutes, since a library that meets Nagle's algorithm waits 44 ms
//! for each mail: that, and not the spread, is why samples are few. Client and server run where the
//! scheduler puts them, and a request and its reply cost four times as much across two cores as on
//! one: figures of small mails have two peaks.

use std::time::Duration;

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main, measurement::WallTime,
};
use mailer_bench::workload::{Measured, Workload};
use mailer_benches::taking_part;
use mailer_lab::Contender;

const SAMPLES: usize = 20;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASUREMENT: Duration = Duration::from_secs(4);

fn smtp(criterion: &mut Criterion) {
    for workloads in Workload::ALL.chunk_by(|a, b| a.group() == b.group()) {
        let Some(first) = workloads.first() else { continue };
        let mut group = criterion.benchmark_group(first.group());
        group.sample_size(SAMPLES).warm_up_time(WARM_UP).measurement_time(MEASUREMENT);
        // Every sample has the same number of runs: in the usual row of 1, 2, 3... runs the slow
        // contenders would take several times longer than they are given.
        group.sampling_mode(SamplingMode::Flat);
        for workload in workloads {
            lines(&mut group, *workload);
        }
        group.finish();
    }
}

fn lines(group: &mut BenchmarkGroup<'_, WallTime>, workload: Workload) {
    if let Some(octets) = workload.octets() {
        group.throughput(Throughput::Bytes(octets));
    }
    for contender in taking_part(workload) {
        line(group, workload, &contender);
    }
}

/// One line of the report. Criterion calls the closure for each sample: the server and the connection
/// are made at the first, and not at all for a line that was not asked for.
fn line(group: &mut BenchmarkGroup<'_, WallTime>, workload: Workload, contender: &Contender) {
    let name = BenchmarkId::new(contender.label(), workload.name());
    let mut ready = None;
    group.bench_function(name, |bencher| {
        let ready = ready.get_or_insert_with(|| {
            workload.set_up(contender).unwrap_or_else(|error| no_figure(contender, &error))
        });
        bencher.iter_custom(|times| checked(ready.as_mut(), times, contender));
    });
}

/// The time of these runs, if the server stored what was sent in them.
fn checked(measured: &mut dyn Measured, times: u64, contender: &Contender) -> Duration {
    let timed = measured.run(times).and_then(|time| measured.check().map(|()| time));
    timed.unwrap_or_else(|error| no_figure(contender, &error))
}

/// A wrong run has no figure, so it ends the benchmark.
fn no_figure(contender: &Contender, error: &mailer::Error) -> ! {
    let cause = error.cause().unwrap_or_default();
    panic!("{}: {error} {cause}", contender.name)
}

criterion_group!(benches, smtp);
criterion_main!(benches);

//! The time of handshakes and messages: every case, with one line per contender.
//!
//! `cargo bench` takes about five minutes, because lettre stalls 44 ms for each message: that is why there
//! are few samples. Client and server run where the scheduler puts them, and a request and its reply take
//! four times as long across two cores as on one, so results of small messages have two peaks.

use std::time::Duration;

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main, measurement::WallTime,
};
use mailer_bench::in_process::{Case, Measured};
use mailer_benches::contenders;
use mailer_lab::Contender;

const SAMPLES: usize = 20;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASUREMENT: Duration = Duration::from_secs(4);

fn smtp(criterion: &mut Criterion) {
    for cases in Case::STANDARD.chunk_by(|a, b| a.workload() == b.workload()) {
        let Some(first) = cases.first() else { continue };
        let mut group = criterion.benchmark_group(first.workload().name());
        group.sample_size(SAMPLES).warm_up_time(WARM_UP).measurement_time(MEASUREMENT);
        // Every sample has the same number of runs. With criterion's usual 1, 2, 3... runs the slow
        // contenders would take several times the measurement time.
        group.sampling_mode(SamplingMode::Flat);
        for case in cases {
            bench_case(&mut group, *case);
        }
        group.finish();
    }
}

fn bench_case(group: &mut BenchmarkGroup<'_, WallTime>, case: Case) {
    if let Some(size) = case.message_size() {
        group.throughput(Throughput::Bytes(size as u64));
    }
    for contender in contenders(case) {
        bench_contender(group, case, &contender);
    }
}

/// Measures one line of the report. Criterion calls the closure for each sample. The first call sets the
/// contender up, and a line that is filtered out is never set up.
fn bench_contender(group: &mut BenchmarkGroup<'_, WallTime>, case: Case, contender: &Contender) {
    let name = BenchmarkId::new(contender.label(), case.name());
    let mut measured = None;
    group.bench_function(name, |bencher| {
        let measured = measured.get_or_insert_with(|| {
            case.set_up(contender).unwrap_or_else(|error| fail(contender, &error))
        });
        bencher.iter_custom(|times| run(measured.as_mut(), times, contender));
    });
}

/// Returns the time of these runs, after checking that the server stored what was sent.
fn run(measured: &mut dyn Measured, times: u64, contender: &Contender) -> Duration {
    let timed = measured.run(times).and_then(|time| measured.check().map(|()| time));
    timed.unwrap_or_else(|error| fail(contender, &error))
}

/// Ends the benchmark: an invalid run has no result.
fn fail(contender: &Contender, error: &mailer::Error) -> ! {
    let cause = error.cause().unwrap_or_default();
    panic!("{}: {error} {cause}", contender.label())
}

criterion_group!(benches, smtp);
criterion_main!(benches);

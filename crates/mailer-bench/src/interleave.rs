//! Workloads of several contenders in turns, so that a ratio between two of them is meaningful.
//!
//! The speed of a machine changes over time, so contenders that are measured one after the other are measured
//! under different conditions. Here every round has a batch of each contender, every round starts with another
//! contender, and ratios are computed within a round. A disturbance that lasts longer than a round affects both
//! terms of the ratio.

use std::{fmt, fs, time::Duration};

use mailer::Error;

use crate::{in_process::Measured, rotation::rotation, statistics::Quartiles};

/// A workload that takes turns with others.
pub struct Entry {
    /// The name in results and errors.
    pub name: String,
    /// The name of the entry that its ratio is computed against.
    pub baseline: Option<String>,
    /// The workload, set up for its contender.
    pub measured: Box<dyn Measured>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .field("baseline", &self.baseline)
            .finish_non_exhaustive()
    }
}

/// The result of one entry.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EntryResult {
    /// The name of the [`Entry`].
    pub name: String,
    /// Runs per second.
    pub rate: Quartiles,
    /// Its rate divided by the baseline's rate in the same round.
    pub ratio: Option<Quartiles>,
    /// Microseconds of CPU time of the calling thread per run, untimed parts included; `None` on systems
    /// other than Linux.
    pub cpu: Option<Quartiles>,
}

/// An entry's error, with the entry's name.
pub type EntryError = (String, Error);

/// Runs every entry once per round, for about `batch` each, and checks at the end what was stored.
///
/// # Errors
/// The first run or check that fails: then there are no results.
pub fn interleave(
    entries: &mut [Entry],
    rounds: usize,
    batch: Duration,
) -> Result<Vec<EntryResult>, EntryError> {
    let mut sizes = Vec::with_capacity(entries.len());
    for entry in entries.iter_mut() {
        sizes.push(calibrate(entry.measured.as_mut(), batch).map_err(|e| (entry.name.clone(), e))?);
    }
    interleave_batches(entries, rounds, &sizes)
}

/// Like [`interleave`], with a fixed number of runs per batch for each entry: for entries of which the
/// totals of all runs are compared as well.
///
/// # Errors
/// As [`interleave`].
pub fn interleave_batches(
    entries: &mut [Entry],
    rounds: usize,
    sizes: &[u64],
) -> Result<Vec<EntryResult>, EntryError> {
    let mut batches: Vec<Vec<Batch>> = entries.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        for index in rotation(entries.len(), round) {
            let turn = entries.get_mut(index).zip(sizes.get(index)).zip(batches.get_mut(index));
            let Some(((entry, &size), batches)) = turn else { continue };
            batches.push(Batch::run(entry, size)?);
        }
    }
    for entry in entries.iter_mut() {
        entry.measured.check().map_err(|error| (entry.name.clone(), error))?;
    }
    Ok(results(entries, &batches))
}

/// What was measured of one entry in one round.
struct Batch {
    /// Runs per second.
    rate: f64,
    /// Microseconds of CPU time per run.
    cpu: Option<f64>,
}

impl Batch {
    fn run(entry: &mut Entry, size: u64) -> Result<Self, EntryError> {
        let before = thread_cpu_time();
        let time = entry.measured.run(size).map_err(|error| (entry.name.clone(), error))?;
        let cpu = thread_cpu_time().zip(before);
        let cpu = cpu.map(|(after, before)| after.saturating_sub(before));
        let cpu = cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / size as f64);
        Ok(Self { rate: rate(size, time), cpu })
    }
}

/// Returns the CPU time of this thread, which Linux reports in nanoseconds.
fn thread_cpu_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Returns how many runs take `batch`: doubles the number until they take a quarter of it, which warms up
/// as well.
fn calibrate(measured: &mut dyn Measured, batch: Duration) -> Result<u64, Error> {
    let mut size = 1;
    loop {
        let time = measured.run(size)?;
        if time >= batch / 4 {
            // A batch is short, so the number fits.
            let wanted = rate(size, time) * batch.as_secs_f64();
            return Ok((wanted.round() as u64).max(1));
        }
        size *= 2;
    }
}

fn rate(runs: u64, time: Duration) -> f64 {
    runs as f64 / time.as_secs_f64()
}

fn results(entries: &[Entry], batches: &[Vec<Batch>]) -> Vec<EntryResult> {
    let batches_of = |name: &String| {
        let index = entries.iter().position(|entry| entry.name == *name)?;
        batches.get(index)
    };
    let result = |entry: &Entry| {
        let own = batches_of(&entry.name)?;
        let quartiles = |part: fn(&Batch) -> Option<f64>| {
            Quartiles::new(&own.iter().filter_map(part).collect::<Vec<_>>())
        };
        let ratio = entry.baseline.as_ref().and_then(batches_of).and_then(|baseline| {
            let ratios = own.iter().zip(baseline).map(|(own, baseline)| own.rate / baseline.rate);
            Quartiles::new(&ratios.collect::<Vec<_>>())
        });
        let rate = quartiles(|batch| Some(batch.rate))?;
        let cpu = quartiles(|batch| batch.cpu);
        Some(EntryResult { name: entry.name.clone(), rate, ratio, cpu })
    };
    entries.iter().filter_map(result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workload whose runs take a fixed time.
    struct Steady(Duration);

    impl Measured for Steady {
        fn run(&mut self, times: u64) -> Result<Duration, Error> {
            Ok(self.0 * u32::try_from(times).unwrap())
        }

        fn check(&mut self) -> Result<(), Error> {
            Ok(())
        }
    }

    fn entry(name: &str, baseline: Option<&str>, micros: u64) -> Entry {
        let measured = Box::new(Steady(Duration::from_micros(micros)));
        Entry { name: name.into(), baseline: baseline.map(Into::into), measured }
    }

    #[test]
    fn a_ratio_is_to_the_baseline_in_the_same_round() {
        let mut entries = [entry("slow", Some("fast"), 400), entry("fast", None, 100)];
        let results = interleave(&mut entries, 5, Duration::from_millis(10)).unwrap();
        let is_close = |a: f64, b: f64| (a - b).abs() < b * 1e-6;
        let [slow, fast] = results.as_slice() else { panic!("two results") };
        assert!(is_close(slow.rate.median, 2500.0) && is_close(fast.rate.median, 10_000.0));
        assert!(is_close(slow.ratio.unwrap().median, 0.25) && fast.ratio.is_none());
    }

    #[test]
    fn batches_can_have_different_sizes() {
        let mut entries = [entry("one", None, 100), entry("three", Some("one"), 300)];
        let results = interleave_batches(&mut entries, 2, &[30, 10]).unwrap();
        let [one, three] = results.as_slice() else { panic!("two results") };
        assert!(one.rate.median > 9_999.0 && one.rate.median < 10_001.0);
        assert!(three.ratio.is_some_and(|ratio| ratio.median > 0.333 && ratio.median < 0.334));
    }
}

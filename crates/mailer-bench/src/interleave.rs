//! Contenders measured in turns, so that a ratio between two of them means something.
//!
//! A machine gets faster and slower while it is measured: who is measured a minute later meets
//! another machine. Here each round has a batch of everybody, each round begins with somebody else,
//! and a ratio is taken within a round, so that what lasts longer than a round is in both its terms.

use std::{fs, time::Duration};

use mailer::Error;

use crate::{statistics::Quartiles, workload::Measured};

/// Somebody who takes part.
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The name of whom it is measured against.
    pub base: Option<String>,
    /// What it does.
    pub measured: Box<dyn Measured>,
}

/// What came out for one entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Runs per second.
    pub rate: Quartiles,
    /// Its rate divided by that of its base in the same round.
    pub ratio: Option<Quartiles>,
    /// Microseconds that the calling thread was on a core for each run, untimed parts and all; `None`
    /// if the system does not tell.
    pub cpu: Option<Quartiles>,
}

/// Runs every entry once a round, for about `batch` each time, and checks at the end what was
/// stored.
///
/// # Errors
/// Of the first run or check that went wrong: then there are no figures. What is in it begins with
/// the entry's name.
pub fn interleave(
    entries: &mut [Entry],
    rounds: usize,
    batch: Duration,
) -> Result<Vec<Line>, (String, Error)> {
    let mut sizes = Vec::with_capacity(entries.len());
    for entry in entries.iter_mut() {
        sizes.push(calibrate(entry.measured.as_mut(), batch).map_err(|e| (entry.name.clone(), e))?);
    }
    in_turns(entries, rounds, &sizes)
}

/// The same with so many runs in each batch, one figure an entry: for entries that have to do exactly
/// the same work, since what they have done in all is compared too.
///
/// # Errors
/// As [`interleave`].
pub fn in_turns(
    entries: &mut [Entry],
    rounds: usize,
    sizes: &[u64],
) -> Result<Vec<Line>, (String, Error)> {
    let mut batches: Vec<Vec<Batch>> = entries.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        for index in order(entries.len(), round) {
            let turn = entries.get_mut(index).zip(sizes.get(index)).zip(batches.get_mut(index));
            let Some(((entry, &size), batches)) = turn else { continue };
            batches.push(Batch::run(entry, size)?);
        }
    }
    for entry in entries.iter_mut() {
        entry.measured.check().map_err(|error| (entry.name.clone(), error))?;
    }
    Ok(lines(entries, &batches))
}

/// What was measured of one entry in one round.
struct Batch {
    rate: f64,
    /// Microseconds for each run.
    cpu: Option<f64>,
}

impl Batch {
    fn run(entry: &mut Entry, size: u64) -> Result<Self, (String, Error)> {
        let before = cpu_time();
        let time = entry.measured.run(size).map_err(|error| (entry.name.clone(), error))?;
        let cpu = cpu_time().zip(before).map(|(after, before)| after.saturating_sub(before));
        let cpu = cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / size as f64);
        Ok(Self { rate: rate(size, time), cpu })
    }
}

/// How long this thread has been on a core, as Linux tells it.
fn cpu_time() -> Option<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Everybody's index, beginning with another one each round.
pub fn order(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |turn| (turn + round) % count)
}

/// How many runs take that long: doubles until they take a quarter of it, which warms up too.
fn calibrate(measured: &mut dyn Measured, batch: Duration) -> Result<u64, Error> {
    let mut size = 1;
    loop {
        let time = measured.run(size)?;
        if time >= batch / 4 {
            // A batch never takes so long that 32 bits of runs would not do.
            let wanted = rate(size, time) * batch.as_secs_f64();
            return Ok((wanted.round() as u64).max(1));
        }
        size *= 2;
    }
}

fn rate(runs: u64, time: Duration) -> f64 {
    runs as f64 / time.as_secs_f64()
}

fn lines(entries: &[Entry], batches: &[Vec<Batch>]) -> Vec<Line> {
    let of = |name: &String| {
        let index = entries.iter().position(|entry| entry.name == *name)?;
        batches.get(index)
    };
    let line = |entry: &Entry| {
        let own = of(&entry.name)?;
        let quartiles = |of: fn(&Batch) -> Option<f64>| {
            Quartiles::of(&own.iter().filter_map(of).collect::<Vec<_>>())
        };
        let ratio = entry.base.as_ref().and_then(of).and_then(|base| {
            let ratios = own.iter().zip(base).map(|(own, base)| own.rate / base.rate);
            Quartiles::of(&ratios.collect::<Vec<_>>())
        });
        let rate = quartiles(|batch| Some(batch.rate))?;
        Some(Line { name: entry.name.clone(), rate, ratio, cpu: quartiles(|batch| batch.cpu) })
    };
    entries.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes as long as it says, and longer each time.
    struct Steady {
        each: Duration,
        runs: u64,
    }

    impl Measured for Steady {
        fn run(&mut self, times: u64) -> Result<Duration, Error> {
            self.runs += times;
            Ok(self.each * u32::try_from(times).unwrap())
        }

        fn check(&mut self) -> Result<(), Error> {
            Ok(())
        }
    }

    fn entry(name: &str, base: Option<&str>, micros: u64) -> Entry {
        let steady = Steady { each: Duration::from_micros(micros), runs: 0 };
        Entry { name: name.into(), base: base.map(Into::into), measured: Box::new(steady) }
    }

    #[test]
    fn a_ratio_is_to_the_base_in_the_same_round() {
        let mut entries = [entry("slow", Some("fast"), 400), entry("fast", None, 100)];
        let lines = interleave(&mut entries, 5, Duration::from_millis(10)).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < b * 1e-6;
        let [slow, fast] = lines.as_slice() else { panic!("two lines") };
        assert!(close(slow.rate.median, 2500.0) && close(fast.rate.median, 10_000.0));
        assert!(close(slow.ratio.unwrap().median, 0.25) && fast.ratio.is_none());
    }

    #[test]
    fn batches_can_have_a_size_of_their_own() {
        let mut entries = [entry("one", None, 100), entry("three", Some("one"), 300)];
        let lines = in_turns(&mut entries, 2, &[30, 10]).unwrap();
        let [one, three] = lines.as_slice() else { panic!("two lines") };
        assert!(one.rate.median > 9_999.0 && one.rate.median < 10_001.0);
        assert!(three.ratio.is_some_and(|ratio| ratio.median > 0.333 && ratio.median < 0.334));
    }

    #[test]
    fn each_round_begins_with_another() {
        let orders: Vec<Vec<usize>> = (0..3).map(|round| order(3, round).collect()).collect();
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1]]);
    }
}

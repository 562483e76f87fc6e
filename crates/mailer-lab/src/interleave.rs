//! Contenders measured in turns, so that a ratio between two of them means something.
//!
//! A machine gets faster and slower while it is measured: who is measured a minute later meets
//! another machine. Here each round has a batch of everybody, each round begins with somebody else,
//! and a ratio is taken within a round, so that what lasts longer than a round is in both its terms.

use std::time::Duration;

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
    let mut rates = vec![Vec::with_capacity(rounds); entries.len()];
    for round in 0..rounds {
        for index in order(entries.len(), round) {
            let (Some(entry), Some(&size)) = (entries.get_mut(index), sizes.get(index)) else {
                continue;
            };
            let time = entry.measured.run(size).map_err(|error| (entry.name.clone(), error))?;
            if let Some(rates) = rates.get_mut(index) {
                rates.push(rate(size, time));
            }
        }
    }
    for entry in entries.iter_mut() {
        entry.measured.check().map_err(|error| (entry.name.clone(), error))?;
    }
    Ok(lines(entries, &rates))
}

/// Everybody, beginning with another one each round.
fn order(count: usize, round: usize) -> impl Iterator<Item = usize> {
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

fn lines(entries: &[Entry], rates: &[Vec<f64>]) -> Vec<Line> {
    let rates_of = |name: &String| {
        let index = entries.iter().position(|entry| entry.name == *name)?;
        rates.get(index)
    };
    let line = |entry: &Entry| {
        let own = rates_of(&entry.name)?;
        let ratio = entry.base.as_ref().and_then(rates_of).and_then(|base| {
            let ratios: Vec<f64> = own.iter().zip(base).map(|(own, base)| own / base).collect();
            Quartiles::of(&ratios)
        });
        Some(Line { name: entry.name.clone(), rate: Quartiles::of(own)?, ratio })
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
    fn each_round_begins_with_another() {
        let orders: Vec<Vec<usize>> = (0..3).map(|round| order(3, round).collect()).collect();
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1]]);
    }
}

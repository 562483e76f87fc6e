//! How often a fault applies.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How often a [`Fault`](crate::Fault) applies, counted among the times at which its point and conditions
/// match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Times {
    /// Every time.
    #[default]
    Every,
    /// The first `n` times.
    First(u64),
    /// Only the `n`-th time, from 1.
    Nth(u64),
    /// Each `n`-th time: with 3 the third, the sixth and so on.
    EveryNth(u64),
    /// At random.
    Random {
        /// How many of a million times, on average.
        per_million: u32,
        /// The seed. The same seed makes the same choices: for the first time, the second and so on.
        seed: u64,
    },
    /// Beyond `count` times within the last `period`. The times at which the fault applies do not count.
    Over {
        /// The number of times that pass.
        count: u64,
        /// The period.
        period: Duration,
    },
}

/// Counts the times at which a fault has matched.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    matched: AtomicU64,
    /// When the times within the period of [`Times::Over`] were that passed.
    passed: Mutex<VecDeque<Instant>>,
}

impl Clock {
    /// Counts one more time at `now`. Returns whether it is one of `times`.
    pub(crate) fn tick(&self, times: Times, now: Instant) -> bool {
        let n = self.matched.fetch_add(1, Ordering::SeqCst) + 1;
        match times {
            Times::Every => true,
            Times::First(count) => n <= count,
            Times::Nth(wanted) => n == wanted,
            Times::EveryNth(step) => n.checked_rem(step) == Some(0),
            Times::Random { per_million, seed } => {
                random(seed, n) % 1_000_000 < u64::from(per_million)
            }
            Times::Over { count, period } => !self.passes(count, period, now),
        }
    }

    /// Returns whether this time is within the limit, and counts it then.
    fn passes(&self, count: u64, period: Duration, now: Instant) -> bool {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        while passed.front().is_some_and(|first| now.saturating_duration_since(*first) >= period) {
            passed.pop_front();
        }
        let passes = (passed.len() as u64) < count;
        if passes {
            passed.push_back(now);
        }
        passes
    }
}

/// Returns the `n`-th number of the sequence that begins with `seed`, by SplitMix64 (Steele, Lea and Flood,
/// 2014). Each number is computed by itself, so sessions at the same time need no lock.
fn random(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(times: Times, count: usize) -> Vec<bool> {
        let (clock, now) = (Clock::default(), Instant::now());
        (0..count).map(|_| clock.tick(times, now)).collect()
    }

    #[test]
    fn the_times_are_those_that_the_variant_names() {
        assert_eq!(ticks(Times::Every, 2), [true, true]);
        assert_eq!(ticks(Times::First(2), 3), [true, true, false]);
        assert_eq!(ticks(Times::Nth(2), 3), [false, true, false]);
        assert_eq!(ticks(Times::EveryNth(2), 4), [false, true, false, true]);
        assert_eq!(ticks(Times::EveryNth(0), 2), [false, false]);
    }

    #[test]
    fn random_numbers_are_those_of_splitmix64() {
        // The first outputs for the seed 1234567 in the tests of the reference implementation.
        let numbers: Vec<u64> = (1..=3).map(|n| random(1_234_567, n)).collect();
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn a_seed_decides_all_choices_and_their_part_is_right() {
        let choices = |seed| ticks(Times::Random { per_million: 100_000, seed }, 10_000);
        assert_eq!(choices(7), choices(7));
        assert_ne!(choices(7), choices(8));
        let chosen = choices(7).into_iter().filter(|chosen| *chosen).count();
        assert!((900..1100).contains(&chosen), "{chosen}");
        assert!(
            ticks(Times::Random { per_million: 1_000_000, seed: 7 }, 100).into_iter().all(|it| it)
        );
    }

    #[test]
    fn a_rate_limit_passes_its_count_in_any_period() {
        let (clock, start) = (Clock::default(), Instant::now());
        let times = Times::Over { count: 2, period: Duration::from_secs(10) };
        let seconds = [0, 4, 5, 9, 10, 11, 14, 15];
        let over: Vec<bool> =
            seconds.iter().map(|s| clock.tick(times, start + Duration::from_secs(*s))).collect();
        assert_eq!(over, [false, false, true, true, false, true, false, true]);
    }
}

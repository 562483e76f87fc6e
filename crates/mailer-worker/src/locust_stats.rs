//! Statistics in the shape that Locust's master adds up (`locust/stats.py`): what happened since the last report.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mailer_bench::{Problem, load::Latencies};
use serde::Serialize;

use crate::failure_text::failure_text;

/// The number of users of each class. Classes have the names of the locustfile.
pub type Users = BTreeMap<String, u64>;

/// The method of every entry: Locust's column "Type".
const METHOD: &str = "SMTP";

/// The data of a `stats` message.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Statistics {
    stats: Vec<Entry>,
    stats_total: Entry,
    errors: BTreeMap<String, Failure>,
    user_classes_count: Users,
    user_count: u64,
}

/// A row of Locust's table. Times are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Entry {
    name: String,
    method: &'static str,
    last_request_timestamp: Option<f64>,
    start_time: f64,
    num_requests: u64,
    num_none_requests: u64,
    num_failures: u64,
    total_response_time: f64,
    max_response_time: f64,
    min_response_time: Option<f64>,
    total_content_length: u64,
    response_times: BTreeMap<u64, u64>,
    num_reqs_per_sec: BTreeMap<u64, u64>,
    num_fail_per_sec: BTreeMap<u64, u64>,
}

/// A row of Locust's table of failures.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Failure {
    name: String,
    method: &'static str,
    error: String,
    occurrences: u64,
    first_seen: f64,
    last_seen: f64,
}

/// What to add to a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operations<'a> {
    /// The times of those that succeeded.
    pub(crate) latencies: &'a Latencies,
    /// The number of those that failed. They have no time.
    pub(crate) failed: u64,
    /// What failed.
    pub(crate) problems: &'a [Problem],
    /// The size of each in bytes.
    pub(crate) size: u64,
}

impl Statistics {
    /// Returns empty statistics, which count from `now`.
    pub(crate) fn new(now: SystemTime) -> Self {
        let stats_total = Entry::new("Aggregated", "", now);
        Self { stats_total, ..Self::default() }
    }

    /// Adds operations to the row `name`.
    pub(crate) fn add(&mut self, name: &str, operations: Operations<'_>, now: SystemTime) {
        if operations.failed == 0 && operations.latencies.count() == 0 {
            return;
        }
        let index = self.stats.iter().position(|entry| entry.name == name).unwrap_or_else(|| {
            self.stats.push(Entry::new(name, METHOD, now));
            self.stats.len() - 1
        });
        if let Some(entry) = self.stats.get_mut(index) {
            entry.add(operations, now);
        }
        self.stats_total.add(operations, now);
        for problem in operations.problems {
            self.add_failure(name, failure_text(problem), problem.count, now);
        }
    }

    fn add_failure(&mut self, name: &str, error: String, count: u64, now: SystemTime) {
        let (key, now) = (format!("{METHOD}.{name}.{error}"), seconds(now));
        let failure = self.errors.entry(key).or_insert_with(|| Failure {
            name: name.to_owned(),
            method: METHOD,
            error,
            occurrences: 0,
            first_seen: now,
            last_seen: now,
        });
        failure.occurrences += count;
        failure.last_seen = now;
    }

    /// Sets the number of users at the time of the report.
    pub(crate) fn set_users(&mut self, users: &Users) {
        self.user_count = users.values().sum();
        self.user_classes_count.clone_from(users);
    }
}

impl Entry {
    fn new(name: &str, method: &'static str, now: SystemTime) -> Self {
        Self { name: name.to_owned(), method, start_time: seconds(now), ..Self::default() }
    }

    fn add(&mut self, operations: Operations<'_>, now: SystemTime) {
        let Operations { latencies, failed, size, .. } = operations;
        let done = latencies.count() + failed;
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        self.num_requests += done;
        self.num_none_requests += failed;
        self.num_failures += failed;
        self.total_content_length += latencies.count() * size;
        self.last_request_timestamp = Some(seconds(now));
        *self.num_reqs_per_sec.entry(second).or_default() += done;
        if failed > 0 {
            *self.num_fail_per_sec.entry(second).or_default() += failed;
        }
        for (latency, count) in latencies.recorded() {
            self.add_times(latency, count);
        }
    }

    fn add_times(&mut self, latency: Duration, count: u64) {
        let milliseconds = latency.as_secs_f64() * 1e3;
        #[expect(clippy::cast_precision_loss, reason = "a report has fewer than 2^53 messages")]
        let times = count as f64;
        self.total_response_time += milliseconds * times;
        self.max_response_time = self.max_response_time.max(milliseconds);
        let least = self.min_response_time.unwrap_or(f64::INFINITY);
        self.min_response_time = Some(least.min(milliseconds));
        *self.response_times.entry(bucket_response_time(milliseconds)).or_default() += count;
    }
}

/// Rounds a time in milliseconds to two digits, as Locust's function of this name does. Python rounds a half to
/// the even neighbour.
fn bucket_response_time(milliseconds: f64) -> u64 {
    let unit = match milliseconds {
        time if time < 100.0 => 1.0,
        time if time < 1000.0 => 10.0,
        time if time < 10_000.0 => 100.0,
        _ => 1000.0,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the conversion saturates"
    )]
    let rounded = ((milliseconds / unit).round_ties_even() * unit) as u64;
    rounded
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |it| it.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use mailer::{Error, Reply, Step};

    use super::*;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn latencies(milliseconds: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        milliseconds.iter().for_each(|it| latencies.record(Duration::from_millis(*it)));
        latencies
    }

    #[test]
    fn times_are_rounded_as_locust_rounds_them() {
        // python3 -c 'from locust.stats import bucket_response_time as b; print([b(x) for x in (…)])', 2.47.0
        let known = [
            (0.2, 0),
            (0.5, 0),
            (1.5, 2),
            (2.5, 2),
            (99.4, 99),
            (99.5, 100),
            (104.9, 100),
            (105.0, 100),
            (115.0, 120),
            (147.0, 150),
            (995.0, 1000),
            (999.9, 1000),
            (1049.0, 1000),
            (1050.0, 1000),
            (1150.0, 1200),
            (3432.0, 3400),
            (9950.0, 10000),
            (10_500.0, 10_000),
            (11_500.0, 12_000),
            (58_760.0, 59_000),
        ];
        for (time, rounded) in known {
            assert_eq!(bucket_response_time(time), rounded, "{time}");
        }
    }

    #[test]
    fn a_failure_counts_as_a_request_without_a_time() {
        let mut statistics = Statistics::new(at(100));
        let error = Error::refused(Step::Mail, Reply::new(451, "later"));
        let mut problems = [Problem::from(&error)];
        problems[0].count = 2;
        let latencies = latencies(&[3, 3, 147]);
        let operations =
            Operations { latencies: &latencies, failed: 2, problems: &problems, size: 1000 };
        statistics.add("raw (auto)/message", operations, at(101));
        statistics.add("raw (auto)/message", operations, at(102));
        let [entry] = &*statistics.stats else { panic!("one row") };
        let counts = (entry.num_requests, entry.num_none_requests, entry.num_failures);
        assert_eq!(counts, (10, 4, 4));
        assert_eq!(entry.response_times, BTreeMap::from([(3, 4), (150, 2)]));
        assert_eq!(entry.num_reqs_per_sec, BTreeMap::from([(101, 5), (102, 5)]));
        assert_eq!(entry.total_content_length, 6000);
        assert!((entry.total_response_time - 306.0).abs() < 1.0, "{entry:?}");
        let failures: Vec<_> = statistics.errors.values().collect();
        let [failure] = *failures else { panic!("one failure") };
        assert_eq!((&*failure.error, failure.occurrences), ("temporary at MAIL FROM (451)", 4));
        assert_eq!((failure.first_seen, failure.last_seen), (101.0, 102.0));
        assert_eq!(statistics.stats_total.num_requests, 10);
    }

    #[test]
    fn nothing_done_is_no_row() {
        let mut statistics = Statistics::new(at(100));
        let none = Latencies::default();
        let operations = Operations { latencies: &none, failed: 0, problems: &[], size: 1000 };
        statistics.add("raw (auto)/message", operations, at(101));
        assert!(statistics.stats.is_empty() && statistics.stats_total.num_requests == 0);
    }
}

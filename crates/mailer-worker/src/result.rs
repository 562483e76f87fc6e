//! The file with what a worker did: a small JSON document with a histogram for each row.
//!
//! Locust rounds times to two digits of a millisecond; the histograms keep three digits of a nanosecond. A
//! histogram is in the form that the tools of HdrHistogram exchange: version 2, compressed, in base64, with values
//! in nanoseconds.

mod plausibility;
mod rows;
mod series;

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use mailer::{Error, Kind};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

pub use self::series::Series;

/// The version of the document. It rises when a program that reads the document would have to change.
pub const VERSION: u32 = 1;

/// The largest file that is read, in bytes. A histogram has some kilobytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// What a worker did in its latest run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkerResult {
    version: u32,
    command: String,
    /// The worker's name at the master: its host, and a part that no other worker has.
    pub node: String,
    /// The master's index of the worker, which is a part of senders and recipients.
    pub index: Option<u64>,
    /// The server without user and password.
    pub server: Option<String>,
    /// The size of each message in bytes.
    pub message_size: Option<usize>,
    /// The messages per second of each user; `None` is no limit.
    pub rate: Option<f64>,
    /// How the run ended, if it did.
    pub state: RunState,
    /// From the first `spawn` to the last outcome of a message, in seconds.
    pub elapsed: f64,
    /// The rows of Locust's table.
    #[serde(deserialize_with = "rows::deserialize")]
    pub series: Vec<Series>,
}

/// How far a run has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// There was no run yet.
    Waiting,
    /// It goes on. In the file of a worker that has ended, this means that the worker was killed.
    Running,
    /// The master has ended it.
    Complete,
    /// The worker ended before, for this reason.
    EndedEarly(String),
}

impl WorkerResult {
    /// Returns the number of messages, as Locust counts requests, and how many of them failed.
    #[must_use]
    pub fn messages(&self) -> [u64; 2] {
        let messages = self.series.iter().filter(|it| it.outcomes.is_some());
        messages.fold([0, 0], |[all, failed], it| [all + it.requests(), failed + it.failed])
    }

    /// Returns the result of a worker that has done nothing yet.
    #[must_use]
    pub fn new(node: &str) -> Self {
        Self {
            version: VERSION,
            command: "worker".to_owned(),
            node: node.to_owned(),
            index: None,
            server: None,
            message_size: None,
            rate: None,
            state: RunState::Waiting,
            elapsed: 0.0,
            series: Vec::new(),
        }
    }

    /// Reads the file of a worker.
    ///
    /// # Errors
    /// [`Kind::Input`] if the file cannot be read, or is another file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let fail = |cause: String| {
            Error::new(Kind::Input, format!("cannot use {}", path.display())).with_cause(cause)
        };
        let file = fs::File::open(path).map_err(|cause| fail(cause.to_string()))?;
        let mut text = String::new();
        // A pipe has no size that could be checked before.
        let read = file.take(MAX_FILE + 1).read_to_string(&mut text);
        let size = read.map_err(|cause| fail(cause.to_string()))?;
        if size as u64 > MAX_FILE {
            return Err(fail("it is longer than the file of any worker".to_owned()));
        }
        Self::parse(&text).map_err(fail)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let result: Self = serde_json::from_str(text)
            .map_err(|cause| format!("it is not the result of mailer worker: {cause}"))?;
        match (result.command.as_str(), result.version) {
            ("worker", VERSION) => {
                plausibility::check(result.rate, result.elapsed, &result.series).map(|()| result)
            }
            ("worker", other) => {
                Err(format!("its version is {other}, and this program reads {VERSION}"))
            }
            _ => Err("it is not the result of mailer worker".to_owned()),
        }
    }
}

/// The file of a worker. It is replaced as a whole, so it is complete even if the worker is killed.
#[derive(Debug)]
pub(crate) struct ResultFile(PathBuf);

impl ResultFile {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn write(&self, result: &WorkerResult) -> Result<(), Error> {
        self.replace(result).map_err(|cause| {
            Error::new(Kind::Configuration, format!("cannot write {}", self.0.display()))
                .with_cause(cause)
                .with_hint("check the name after --result and the permissions of its folder")
        })
    }

    fn replace(&self, result: &WorkerResult) -> io::Result<()> {
        let folder = self.0.parent().filter(|it| !it.as_os_str().is_empty());
        let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(&serde_json::to_vec(result)?)?;
        file.persist(&self.0).map(drop).map_err(|failed| failed.error)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use mailer_bench::{
        Problem,
        load::{Latencies, Outcomes},
    };

    use super::*;

    /// Returns the result of a worker that sent `accepted` messages in 2 s, each in 5 ms.
    pub(crate) fn result(node: &str, index: u64, accepted: u64, state: RunState) -> WorkerResult {
        let mut latencies = Latencies::default();
        (0..accepted).for_each(|_| latencies.record(Duration::from_millis(5)));
        let outcomes = Outcomes { accepted, unknown: 1, ..Outcomes::default() };
        let mut lost = Problem::from(&Error::lost(mailer::Step::EndOfData));
        lost.outcome_unknown = true;
        let problems = vec![lost];
        let name = "raw (auto)/message".to_owned();
        let series = Series { name, failed: 1, outcomes: Some(outcomes), problems, latencies };
        WorkerResult {
            index: Some(index),
            server: Some("smtp://mail.example.test:25".to_owned()),
            message_size: Some(1024),
            state,
            elapsed: 2.0,
            series: vec![series],
            ..WorkerResult::new(node)
        }
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("worker.json");
        let file = ResultFile::new(&path);
        file.write(&WorkerResult::new("a_1")).unwrap();
        file.write(&result("a_1", 0, 7, RunState::EndedEarly("interrupted".into()))).unwrap();
        let read = WorkerResult::read(&path).unwrap();
        assert_eq!((read.node.as_str(), read.index), ("a_1", Some(0)));
        assert_eq!(read.state, RunState::EndedEarly("interrupted".into()));
        assert_eq!((read.series[0].requests(), read.series[0].latencies.count()), (8, 7));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// Returns the file with its row as often as this.
    fn rows(whole: &str, count: usize) -> String {
        let (start, row) = whole.split_once("\"series\":[").unwrap();
        let row = row.strip_suffix("]}").unwrap();
        format!("{start}\"series\":[{}]}}", vec![row; count].join(","))
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_without_an_end_is_refused() {
        let error = WorkerResult::read(Path::new("/dev/zero")).unwrap_err();
        assert!(error.cause().unwrap().contains("longer than"), "{error}");
    }

    #[test]
    fn another_file_is_refused() {
        let whole = serde_json::to_string(&result("a_1", 0, 7, RunState::Complete)).unwrap();
        let histogram = whole.split("HISTF").nth(1).unwrap().split('"').next().unwrap();
        for (text, cause) in [
            (String::new(), "EOF"),
            ("{}".to_owned(), "missing field"),
            (whole.replace("\"version\":1", "\"version\":2"), "its version is 2"),
            (whole.replace("\"worker\"", "\"bench\""), "not the result of mailer worker"),
            (whole.replace("\"failed\":1", "\"failed\":18446744073709551615"), "no run has"),
            (whole.replace("\"elapsed\":2.0", "\"elapsed\":1e-300"), "no run has"),
            (whole.replace("\"elapsed\":2.0", "\"elapsed\":-1"), "no run has"),
            (whole.replace("\"rate\":null", "\"rate\":-1"), "no run has"),
            (whole.replace("\"failed\":1", "\"failed\":2"), "contradict each other"),
            (whole.replace("\"accepted\":7", "\"accepted\":8"), "contradict each other"),
            (rows(&whole, 2), "two rows named"),
            (rows(&whole, 101), "at most 100 rows"),
            (whole.replace(histogram, "AAAA"), "not a histogram"),
        ] {
            let problem = WorkerResult::parse(&text).unwrap_err();
            assert!(problem.contains(cause), "{problem}");
        }
    }
}

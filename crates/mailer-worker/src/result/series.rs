//! A row of a worker's file: what became of one kind of operation, and its histogram.

use mailer_bench::{
    Problem,
    load::{Batch, Latencies, Opening, Outcomes, SliceResult},
};
use serde::{Deserialize, Serialize};

/// A row of Locust's table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Series {
    /// The backend, a slash, and `connect`, `tls`, `auth` or `message`.
    pub name: String,
    /// The number of operations that failed.
    pub failed: u64,
    /// What became of messages; `None` for the parts of opening a connection.
    pub outcomes: Option<Outcomes>,
    /// Errors by kind, step and code.
    pub problems: Vec<Problem>,
    /// The time of each operation that succeeded.
    #[serde(rename = "histogram", with = "base64")]
    pub latencies: Latencies,
}

impl Series {
    /// Returns the rows of a class of users: the parts of opening a connection, and the messages.
    pub(crate) fn rows(label: &str, batch: &Batch) -> impl Iterator<Item = Self> {
        let parts = Opening::ALL.map(|part| Self::from_part(label, part, batch));
        let rows = parts.into_iter().chain([Self::from_messages(label, &batch.messages)]);
        rows.filter(|it| !it.is_empty())
    }

    fn from_part(label: &str, part: Opening, batch: &Batch) -> Self {
        let result = batch.openings.part(part).clone();
        Self {
            name: format!("{label}/{}", part.name()),
            failed: result.failed,
            outcomes: None,
            problems: result.problems,
            latencies: result.latencies,
        }
    }

    fn from_messages(label: &str, messages: &SliceResult) -> Self {
        Self {
            name: format!("{label}/message"),
            failed: messages.outcomes.total() - messages.outcomes.accepted,
            outcomes: Some(messages.outcomes),
            problems: messages.problems.clone(),
            latencies: messages.latencies.clone(),
        }
    }

    /// Returns whether nothing was done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests() == 0
    }

    /// Returns the number of operations, as Locust counts requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.latencies.count().saturating_add(self.failed)
    }
}

/// Histograms as the tools of HdrHistogram write them.
mod base64 {
    use mailer_bench::load::Latencies;
    use serde::{Deserialize as _, Deserializer, Serializer, de, ser};

    pub(super) fn serialize<S: Serializer>(
        latencies: &Latencies,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&latencies.to_base64().map_err(ser::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Latencies, D::Error> {
        let text = String::deserialize(from)?;
        Latencies::from_base64(&text).map_err(|error| {
            let cause = error.cause().unwrap_or_default();
            de::Error::custom(format!("{error}: {cause}"))
        })
    }
}

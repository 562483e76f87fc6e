//! The result of a comparison, as data: every report is computed from it.

use mailer::{Mail, Security};

use crate::{
    inbox_check::InboxCheck,
    known_cause::{KnownCause, Symptom},
    observation::Observation,
};

/// The observations of all contenders, and what the server stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Comparison {
    /// The server's URL, without user and password.
    pub server: String,
    /// How TLS starts.
    pub security: Security,
    /// The mail that was sent.
    pub mail: Mail,
    /// How often each contender was to send it over one connection.
    pub mails: usize,
    /// Further lines for the head of the report: label and value.
    pub notes: Vec<(String, String)>,
    /// Whether each backend was constructed and used once before, with the settings of this run.
    pub warmed_up: bool,
    /// Causes that are known beforehand. Reports name them only where an observation shows the symptom.
    pub known_causes: Vec<KnownCause>,
    /// One observation per contender, in the order in which they were given.
    pub observations: Vec<Observation>,
    /// What the server stored.
    pub inbox: InboxCheck,
    /// Whether the caller ended the run early.
    pub interrupted: bool,
}

impl Comparison {
    /// Returns the observations whose dialogue is shown: all but those that are measured only.
    pub fn shown(&self) -> impl Iterator<Item = &Observation> {
        self.observations.iter().filter(|observation| !observation.measured_only)
    }

    /// Returns what is known about a symptom of this backend: sentences to follow what was seen.
    pub(crate) fn known(&self, backend: &str, symptom: Symptom) -> String {
        let is_known = |known: &&KnownCause| known.backend == backend && known.symptom == symptom;
        let known = self.known_causes.iter().filter(is_known);
        known
            .map(|known| format!(" Known of {backend}: {} ({}).", known.explanation, known.source))
            .collect()
    }
}

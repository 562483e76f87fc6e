//! Errors in a form that passes from process to process.

use mailer::{Error, Kind, Step};
use serde::{Deserialize, Serialize};

/// Errors of one kind, step and reply code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// The name of the error's [`Kind`].
    pub kind: String,
    /// The name of the [`Step`] that failed.
    pub step: Option<String>,
    /// The code of the server's reply.
    pub code: Option<u16>,
    /// Whether the end of the message was sent and its final reply never came, so that the server may have
    /// accepted it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outcome_unknown: bool,
    /// How often it occurred.
    pub count: u64,
    /// The text of the first occurrence, the server's reply included.
    pub example: String,
    /// What to try next.
    pub hint: Option<String>,
}

impl Problem {
    /// Returns the kind of the errors.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind.parse().unwrap_or(Kind::Internal)
    }

    /// Returns whether no TCP connection was made.
    pub(crate) fn is_about_connecting(&self) -> bool {
        self.kind() == Kind::Unreachable || self.step.as_deref() == Some(Step::Connect.name())
    }

    /// Returns whether another try in a few seconds may succeed: the server has answered, or was
    /// about to.
    pub(crate) fn may_be_over_soon(&self) -> bool {
        matches!(self.kind(), Kind::Temporary | Kind::Lost)
    }

    fn is_like(&self, other: &Self) -> bool {
        (&self.kind, &self.step, self.code, self.outcome_unknown)
            == (&other.kind, &other.step, other.code, other.outcome_unknown)
    }

    /// Adds it to the problem of the same kind in the list, or to the list.
    pub fn count_in(self, problems: &mut Vec<Self>) {
        match problems.iter_mut().find(|known| known.is_like(&self)) {
            Some(known) => known.count += self.count,
            None => problems.push(self),
        }
    }
}

impl From<&Error> for Problem {
    /// A problem that occurred once.
    fn from(error: &Error) -> Self {
        let cause = error.cause().map_or_else(String::new, |cause| format!(": {cause}"));
        Self {
            kind: error.kind().name().into(),
            step: error.step().map(|step| step.name().into()),
            code: error.reply().map(|reply| reply.code),
            outcome_unknown: false,
            count: 1,
            example: format!("{error}{cause}"),
            hint: error.hint().map(Into::into),
        }
    }
}

impl From<Problem> for Error {
    /// An error of the same kind, with the same text and hint.
    fn from(problem: Problem) -> Self {
        let error = Self::new(problem.kind(), problem.example);
        match problem.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

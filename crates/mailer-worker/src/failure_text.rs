//! Failures as Locust's table shows them: kind, step and code.

use mailer_bench::Problem;

/// Returns the text by which equal failures of all workers are counted together. It has nothing that differs from
/// message to message, such as the text of a reply.
pub(crate) fn failure_text(problem: &Problem) -> String {
    let kind = match problem.outcome_unknown {
        true => "outcome unknown".to_owned(),
        false => problem.kind.replace('_', " "),
    };
    let step = problem.step.as_ref().map_or_else(String::new, |step| format!(" at {step}"));
    let code = problem.code.map_or_else(String::new, |code| format!(" ({code})"));
    kind + &step + &code
}

#[cfg(test)]
mod tests {
    use mailer::{Error, Kind, Reply, Step};

    use super::*;

    #[test]
    fn a_failure_has_its_kind_its_step_and_its_code() {
        let text = |error: &Error| failure_text(&error.into());
        let refused = Error::refused(Step::Recipient, Reply::new(550, "no such user: bob"));
        assert_eq!(text(&refused), "refused at RCPT TO (550)");
        assert_eq!(text(&Error::new(Kind::TimedOut, "late")), "timed out");
        let mut lost = Problem::from(&Error::lost(Step::EndOfData));
        assert_eq!(failure_text(&lost), "lost at end of data");
        lost.outcome_unknown = true;
        assert_eq!(failure_text(&lost), "outcome unknown at end of data");
    }
}

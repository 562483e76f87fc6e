//! What each mail after the first costs, on a connection that is already open.

use std::time::{Duration, Instant};

use mailer::Step;
use mailer_link::Connection;

use super::Observation;
use crate::recorder::EventKind;

/// The average cost of a mail after the first: from the final reply before it to its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FurtherMailCost {
    /// The time per mail.
    pub time: Duration,
    /// The round trips per mail; `None` without a link.
    pub round_trips: Option<f64>,
}

impl Observation {
    /// Returns the cost of a further mail; `None` if there was none, or not all were accepted.
    #[must_use]
    pub fn per_further_mail(&self) -> Option<FurtherMailCost> {
        let count = u32::try_from(self.further.len()).ok().filter(|count| *count > 0)?;
        if !self.is_accepted() {
            return None;
        }
        let (first, last) = self.first_and_last_final_reply()?;
        let time = last.saturating_duration_since(first) / count;
        let session = self.counting_session();
        let (first, last) = session.first_and_last_final_reply()?;
        let round_trips = session.answers_between(first, last);
        Some(FurtherMailCost { time, round_trips: round_trips.map(|all| all / f64::from(count)) })
    }

    fn first_and_last_final_reply(&self) -> Option<(Instant, Instant)> {
        let mut finals = self.events.iter().filter_map(|event| match event.kind {
            EventKind::Received { step: Step::EndOfData, .. } => Some(event.at),
            _ => None,
        });
        Some((finals.next()?, finals.next_back()?))
    }

    /// Counts the answers that passed the link after `first` and not after `last`.
    fn answers_between(&self, first: Instant, last: Instant) -> Option<f64> {
        let answers = self.connections.as_ref()?.iter().flat_map(Connection::answers);
        let within = answers.filter(|answer| answer.first > first && answer.first <= last);
        u32::try_from(within.count()).ok().map(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use mailer::Outcome;

    use super::*;
    use crate::fixtures;

    #[test]
    fn a_further_mail_costs_what_passes_between_two_final_replies() {
        let mut observation = fixtures::two_mails("lettre");
        let cost = observation.per_further_mail().unwrap();
        assert_eq!(cost.time, Duration::from_micros(1000));
        assert_eq!(cost.round_trips, Some(5.0));
        assert_eq!(fixtures::observation("raw").per_further_mail(), None);
        observation.further[0].outcome = Outcome::Rejected;
        assert_eq!(observation.per_further_mail(), None);
    }
}

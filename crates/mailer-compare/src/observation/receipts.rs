//! What became of the mails of a observation, and what those behind the first took.

use std::time::{Duration, Instant};

use mailer::{Outcome, Receipt, Step};

use super::Observation;
use crate::recorder::EventKind;
use mailer_link::Connection;

/// What each mail but the first took, on the average: from the final reply before it to its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FurtherMailCost {
    /// How long.
    pub time: Duration,
    /// How many round trips; `None` without a link.
    pub round_trips: Option<f64>,
}

impl Observation {
    /// What became of each mail, in their order.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        std::iter::once(&self.receipt).chain(&self.further)
    }

    /// The receipt that tells most: of the first mail that was not accepted, or of the first.
    #[must_use]
    pub fn decisive_receipt(&self) -> &Receipt {
        let bad = self.receipts().find(|receipt| receipt.outcome != Outcome::Accepted);
        bad.unwrap_or(&self.receipt)
    }

    /// What a further mail took; `None` if there was none, or not all were accepted.
    #[must_use]
    pub fn per_further_mail(&self) -> Option<FurtherMailCost> {
        let count = u32::try_from(self.further.len()).ok().filter(|count| *count > 0)?;
        if self.decisive_receipt().outcome != Outcome::Accepted {
            return None;
        }
        let mut finals = self.events.iter().filter_map(|event| match event.kind {
            EventKind::Received { step: Step::EndOfData, .. } => Some(event.at),
            _ => None,
        });
        let first = finals.next()?;
        let last = finals.next_back()?;
        let round_trips = self.answers_between(first, last).map(|trips| trips / f64::from(count));
        Some(FurtherMailCost { time: last.saturating_duration_since(first) / count, round_trips })
    }

    /// How many answers passed the link behind the one and up to the other.
    fn answers_between(&self, first: Instant, last: Instant) -> Option<f64> {
        let answers = self.connections.as_ref()?.iter().flat_map(Connection::answers);
        let within = answers.filter(|answer| answer.first > first && answer.first <= last);
        u32::try_from(within.count()).ok().map(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use mailer::{Error, Kind};

    use super::*;
    use crate::fixtures;

    #[test]
    fn the_first_that_was_not_accepted_tells_most() {
        let mut observation = fixtures::observation("raw");
        assert_eq!(observation.decisive_receipt().outcome, Outcome::Accepted);
        let lost = Receipt::not_sent(Error::new(Kind::Lost, "the connection was lost"));
        observation.further = vec![observation.receipt.clone(), lost];
        assert_eq!(observation.decisive_receipt().outcome, Outcome::NotSent);
        assert_eq!(observation.receipts().count(), 3);
        // Its figures are not those of the same work.
        assert_eq!(observation.per_further_mail(), None);
    }

    #[test]
    fn a_further_mail_takes_what_passes_between_two_final_replies() {
        let observation = fixtures::two_mails("lettre");
        let further = observation.per_further_mail().unwrap();
        assert_eq!(further.time, Duration::from_micros(1000));
        assert_eq!(further.round_trips, Some(5.0));
        assert_eq!(fixtures::observation("raw").per_further_mail(), None);
    }
}

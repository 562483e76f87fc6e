//! What became of the mails of a session, and what those behind the first took.

use std::time::{Duration, Instant};

use mailer::{Outcome, Receipt, Step};

use super::Session;
use crate::recorder::Happened;
use mailer_link::Connection;

/// What each mail but the first took, on the average: from the final reply before it to its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Further {
    /// How long.
    pub time: Duration,
    /// How many round trips; `None` without a link.
    pub round_trips: Option<f64>,
}

impl Session {
    /// What became of each mail, in their order.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        std::iter::once(&self.receipt).chain(&self.further)
    }

    /// The receipt that tells most: of the first mail that was not accepted, or of the first.
    #[must_use]
    pub fn telling(&self) -> &Receipt {
        let bad = self.receipts().find(|receipt| receipt.outcome != Outcome::Accepted);
        bad.unwrap_or(&self.receipt)
    }

    /// What a further mail took; `None` if there was none, or not all were accepted.
    #[must_use]
    pub fn each_further(&self) -> Option<Further> {
        let count = u32::try_from(self.further.len()).ok().filter(|count| *count > 0)?;
        if self.telling().outcome != Outcome::Accepted {
            return None;
        }
        let mut finals = self.events.iter().filter_map(|event| match event.what {
            Happened::Received { step: Step::EndOfData, .. } => Some(event.at),
            _ => None,
        });
        let first = finals.next()?;
        let last = finals.next_back()?;
        let round_trips = self.answers_between(first, last).map(|trips| trips / f64::from(count));
        Some(Further { time: last.saturating_duration_since(first) / count, round_trips })
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
    use crate::session::made_up;

    #[test]
    fn the_first_that_was_not_accepted_tells_most() {
        let mut session = made_up::session("raw");
        assert_eq!(session.telling().outcome, Outcome::Accepted);
        let lost = Receipt::not_sent(Error::new(Kind::Lost, "the connection was lost"));
        session.further = vec![session.receipt.clone(), lost];
        assert_eq!(session.telling().outcome, Outcome::NotSent);
        assert_eq!(session.receipts().count(), 3);
        // Its figures are not those of the same work.
        assert_eq!(session.each_further(), None);
    }

    #[test]
    fn a_further_mail_takes_what_passes_between_two_final_replies() {
        let session = made_up::two_mails("lettre");
        let further = session.each_further().unwrap();
        assert_eq!(further.time, Duration::from_micros(1000));
        assert_eq!(further.round_trips, Some(5.0));
        assert_eq!(made_up::session("raw").each_further(), None);
    }
}

//! Which messages of a connection the server has accepted, and which it may have.

use mailer::Outcome;

use super::{
    ContentSum,
    message_source::{ContentId, MessageSource},
    message_template::MessageStamp,
};

/// The messages that were accepted, and those whose outcome is unknown. As long as consecutive messages are
/// accepted, a million need no more memory than one.
#[derive(Debug, Default)]
pub(super) struct SettledMessages {
    accepted: Vec<StampRange>,
    accepted_prepared: ContentSum,
    unknown: Vec<ContentId>,
}

/// Consecutive messages that were made in the same second.
#[derive(Debug)]
struct StampRange {
    first: MessageStamp,
    count: u64,
}

impl SettledMessages {
    /// Records the outcome of a message.
    pub(super) fn settle(&mut self, id: ContentId, outcome: Outcome) {
        match (outcome, id) {
            (Outcome::Accepted | Outcome::Partial, ContentId::Stamp(stamp)) => self.accept(stamp),
            (Outcome::Accepted | Outcome::Partial, ContentId::Prepared(sum)) => {
                self.accepted_prepared = self.accepted_prepared + sum;
            }
            (Outcome::Unknown, id) => self.unknown.push(id),
            (Outcome::Rejected | Outcome::NotSent, _) => {}
        }
    }

    fn accept(&mut self, stamp: MessageStamp) {
        match self.accepted.last_mut() {
            Some(range) if range.first.plus(range.count - 1).is_followed_by(stamp) => {
                range.count += 1;
            }
            _ => self.accepted.push(StampRange { first: stamp, count: 1 }),
        }
    }

    /// Returns the sum of the accepted messages, and the content of each unknown one.
    pub(super) fn contents(&self, source: &MessageSource) -> (ContentSum, Vec<ContentSum>) {
        let stamps = |range: &StampRange| {
            let first = range.first;
            (0..range.count).map(move |later| first.plus(later))
        };
        let made = |stamps: &mut dyn Iterator<Item = MessageStamp>| {
            source.template().map(|template| template.sum(stamps)).unwrap_or_default()
        };
        let accepted = made(&mut self.accepted.iter().flat_map(stamps));
        let one = |id: &ContentId| match id {
            ContentId::Stamp(stamp) => made(&mut std::iter::once(*stamp)),
            ContentId::Prepared(sum) => *sum,
        };
        (accepted + self.accepted_prepared, self.unknown.iter().map(one).collect())
    }
}

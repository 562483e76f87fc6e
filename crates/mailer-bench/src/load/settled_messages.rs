//! Which messages of a connection the server has accepted, and which it may have.

use mailer::Outcome;

use super::message_maker::{MessageStamp, MessageTemplate};

/// The messages that were accepted, and those whose outcome is unknown. As long as consecutive messages are
/// accepted, a million need no more memory than one.
#[derive(Debug, Default)]
pub(super) struct SettledMessages {
    accepted: Vec<StampRange>,
    unknown: Vec<MessageStamp>,
}

/// Consecutive messages that were made in the same second.
#[derive(Debug)]
struct StampRange {
    first: MessageStamp,
    count: u64,
}

impl SettledMessages {
    /// Records the outcome of a message.
    pub(super) fn settle(&mut self, stamp: MessageStamp, outcome: Outcome) {
        match outcome {
            Outcome::Accepted | Outcome::Partial => self.accept(stamp),
            Outcome::Unknown => self.unknown.push(stamp),
            Outcome::Rejected | Outcome::NotSent => {}
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

    /// Returns the sum of the checksums of the accepted messages, and the checksum of each unknown one.
    pub(super) fn checksums(&self, template: &MessageTemplate) -> (u64, Vec<u64>) {
        let stamps = |range: &StampRange| {
            let first = range.first;
            (0..range.count).map(move |later| first.plus(later))
        };
        let accepted = template.checksum(self.accepted.iter().flat_map(stamps));
        let one = |stamp: &MessageStamp| template.checksum(std::iter::once(*stamp));
        (accepted, self.unknown.iter().map(one).collect())
    }
}

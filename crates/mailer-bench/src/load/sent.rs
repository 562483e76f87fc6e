//! Which messages of a connection have arrived.

use mailer::Outcome;

use super::numbered::{Stamp, Template};

/// The messages that were accepted, and those of which nobody knows. A million take no more room than one,
/// as long as they are accepted one after the other.
#[derive(Debug, Default)]
pub(super) struct Sent {
    accepted: Vec<Row>,
    unknown: Vec<Stamp>,
}

/// Messages that were made one after the other, in the same second.
#[derive(Debug)]
struct Row {
    first: Stamp,
    count: u64,
}

impl Sent {
    /// Notes what became of a message.
    pub(super) fn settle(&mut self, stamp: Stamp, outcome: Outcome) {
        match outcome {
            Outcome::Accepted | Outcome::Partial => self.accept(stamp),
            Outcome::Unknown => self.unknown.push(stamp),
            Outcome::Rejected | Outcome::NotSent => {}
        }
    }

    fn accept(&mut self, stamp: Stamp) {
        match self.accepted.last_mut() {
            Some(row) if row.first.plus(row.count - 1).is_followed_by(stamp) => row.count += 1,
            _ => self.accepted.push(Row { first: stamp, count: 1 }),
        }
    }

    /// The sum of the checksums of the messages that were accepted, and the checksum of each of which
    /// nobody knows.
    pub(super) fn checksums(&self, template: &Template) -> (u64, Vec<u64>) {
        let stamps = |row: &Row| {
            let first = row.first;
            (0..row.count).map(move |later| first.plus(later))
        };
        let accepted = template.checksum(self.accepted.iter().flat_map(stamps));
        let one = |stamp: &Stamp| template.checksum(std::iter::once(*stamp));
        (accepted, self.unknown.iter().map(one).collect())
    }
}

//! Sums over the contents of messages, to compare what was sent with what the server stored.

use std::ops::{Add, Sub};

use mailer_server::Tally;
use serde::{Deserialize, Serialize};

/// The bytes and the checksums of messages, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentSum {
    /// The number of bytes of all contents.
    pub bytes: u64,
    /// The wrapping sum of a checksum of each content.
    pub checksum: u64,
}

impl ContentSum {
    /// Returns the sum of one message.
    pub(super) fn from_content(content: &[u8]) -> Self {
        let mut tally = Tally::default();
        tally.count(content);
        tally.into()
    }
}

impl Add for ContentSum {
    type Output = Self;

    /// Returns the sum of the messages of both.
    fn add(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.wrapping_add(other.bytes),
            checksum: self.checksum.wrapping_add(other.checksum),
        }
    }
}

impl Sub for ContentSum {
    type Output = Self;

    /// Returns the sum without the messages of `other`.
    fn sub(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.wrapping_sub(other.bytes),
            checksum: self.checksum.wrapping_sub(other.checksum),
        }
    }
}

impl From<Tally> for ContentSum {
    fn from(tally: Tally) -> Self {
        Self { bytes: tally.bytes, checksum: tally.checksum }
    }
}

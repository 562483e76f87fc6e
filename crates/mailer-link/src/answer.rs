//! How much a server may say while its client says nothing.

use std::time::Duration;

use crate::{Burst, Direction};

/// The most that a server may say while its client says nothing. Beyond it the link ends the
/// connection: the client gets FIN behind what was passed on.
///
/// A server that never ends a reply would fill the memory of a client that waits for the end, or hold
/// it for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimit {
    /// Bytes.
    pub bytes: u64,
    /// From the first byte to the last.
    pub time: Duration,
}

impl Default for AnswerLimit {
    /// 16 MiB, however long they take: more than the replies to the longest list of recipients.
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, time: Duration::MAX }
    }
}

impl AnswerLimit {
    /// Whether this goes beyond the limit.
    pub(crate) fn is_passed_by(self, burst: &Burst) -> bool {
        let time = burst.last.saturating_duration_since(burst.first);
        burst.direction == Direction::In && (burst.bytes > self.bytes || time > self.time)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn only_the_server_is_limited_in_bytes_and_in_time() {
        let first = Instant::now();
        let limit = AnswerLimit { bytes: 10, time: Duration::from_secs(1) };
        let passes = |direction, bytes, seconds| {
            let last = first + Duration::from_secs(seconds);
            limit.is_passed_by(&Burst { direction, first, last, bytes, holds: Vec::new() })
        };
        assert!(!passes(Direction::In, 10, 1));
        assert!(passes(Direction::In, 11, 0) && passes(Direction::In, 1, 2));
        assert!(!passes(Direction::Out, 11, 2));
    }
}

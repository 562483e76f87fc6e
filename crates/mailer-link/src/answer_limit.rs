//! How much a server may send while its client sends nothing.

use std::time::Duration;

use crate::{Burst, Direction};

/// The most that a server may send while its client sends nothing. When the server exceeds it, the link
/// ends the connection: the client receives FIN after the bytes that were forwarded.
///
/// Without a limit, a server that never ends a reply would fill the memory of a client that reads to
/// its end, or keep that client for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimit {
    /// The size of the answer in bytes.
    pub bytes: u64,
    /// The time from its first byte to its last.
    pub time: Duration,
}

impl Default for AnswerLimit {
    /// 16 MiB, however long they take: more than the replies to the longest list of recipients.
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, time: Duration::MAX }
    }
}

impl AnswerLimit {
    /// Whether this burst is an answer that exceeds the limit.
    pub(crate) fn is_exceeded_by(self, burst: &Burst) -> bool {
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
        let exceeds = |direction, bytes, seconds| {
            let last = first + Duration::from_secs(seconds);
            limit.is_exceeded_by(&Burst { direction, first, last, bytes, holds: Vec::new() })
        };
        assert!(!exceeds(Direction::In, 10, 1));
        assert!(exceeds(Direction::In, 11, 0) && exceeds(Direction::In, 1, 2));
        assert!(!exceeds(Direction::Out, 11, 2));
    }
}

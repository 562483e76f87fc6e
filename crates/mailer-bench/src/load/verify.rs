//! Checks what the server stored against what was sent. An invalid run reports no result.

use super::{ContentSum, SliceResult};
use crate::counting_server::StoredTotals;

/// With more messages than this whose outcome is unknown, the checksums are not searched for those that were
/// stored.
const MAX_UNKNOWN: usize = 16;

/// What each message adds to the server's totals.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExpectedTotals {
    pub(super) recipients: u64,
}

impl ExpectedTotals {
    /// Checks that the server's totals grew by exactly this result, in number, bytes and content. A message
    /// whose outcome is unknown may be stored or not.
    pub(super) fn check(
        &self,
        before: &StoredTotals,
        after: &StoredTotals,
        sent: &SliceResult,
    ) -> Result<(), String> {
        let stored = after.messages - before.messages;
        let outcomes = &sent.outcomes;
        let accepted = outcomes.accepted + outcomes.partial;
        if !(accepted..=accepted + outcomes.unknown).contains(&stored) {
            return Err(format!("{accepted} messages were accepted and {stored} stored"));
        }
        let content = content(after) - content(before);
        let expected = sent.accepted_content.bytes;
        if stored == accepted && content.bytes != expected {
            let bytes = content.bytes;
            return Err(format!("{stored} messages of {expected} bytes arrived as {bytes} bytes"));
        }
        let rest = content - sent.accepted_content;
        if !is_sum_of(rest, stored - accepted, &sent.unknown_contents) {
            return Err(format!("the content of {stored} stored messages is not what was sent"));
        }
        let recipients = after.recipients - before.recipients;
        let expected = self.recipients * stored;
        if outcomes.partial == 0 && recipients != expected {
            return Err(format!("{expected} recipients were accepted and {recipients} stored"));
        }
        Ok(())
    }
}

fn content(totals: &StoredTotals) -> ContentSum {
    ContentSum { bytes: totals.bytes, checksum: totals.checksum }
}

/// Returns whether `count` of the `unknown` contents add up to `sum`. If there are too many to try, it
/// assumes that they do if their sizes allow.
fn is_sum_of(sum: ContentSum, count: u64, unknown: &[ContentSum]) -> bool {
    if unknown.len() > MAX_UNKNOWN && count > 0 && count < unknown.len() as u64 {
        let sizes = || unknown.iter().map(|content| content.bytes);
        let bounds = sizes().min().zip(sizes().max());
        return bounds.is_some_and(|(least, most)| {
            (count.saturating_mul(least)..=count.saturating_mul(most)).contains(&sum.bytes)
        });
    }
    match unknown.split_first() {
        _ if count == 0 => sum == ContentSum::default(),
        Some((first, others)) if count <= unknown.len() as u64 => {
            is_sum_of(sum - *first, count - 1, others) || is_sum_of(sum, count, others)
        }
        _ => false,
    }
}

/// Checks that each handshake made a connection of its own. `before` and `after` are the totals after two
/// probes, each of which was the last message on a connection of its own.
pub(super) fn check_handshakes(
    before: &StoredTotals,
    after: &StoredTotals,
    handshakes: u64,
) -> Result<(), String> {
    let made = (after.last_connection - before.last_connection).saturating_sub(1);
    if made == handshakes {
        return Ok(());
    }
    Err(format!("{handshakes} handshakes made {made} connections"))
}

/// Checks that each message came over a connection of its own.
pub(super) fn check_one_per_connection(
    before: &StoredTotals,
    after: &StoredTotals,
    messages: u64,
) -> Result<(), String> {
    let made = after.last_connection - before.last_connection;
    if made == messages {
        return Ok(());
    }
    Err(format!("{messages} messages with a connection each came over {made} connections"))
}

#[cfg(test)]
mod tests {
    use mailer_server::Tally;

    use super::{super::Outcomes, *};

    const CONTENT: [&[u8]; 3] = [b"Subject: 1\r\n", b"Subject: 2\r\n", b"Subject: 3\r\n"];
    const EXPECTED: ExpectedTotals = ExpectedTotals { recipients: 2 };

    fn tally(contents: &[&[u8]]) -> Tally {
        let mut tally = Tally::default();
        contents.iter().for_each(|content| tally.count(content));
        tally
    }

    fn stored(contents: &[&[u8]]) -> StoredTotals {
        let Tally { mails: messages, bytes, checksum } = tally(contents);
        let recipients = messages * 2;
        StoredTotals { messages, bytes, checksum, recipients, ..StoredTotals::default() }
    }

    fn check(contents: &[&[u8]], accepted: &[&[u8]], unknown: &[&[u8]]) -> Result<(), String> {
        let outcomes = Outcomes {
            accepted: accepted.len() as u64,
            unknown: unknown.len() as u64,
            ..Outcomes::default()
        };
        let sent = SliceResult {
            outcomes,
            accepted_content: tally(accepted).into(),
            unknown_contents: unknown.iter().map(|one| tally(&[one]).into()).collect(),
            ..SliceResult::default()
        };
        EXPECTED.check(&StoredTotals::default(), &stored(contents), &sent)
    }

    #[test]
    fn lost_repeated_and_changed_messages_are_found() {
        let [one, two, three] = CONTENT;
        assert_eq!(check(&[one, two], &[one, two], &[]), Ok(()));
        assert_eq!(check(&[], &[], &[]), Ok(()));
        let lost = check(&[one], &[one, two], &[]).unwrap_err();
        assert_eq!(lost, "2 messages were accepted and 1 stored");
        assert!(check(&[one, two, three], &[one, two], &[]).is_err());
        assert!(check(&[one, b"Subject: 2\r\n\r\n"], &[one, two], &[]).is_err());
        assert!(check(&[one, three], &[one, two], &[]).is_err());
        assert!(check(&[one, one], &[one, two], &[]).is_err());
    }

    #[test]
    fn a_message_with_an_unknown_outcome_may_be_stored_and_no_other_in_its_place() {
        let [one, two, three] = CONTENT;
        assert_eq!(check(&[one, two], &[one], &[two]), Ok(()));
        assert_eq!(check(&[one], &[one], &[two]), Ok(()));
        assert_eq!(check(&[one, three], &[one], &[two, three]), Ok(()));
        assert!(check(&[], &[one], &[two]).is_err());
        assert!(check(&[one, three], &[one], &[two]).is_err());
        assert!(check(&[two], &[one], &[two]).is_err());
    }

    #[test]
    fn many_unknown_messages_have_to_fit_by_their_sizes() {
        let unknown = vec![ContentSum { bytes: 12, checksum: 5 }; MAX_UNKNOWN + 1];
        let sum = |bytes| ContentSum { bytes, checksum: 7 };
        assert!(is_sum_of(sum(24), 2, &unknown) && !is_sum_of(sum(25), 2, &unknown));
    }

    #[test]
    fn missing_recipients_are_found() {
        let [one, ..] = CONTENT;
        let fewer = StoredTotals { recipients: 1, ..stored(&[one]) };
        let sent = SliceResult {
            outcomes: Outcomes { accepted: 1, ..Outcomes::default() },
            accepted_content: content(&fewer),
            ..SliceResult::default()
        };
        assert!(EXPECTED.check(&StoredTotals::default(), &fewer, &sent).is_err());
    }

    #[test]
    fn reused_connections_are_found() {
        let before = StoredTotals { last_connection: 4, ..StoredTotals::default() };
        let after = StoredTotals { last_connection: 8, ..StoredTotals::default() };
        assert_eq!(check_handshakes(&before, &after, 3), Ok(()));
        assert!(check_handshakes(&before, &after, 4).is_err());
        assert_eq!(check_one_per_connection(&before, &after, 4), Ok(()));
        assert!(check_one_per_connection(&before, &after, 5).is_err());
    }
}

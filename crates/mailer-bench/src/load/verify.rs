//! What the server stored against what was sent: a wrong run has no figure.

use super::{Account, messages::Stored};

/// Among so many messages of which nobody knows is searched for those that came.
const MOST_UNKNOWN: usize = 16;

/// What one message is to leave behind at the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// How many bytes it has.
    pub(super) octets: u64,
    /// How many recipients it has.
    pub(super) recipients: u64,
}

impl Wanted {
    /// Whether what has come to the server in between is what this account says, in number, in bytes and
    /// in content.
    ///
    /// A message whose outcome is unknown may have come or not.
    pub(super) fn check(
        &self,
        before: &Stored,
        after: &Stored,
        sent: &Account,
    ) -> Result<(), String> {
        let mails = after.mails - before.mails;
        let outcomes = &sent.outcomes;
        let taken = outcomes.accepted + outcomes.partial;
        if !(taken..=taken + outcomes.unknown).contains(&mails) {
            return Err(format!("{taken} mails were accepted and {mails} stored"));
        }
        let octets = after.octets - before.octets;
        let wanted = self.octets * mails;
        if octets != wanted {
            return Err(format!("{mails} mails of {wanted} octets came as {octets} octets"));
        }
        let checksum = after.checksum.wrapping_sub(before.checksum);
        let beyond = checksum.wrapping_sub(sent.accepted_checksum);
        if !is_sum_of(beyond, mails - taken, &sent.unknown_checksums) {
            return Err(format!("what was stored of {mails} mails is not what was sent"));
        }
        let recipients = after.recipients - before.recipients;
        if outcomes.partial == 0 && recipients != self.recipients * mails {
            let wanted = self.recipients * mails;
            return Err(format!("{wanted} recipients were accepted and {recipients} stored"));
        }
        Ok(())
    }
}

/// Whether `count` of these checksums add up to this one. Where there are too many to try, they may.
fn is_sum_of(checksum: u64, count: u64, unknown: &[u64]) -> bool {
    if unknown.len() > MOST_UNKNOWN && count > 0 && count < unknown.len() as u64 {
        return true;
    }
    match unknown.split_first() {
        _ if count == 0 => checksum == 0,
        Some((first, others)) if count <= unknown.len() as u64 => {
            is_sum_of(checksum.wrapping_sub(*first), count - 1, others)
                || is_sum_of(checksum, count, others)
        }
        _ => false,
    }
}

/// Whether so many handshakes made so many connections. The mail that shows it was the last on a
/// connection of its own, as the one before was.
pub(super) fn check_sessions(before: &Stored, after: &Stored, opened: u64) -> Result<(), String> {
    let made = (after.session - before.session).saturating_sub(1);
    if made == opened {
        return Ok(());
    }
    Err(format!("{opened} handshakes made {made} connections"))
}

/// Whether so many mails came by as many connections.
pub(super) fn check_apart(before: &Stored, after: &Stored, mails: u64) -> Result<(), String> {
    let made = after.session - before.session;
    if made == mails {
        return Ok(());
    }
    Err(format!("{mails} mails of a connection each came by {made} connections"))
}

#[cfg(test)]
mod tests {
    use mailer_server::Tally;

    use super::{super::Outcomes, *};

    const CONTENT: [&[u8]; 3] = [b"Subject: 1\r\n", b"Subject: 2\r\n", b"Subject: 3\r\n"];
    const WANTED: Wanted = Wanted { octets: 12, recipients: 2 };

    fn tally(contents: &[&[u8]]) -> Tally {
        let mut tally = Tally::default();
        contents.iter().for_each(|content| tally.count(content));
        tally
    }

    fn stored(contents: &[&[u8]]) -> Stored {
        let Tally { mails, octets, checksum } = tally(contents);
        Stored { mails, octets, checksum, recipients: mails * 2, ..Stored::default() }
    }

    fn check(contents: &[&[u8]], accepted: &[&[u8]], unknown: &[&[u8]]) -> Result<(), String> {
        let outcomes = Outcomes {
            accepted: accepted.len() as u64,
            unknown: unknown.len() as u64,
            ..Outcomes::default()
        };
        let sent = Account {
            outcomes,
            accepted_checksum: tally(accepted).checksum,
            unknown_checksums: unknown.iter().map(|one| tally(&[one]).checksum).collect(),
            ..Account::default()
        };
        WANTED.check(&Stored::default(), &stored(contents), &sent)
    }

    #[test]
    fn what_was_sent_has_to_be_there_and_nothing_else() {
        let [one, two, three] = CONTENT;
        assert_eq!(check(&[one, two], &[one, two], &[]), Ok(()));
        assert_eq!(check(&[], &[], &[]), Ok(()));
        let lost = check(&[one], &[one, two], &[]).unwrap_err();
        assert_eq!(lost, "2 mails were accepted and 1 stored");
        assert!(check(&[one, two, three], &[one, two], &[]).is_err());
        assert!(check(&[one, b"Subject: 2\r\n\r\n"], &[one, two], &[]).is_err());
        assert!(check(&[one, three], &[one, two], &[]).is_err());
        assert!(check(&[one, one], &[one, two], &[]).is_err());
    }

    #[test]
    fn an_unknown_mail_may_be_there_and_no_other_in_its_place() {
        let [one, two, three] = CONTENT;
        assert_eq!(check(&[one, two], &[one], &[two]), Ok(()));
        assert_eq!(check(&[one], &[one], &[two]), Ok(()));
        assert_eq!(check(&[one, three], &[one], &[two, three]), Ok(()));
        assert!(check(&[], &[one], &[two]).is_err());
        assert!(check(&[one, three], &[one], &[two]).is_err());
        assert!(check(&[two], &[one], &[two]).is_err());
    }

    #[test]
    fn recipients_count() {
        let [one, ..] = CONTENT;
        let fewer = Stored { recipients: 1, ..stored(&[one]) };
        let sent = Account {
            outcomes: Outcomes { accepted: 1, ..Outcomes::default() },
            accepted_checksum: fewer.checksum,
            ..Account::default()
        };
        assert!(WANTED.check(&Stored::default(), &fewer, &sent).is_err());
    }

    #[test]
    fn a_connection_used_twice_is_found_out() {
        let before = Stored { session: 4, ..Stored::default() };
        let after = Stored { session: 8, ..Stored::default() };
        assert_eq!(check_sessions(&before, &after, 3), Ok(()));
        assert!(check_sessions(&before, &after, 4).is_err());
        assert_eq!(check_apart(&before, &after, 4), Ok(()));
        assert!(check_apart(&before, &after, 5).is_err());
    }
}

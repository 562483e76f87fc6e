//! What the server stored against what was sent: a wrong run has no figure.

use mailer_server::Tally;

use super::{Outcomes, messages::Stored};

/// What one mail is to leave behind at the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Its content.
    pub(super) one: Tally,
    /// How many recipients it has.
    pub(super) recipients: u64,
}

impl Wanted {
    /// Of a mail of this content.
    pub(super) fn of(content: &[u8], recipients: usize) -> Self {
        let mut one = Tally::default();
        one.count(content);
        Self { one, recipients: recipients as u64 }
    }

    /// Whether what has come to the server in between is what these outcomes say, in number, in
    /// octets and in content.
    ///
    /// A mail whose outcome is unknown may have come or not.
    pub(super) fn check(
        &self,
        before: &Stored,
        after: &Stored,
        sent: &Outcomes,
    ) -> Result<(), String> {
        let mails = after.mails - before.mails;
        let taken = sent.accepted + sent.partial;
        if !(taken..=taken + sent.unknown).contains(&mails) {
            return Err(format!("{taken} mails were accepted and {mails} stored"));
        }
        let octets = after.octets - before.octets;
        let wanted = self.one.octets * mails;
        if octets != wanted {
            return Err(format!("{mails} mails of {wanted} octets came as {octets} octets"));
        }
        if after.checksum.wrapping_sub(before.checksum) != self.one.checksum.wrapping_mul(mails) {
            return Err(format!("what was stored of {mails} mails is not what was sent"));
        }
        let recipients = after.recipients - before.recipients;
        if sent.partial == 0 && recipients != self.recipients * mails {
            let wanted = self.recipients * mails;
            return Err(format!("{wanted} recipients were accepted and {recipients} stored"));
        }
        Ok(())
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
    use super::*;

    const CONTENT: &[u8] = b"Subject: x\r\n\r\ny\r\n";

    fn stored(contents: &[&[u8]]) -> Stored {
        let mut tally = Tally::default();
        contents.iter().for_each(|content| tally.count(content));
        Stored {
            mails: tally.mails,
            octets: tally.octets,
            checksum: tally.checksum,
            recipients: tally.mails * 2,
            ..Stored::default()
        }
    }

    fn check(contents: &[&[u8]], accepted: u64, unknown: u64) -> Result<(), String> {
        let sent = Outcomes { accepted, unknown, ..Outcomes::default() };
        Wanted::of(CONTENT, 2).check(&Stored::default(), &stored(contents), &sent)
    }

    #[test]
    fn what_was_sent_has_to_be_there_and_nothing_else() {
        assert_eq!(check(&[CONTENT, CONTENT], 2, 0), Ok(()));
        assert_eq!(check(&[], 0, 0), Ok(()));
        let lost = check(&[CONTENT], 2, 0).unwrap_err();
        assert_eq!(lost, "2 mails were accepted and 1 stored");
        assert!(check(&[CONTENT, CONTENT, CONTENT], 2, 0).is_err());
        assert!(check(&[CONTENT, b"Subject: x\r\n\r\ny\r\n\r\n"], 2, 0).is_err());
        assert!(check(&[CONTENT, b"Subject: x\r\n\r\nz\r\n"], 2, 0).is_err());
    }

    #[test]
    fn an_unknown_mail_may_be_there() {
        assert_eq!(check(&[CONTENT, CONTENT], 1, 1), Ok(()));
        assert_eq!(check(&[CONTENT], 1, 1), Ok(()));
        assert!(check(&[], 1, 1).is_err());
    }

    #[test]
    fn recipients_count() {
        let one = Stored { recipients: 1, ..stored(&[CONTENT]) };
        let sent = Outcomes { accepted: 1, ..Outcomes::default() };
        assert!(Wanted::of(CONTENT, 2).check(&Stored::default(), &one, &sent).is_err());
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

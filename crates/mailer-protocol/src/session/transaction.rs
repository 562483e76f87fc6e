//! One mail in flight: its position in the dialogue, the replies to it, and its outcome.

use mailer::{Error, Outcome, Receipt, Reply, Step};

use crate::{command::MailParameters, dot_stuffing::DotStuffing, outgoing::Outgoing};

/// "Bad sequence of commands"; "command unrecognized", if the server has lost the beginning of the line
/// (RFC 5321 §4.2.2).
const OUT_OF_SEQUENCE: [u16; 2] = [503, 500];

/// The next thing to write for a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    Mail,
    /// The recipient with this index.
    Recipient(usize),
    Data,
    /// The announcement of the only chunk.
    Bdat,
    /// The content, once DATA is answered with 354.
    Content,
    /// The dot that ends the content. If the server sent 354 without having accepted a recipient, the dot
    /// ends an empty content (RFC 2920 §3.1).
    Dot,
    Nothing,
}

/// The state of the connection when a mail was offered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Connection {
    /// Whether it carried a mail or was idle before.
    pub(super) is_used: bool,
    /// Whether it had been quiet for so long that the content waits for the replies to the envelope.
    pub(super) was_quiet: bool,
}

#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) number: u64,
    pub(super) connection: Connection,
    pub(super) mail: Outgoing,
    pub(super) parameters: MailParameters,
    pub(super) cursor: Cursor,
    /// The number of content bytes that are still to come.
    pub(super) content_left: u64,
    pub(super) stuffing: DotStuffing,
    /// Whether its envelope was written after a content that had no reply yet.
    pub(super) follows_content: bool,
    is_chunked: bool,
    /// The number of replies that are still to come.
    replies_due: usize,
    /// The number of recipients with a reply.
    answered: usize,
    /// The number of recipients that the server accepted.
    accepted: usize,
    /// The position in the stream of written bytes where its content ends; `None` until the end is in the
    /// bytes to write.
    end: Option<u64>,
    /// Whether every reply so far refused a command because of its position.
    out_of_sequence: bool,
    /// The outcome, if it is certain already that the mail is not accepted for all recipients.
    verdict: Option<Verdict>,
    /// Whether the reply to its end has arrived.
    has_final_reply: bool,
    /// The receipt. It may contain more replies than arrived: they belong to an earlier mail, and their
    /// buffers are reused.
    receipt: Receipt,
}

#[derive(Debug)]
struct Verdict {
    outcome: Outcome,
    error: Error,
}

impl Transaction {
    /// Creates the transaction of a mail whose content is sent with BDAT or with DATA.
    pub(super) fn new(
        number: u64,
        mail: Outgoing,
        parameters: MailParameters,
        is_chunked: bool,
    ) -> Self {
        Self {
            number,
            connection: Connection::default(),
            parameters,
            cursor: Cursor::Mail,
            content_left: mail.size,
            stuffing: DotStuffing::new(mail.may_have_dot_lines),
            follows_content: false,
            is_chunked,
            replies_due: 0,
            answered: 0,
            accepted: 0,
            end: None,
            out_of_sequence: true,
            verdict: None,
            has_final_reply: false,
            receipt: Receipt::default(),
            mail,
        }
    }

    /// Creates the transaction of a mail that cannot be sent to this server.
    pub(super) fn refused_here(number: u64, mail: Outgoing, error: Error) -> Self {
        let mut transaction = Self::new(number, mail, MailParameters::default(), false);
        transaction.verdict = Some(Verdict { outcome: Outcome::NotSent, error });
        transaction.cursor = Cursor::Nothing;
        transaction
    }

    /// Returns the transaction with the buffers of a receipt that is not needed any more.
    pub(super) fn reusing(self, receipt: Receipt) -> Self {
        Self { receipt, ..self }
    }

    /// Returns the transaction for a connection in this state.
    pub(super) fn over(self, connection: Connection) -> Self {
        Self { connection, ..self }
    }

    /// Moves the cursor past a command that is in the bytes to write.
    pub(super) fn wrote_command(&mut self) {
        // The reply to BDAT comes after the content.
        self.replies_due += usize::from(self.cursor != Cursor::Bdat);
        let recipients = self.mail.envelope.recipients().len();
        self.cursor = match self.cursor {
            Cursor::Mail => Cursor::Recipient(0),
            Cursor::Recipient(index) if index + 1 < recipients => Cursor::Recipient(index + 1),
            Cursor::Recipient(_) if self.is_chunked => Cursor::Bdat,
            Cursor::Recipient(_) => Cursor::Data,
            Cursor::Data | Cursor::Bdat => Cursor::Content,
            Cursor::Content | Cursor::Dot | Cursor::Nothing => Cursor::Nothing,
        };
    }

    /// Notes that the dot is in the bytes to write and ends at this position.
    pub(super) fn wrote_dot(&mut self, end: u64) {
        self.wrote_command();
        if !self.is_doomed() {
            self.end = Some(end);
        }
    }

    /// Whether this block of content can be written unchanged: a part of a chunk always, lines if none of
    /// them starts with a dot.
    pub(super) fn passes(&mut self, block: &[u8]) -> bool {
        self.is_chunked || self.stuffing.passes(block)
    }

    /// Counts content that is in the bytes to write. Returns whether it completes a chunk.
    pub(super) fn wrote_content(&mut self, count: u64) -> bool {
        self.content_left = self.content_left.saturating_sub(count);
        if self.content_left > 0 {
            return false;
        }
        self.cursor = if self.is_chunked { Cursor::Nothing } else { Cursor::Dot };
        self.is_chunked
    }

    /// Notes that the chunk ends at this position. Its reply is due now.
    pub(super) fn ended_at(&mut self, end: u64) {
        self.replies_due += 1;
        self.end = Some(end);
    }

    /// Returns the position where its content ends, once the end is in the bytes to write.
    pub(super) fn end(&self) -> Option<u64> {
        self.end
    }

    /// Starts again from MAIL. No content was written, and the server refused the envelope only because of
    /// its position.
    pub(super) fn begin_again(&mut self) {
        self.cursor = Cursor::Mail;
        self.mail.offered_before = true;
        self.follows_content = false;
        self.out_of_sequence = true;
        self.answered = 0;
        self.accepted = 0;
        self.verdict = None;
    }

    /// Whether the server refused the whole envelope only because it followed a content.
    pub(super) fn was_out_of_sequence(&self) -> bool {
        self.follows_content && self.out_of_sequence && self.is_doomed()
    }

    /// Stops writing for a mail that is refused, unless a dot is due.
    pub(super) fn give_up_if_doomed(&mut self) {
        if self.is_doomed() && self.cursor != Cursor::Dot {
            self.cursor = Cursor::Nothing;
        }
    }

    /// Continues after 354. If no recipient was accepted, a dot ends the empty content, and nothing is
    /// delivered (RFC 2920 §3.1).
    pub(super) fn go_ahead(&mut self) {
        if self.is_doomed() {
            self.cursor = Cursor::Dot;
        }
    }

    /// Whether nothing more is to be written or read for it.
    pub(super) fn is_settled(&self) -> bool {
        self.replies_due == 0 && self.cursor == Cursor::Nothing
    }

    /// Whether it cannot be accepted any more, so that its content must not be sent.
    pub(super) fn is_doomed(&self) -> bool {
        self.verdict.is_some()
    }

    pub(super) fn was_refused_at(&self, step: Step) -> bool {
        self.verdict.as_ref().is_some_and(|verdict| verdict.error.step() == Some(step))
    }

    /// Whether any byte of its content, or its end, is or was in the bytes to write.
    pub(super) fn has_begun_content(&self) -> bool {
        self.end.is_some() || self.content_left < self.mail.size
    }

    /// Whether the server accepted the content after it had refused the envelope. It is unknown for
    /// which recipients.
    pub(super) fn is_accepted_though_refused(&self, reply: &Reply) -> bool {
        self.is_chunked && self.is_doomed() && reply.is_positive()
    }

    /// Replaces the verdict by an unknown outcome.
    pub(super) fn doubt(&mut self, error: &Error) {
        self.verdict = Some(Verdict { outcome: Outcome::Unknown, error: error.clone().in_doubt() });
    }

    /// Whether one of its commands has no reply yet.
    pub(super) fn awaits_reply(&self) -> bool {
        self.replies_due > 0
    }

    /// Counts a reply to one of its commands.
    pub(super) fn count_reply(&mut self, code: u16) {
        self.replies_due = self.replies_due.saturating_sub(1);
        self.out_of_sequence &= OUT_OF_SEQUENCE.contains(&code);
        // A server that has processed one of the commands has not dropped them.
        self.follows_content &= self.out_of_sequence;
    }

    /// Notes that the server refused it at this step. Only the first refusal counts, because the other
    /// commands of the flight are refused as a consequence.
    pub(super) fn refuse(&mut self, step: Step, reply: &Reply) {
        self.reject(Error::refused(step, reply.clone()));
    }

    fn reject(&mut self, error: Error) {
        self.verdict.get_or_insert(Verdict { outcome: Outcome::Rejected, error });
    }

    /// Adds the reply to a recipient. If it is the last one and no recipient was accepted, the mail is
    /// refused.
    pub(super) fn add_recipient_reply(&mut self, reply: &Reply) {
        self.accepted += usize::from(reply.is_positive());
        match self.receipt.recipients.get_mut(self.answered) {
            Some(slot) => put(slot, reply),
            None => self.receipt.recipients.push(Some(reply.clone())),
        }
        self.answered += 1;
        let all_answered = self.answered == self.mail.envelope.recipients().len();
        // The search runs once, whatever the number of recipients.
        if all_answered
            && self.accepted == 0
            && let Some(error) = self.recipient_error()
        {
            self.reject(error);
        }
    }

    /// Adds the reply to the end of its content.
    pub(super) fn add_final_reply(&mut self, reply: &Reply) {
        if self.is_doomed() {
            return;
        }
        if reply.is_positive() {
            if let Some(error) = self.recipient_error() {
                self.verdict.get_or_insert(Verdict { outcome: Outcome::Partial, error });
            }
        } else {
            self.refuse(Step::EndOfData, reply);
        }
        self.has_final_reply = true;
        put(&mut self.receipt.reply, reply);
    }

    /// Settles it after the connection was lost. An outcome that is certain stays. Otherwise the mail is
    /// unknown if the server may have received its end, and not sent if not.
    pub(super) fn lose_connection(&mut self, error: &Error, may_have_ended: bool) {
        if !self.is_settled() {
            let (outcome, error) = match may_have_ended {
                true => (Outcome::Unknown, error.clone().in_doubt()),
                false => (Outcome::NotSent, error.clone()),
            };
            self.verdict.get_or_insert(Verdict { outcome, error });
        }
        self.cursor = Cursor::Nothing;
        self.replies_due = 0;
    }

    pub(super) fn into_receipt(self) -> Receipt {
        let mut receipt = self.receipt;
        (receipt.outcome, receipt.error) = match self.verdict {
            Some(verdict) => (verdict.outcome, Some(verdict.error)),
            None => (Outcome::Accepted, None),
        };
        receipt.recipients.truncate(self.answered);
        receipt.reply = receipt.reply.filter(|_| self.has_final_reply);
        receipt.offered_again = self.mail.offered_before;
        receipt
    }

    /// Returns the error for the refused recipients, if there are any: that of the first permanent refusal,
    /// or of the first refusal.
    fn recipient_error(&self) -> Option<Error> {
        let answered = || self.receipt.recipients.iter().take(self.answered).flatten();
        let recipients = self.mail.envelope.recipients();
        let refused =
            || recipients.iter().zip(answered()).filter(|(_, reply)| !reply.is_positive());
        let permanent = refused().find(|(_, reply)| reply.is_permanent());
        let (recipient, reply) = permanent.or_else(|| refused().next())?;
        Some(Error::recipient_refused(recipient, reply.clone()))
    }
}

/// Stores a reply in the buffer of an earlier one.
fn put(slot: &mut Option<Reply>, reply: &Reply) {
    match slot {
        Some(earlier) => earlier.clone_from(reply),
        None => *slot = Some(reply.clone()),
    }
}

//! One mail on its way: what is said for it, what the server said, what became of it.

use std::sync::Arc;

use mailer::{Envelope, Error, Outcome, Receipt, Reply, Step};

use crate::{command::MailParameters, dot_stuffing::DotStuffing};

/// "Bad sequence of commands"; "command unrecognized", where the server has lost the beginning of the
/// line (RFC 5321 §4.2.2).
const OUT_OF_SEQUENCE: [u16; 2] = [503, 500];

/// A mail as the session sees it: its envelope, and of its content only what MAIL tells the server.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// From whom and to whom.
    pub envelope: Arc<Envelope>,
    /// Octets of its content, before dot-stuffing: exactly as many will be given.
    pub size: u64,
    /// Whether its content has octets beyond ASCII.
    pub is_8bit: bool,
    /// Whether its header has.
    pub has_utf8_header: bool,
    /// Whether its envelope was offered on another connection before.
    pub offered_before: bool,
}

impl Outgoing {
    /// An envelope around nothing, offered for the first time.
    #[must_use]
    pub fn nothing(envelope: Arc<Envelope>) -> Self {
        Self { envelope, size: 0, is_8bit: false, has_utf8_header: false, offered_before: false }
    }
}

/// What is to be written next for a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    Mail,
    /// The recipient of this index.
    Recipient(usize),
    Data,
    /// The announcement of the only chunk.
    Bdat,
    /// Content, as soon as DATA is answered with 354.
    Content,
    /// The end of the content; or of none, where no recipient was taken and yet 354 came
    /// (RFC 2920 §3.1).
    Dot,
    Nothing,
}

/// The connection as a mail found it when it was offered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Connection {
    /// It carried a mail or was idle before.
    pub(super) is_used: bool,
    /// It had been quiet for so long that content waits for the replies to the envelope.
    pub(super) was_quiet: bool,
}

#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) number: u64,
    pub(super) connection: Connection,
    pub(super) mail: Outgoing,
    pub(super) parameters: MailParameters,
    pub(super) cursor: Cursor,
    /// Octets of content still to come.
    pub(super) content_left: u64,
    pub(super) stuffing: DotStuffing,
    /// Its envelope was written behind a content that was not answered yet.
    pub(super) behind_content: bool,
    chunked: bool,
    /// Replies still to come for it.
    owed: usize,
    /// Recipients that were answered.
    answered: usize,
    /// Recipients that were taken.
    taken: usize,
    end: End,
    /// Every reply so far was for a command that the server did not expect there.
    out_of_sequence: bool,
    /// Why it is not accepted for all, as soon as that is certain.
    verdict: Option<Verdict>,
    /// The reply to its end has come.
    is_ended: bool,
    /// What becomes of it. Replies beyond those that came are an earlier mail's, kept for the room
    /// they have.
    receipt: Receipt,
}

/// How far the end of its content has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    ToCome,
    /// It is in the bytes to write.
    InOutbox,
    Written,
}

#[derive(Debug)]
struct Verdict {
    outcome: Outcome,
    error: Error,
}

impl Transaction {
    /// A mail whose content goes by BDAT if `chunked`, else by DATA.
    pub(super) fn new(
        number: u64,
        mail: Outgoing,
        parameters: MailParameters,
        chunked: bool,
    ) -> Self {
        Self {
            number,
            connection: Connection::default(),
            parameters,
            cursor: Cursor::Mail,
            content_left: mail.size,
            stuffing: DotStuffing::new(),
            behind_content: false,
            chunked,
            owed: 0,
            answered: 0,
            taken: 0,
            end: End::ToCome,
            out_of_sequence: true,
            verdict: None,
            is_ended: false,
            receipt: Receipt::default(),
            mail,
        }
    }

    /// The same with the room of a receipt that nobody needs any more.
    pub(super) fn reusing(self, receipt: Receipt) -> Self {
        Self { receipt, ..self }
    }

    /// The same over a connection that is like this.
    pub(super) fn over(self, connection: Connection) -> Self {
        Self { connection, ..self }
    }

    /// A mail that this server cannot take, found out before anything was said for it.
    pub(super) fn refused_here(number: u64, mail: Outgoing, error: Error) -> Self {
        let mut transaction = Self::new(number, mail, MailParameters::default(), false);
        transaction.verdict = Some(Verdict { outcome: Outcome::NotSent, error });
        transaction.cursor = Cursor::Nothing;
        transaction
    }

    /// What the cursor stands at is in the bytes to write.
    pub(super) fn wrote(&mut self) {
        // BDAT is answered behind its content.
        self.owed += usize::from(self.cursor != Cursor::Bdat);
        if self.cursor == Cursor::Dot && !self.is_doomed() {
            self.end = End::InOutbox;
        }
        let recipients = self.mail.envelope.recipients().len();
        self.cursor = match self.cursor {
            Cursor::Mail => Cursor::Recipient(0),
            Cursor::Recipient(index) if index + 1 < recipients => Cursor::Recipient(index + 1),
            Cursor::Recipient(_) if self.chunked => Cursor::Bdat,
            Cursor::Recipient(_) => Cursor::Data,
            Cursor::Data | Cursor::Bdat => Cursor::Content,
            Cursor::Content | Cursor::Dot | Cursor::Nothing => Cursor::Nothing,
        };
    }

    /// Whether this block of its content leaves as it is: a chunk always, lines if no dot begins one.
    pub(super) fn passes(&mut self, block: &[u8]) -> bool {
        self.chunked || self.stuffing.passes(block)
    }

    /// So many octets of its content are in the bytes to write. Whether they are the last of a chunk,
    /// which is answered now.
    pub(super) fn wrote_content(&mut self, octets: u64) -> bool {
        self.content_left = self.content_left.saturating_sub(octets);
        if self.content_left > 0 {
            return false;
        }
        if !self.chunked {
            self.cursor = Cursor::Dot;
            return false;
        }
        self.cursor = Cursor::Nothing;
        self.owed += 1;
        self.end = End::InOutbox;
        true
    }

    /// All that was in the bytes to write is written.
    pub(super) fn flushed(&mut self) {
        if self.end == End::InOutbox {
            self.end = End::Written;
        }
    }

    /// Begins again: nothing of its content was written, and the server took nothing of its envelope
    /// because of where it stood.
    pub(super) fn begin_again(&mut self) {
        self.cursor = Cursor::Mail;
        self.mail.offered_before = true;
        self.behind_content = false;
        self.out_of_sequence = true;
        self.answered = 0;
        self.taken = 0;
        self.verdict = None;
    }

    /// Whether the server refused all of its envelope only because it stood behind a content.
    pub(super) fn was_out_of_sequence(&self) -> bool {
        self.behind_content && self.out_of_sequence && self.is_doomed()
    }

    /// Writes no more for a mail that is refused, unless a dot is due.
    pub(super) fn give_up_if_doomed(&mut self) {
        if self.is_doomed() && self.cursor != Cursor::Dot {
            self.cursor = Cursor::Nothing;
        }
    }

    /// 354 came. If no recipient was taken, a lone dot ends the content before it began, and sends
    /// nothing to nobody (RFC 2920 §3.1).
    pub(super) fn go_ahead(&mut self) {
        if self.is_doomed() {
            self.cursor = Cursor::Dot;
        }
    }

    /// Whether nothing more is to be written or read for it.
    pub(super) fn is_settled(&self) -> bool {
        self.owed == 0 && self.cursor == Cursor::Nothing
    }

    /// Whether it is refused already, so that no content must be sent for it.
    pub(super) fn is_doomed(&self) -> bool {
        self.verdict.is_some()
    }

    pub(super) fn was_refused_at(&self, step: Step) -> bool {
        self.verdict.as_ref().is_some_and(|verdict| verdict.error.step() == Some(step))
    }

    /// Whether any of its content, or its end, has begun to leave.
    pub(super) fn has_begun_content(&self) -> bool {
        self.end != End::ToCome || self.content_left < self.mail.size
    }

    /// Whether its end is in the bytes to write, and so has not left.
    pub(super) fn ends_in_outbox(&self) -> bool {
        self.end == End::InOutbox
    }

    /// Whether the server refused its envelope, got its content all the same, and took it: for
    /// whom, nobody knows.
    pub(super) fn is_taken_though_refused(&self, reply: &Reply) -> bool {
        self.chunked && self.is_doomed() && reply.is_positive()
    }

    /// What was certain is not any more.
    pub(super) fn doubt(&mut self, error: &Error) {
        self.verdict = Some(Verdict { outcome: Outcome::Unknown, error: error.clone().in_doubt() });
    }

    /// Whether a reply is still owed to one of its commands.
    pub(super) fn is_owed(&self) -> bool {
        self.owed > 0
    }

    /// The reply to one of its commands came; what it means is for the others to say.
    pub(super) fn answered(&mut self, code: u16) {
        self.owed = self.owed.saturating_sub(1);
        self.out_of_sequence &= OUT_OF_SEQUENCE.contains(&code);
        // It was heard, so nothing is in doubt any more about where it stood.
        self.behind_content &= self.out_of_sequence;
    }

    /// The server refused it at this step. Only the first refusal counts: the rest of a flight is
    /// refused because of it.
    pub(super) fn refuse(&mut self, step: Step, reply: &Reply) {
        let error = Error::refused(step, reply.clone());
        self.verdict.get_or_insert(Verdict { outcome: Outcome::Rejected, error });
    }

    /// The reply to a recipient. When the last one has come and none was taken, the mail is refused.
    pub(super) fn take_recipient(&mut self, reply: &Reply) {
        self.taken += usize::from(reply.is_positive());
        match self.receipt.recipients.get_mut(self.answered) {
            Some(slot) => put(slot, reply),
            None => self.receipt.recipients.push(Some(reply.clone())),
        }
        self.answered += 1;
        let all_answered = self.answered == self.mail.envelope.recipients().len();
        // The worst is looked for once, however many recipients there are.
        if all_answered
            && self.taken == 0
            && let Some(worst) = self.worst_recipient().cloned()
        {
            self.refuse(Step::Recipient, &worst);
        }
    }

    /// The reply to the end of its content.
    pub(super) fn take_end(&mut self, reply: &Reply) {
        if self.is_doomed() {
            return;
        }
        if reply.is_positive() {
            if let Some(refused) = self.worst_recipient().cloned() {
                let error = Error::refused(Step::Recipient, refused);
                self.verdict.get_or_insert(Verdict { outcome: Outcome::Partial, error });
            }
        } else {
            self.refuse(Step::EndOfData, reply);
        }
        self.is_ended = true;
        put(&mut self.receipt.reply, reply);
    }

    /// The connection is gone. What is certain stays; a mail whose end may have been written is
    /// unknown. The last of the bytes to write were not, if any were left, and the end of a content
    /// that is the last of them never is.
    pub(super) fn lose(&mut self, error: &Error, is_last: bool) {
        if !self.is_settled() {
            let (outcome, error) = match self.end {
                End::ToCome => (Outcome::NotSent, error.clone()),
                End::InOutbox if is_last => (Outcome::NotSent, error.clone()),
                End::InOutbox | End::Written => (Outcome::Unknown, error.clone().in_doubt()),
            };
            self.verdict.get_or_insert(Verdict { outcome, error });
        }
        self.cursor = Cursor::Nothing;
        self.owed = 0;
    }

    pub(super) fn into_receipt(self) -> Receipt {
        let mut receipt = self.receipt;
        (receipt.outcome, receipt.error) = match self.verdict {
            Some(verdict) => (verdict.outcome, Some(verdict.error)),
            None => (Outcome::Accepted, None),
        };
        receipt.recipients.truncate(self.answered);
        receipt.reply = receipt.reply.filter(|_| self.is_ended);
        receipt.offered_again = self.mail.offered_before;
        receipt
    }

    /// The reply that says most about the refused recipients: one for good before one for now.
    fn worst_recipient(&self) -> Option<&Reply> {
        let answered = || self.receipt.recipients.iter().take(self.answered).flatten();
        let refused = || answered().filter(|reply| !reply.is_positive());
        refused().find(|reply| reply.is_permanent()).or_else(|| refused().next())
    }
}

/// Keeps a reply, in the room that an earlier one had.
fn put(slot: &mut Option<Reply>, reply: &Reply) {
    match slot {
        Some(earlier) => earlier.clone_from(reply),
        None => *slot = Some(reply.clone()),
    }
}

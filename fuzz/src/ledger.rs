//! An account of what was sent and received, separate from the session, and the invariants.

use std::collections::BTreeSet;

use mailer::{Outcome, Receipt, Step};
use mailer_protocol::{Note, Settled};

use crate::secret;

/// The account of one session.
#[derive(Default)]
pub(crate) struct Ledger {
    /// What the bytes to write must be.
    expected: Vec<Sent>,
    /// The mail that was offered last: the commands belong to it.
    offered: Option<Current>,
    /// The mails whose end is in the bytes to write.
    ending: Vec<u64>,
    /// The mails whose end was written.
    ended: BTreeSet<u64>,
    /// The number of 2xx replies to the end of a content.
    accepted: usize,
    /// The number of mails that were reported as accepted, for all recipients or for some.
    reported: usize,
    settled: u64,
    /// Whether the server refused AUTH.
    auth_refused: bool,
}

/// What was sent for a mail.
struct Current {
    number: u64,
    size: u64,
    given: u64,
    /// Whether the content so far ends with a line end.
    at_line_start: bool,
    chunked: bool,
    /// Whether 354 has arrived.
    may_send: bool,
    /// Whether the server accepted the sender.
    from: bool,
    /// The number of recipients that the server accepted.
    to: usize,
}

/// A part of the bytes on the wire.
enum Sent {
    Exactly(Vec<u8>),
    /// A line that begins with this text and continues with a secret.
    Secret(String),
}

impl Ledger {
    /// Notes that a mail is offered.
    pub(crate) fn offer(&mut self, number: u64, size: u64) {
        self.offered = Some(Current {
            number,
            size,
            given: 0,
            at_line_start: true,
            chunked: false,
            may_send: false,
            from: false,
            to: 0,
        });
    }

    /// Adds an entry of the session's journal.
    pub(crate) fn note(&mut self, note: Note) {
        match note {
            Note::Sent { step, line, .. } => self.sent(step, &line),
            Note::Content { bytes, .. } => self.gave(&bytes),
            Note::Received { step, reply } => self.received(step, reply.code),
        }
    }

    /// Notes that all of these bytes are written.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) {
        for sent in self.expected.drain(..) {
            let end = match sent {
                Sent::Exactly(wanted) => {
                    assert!(bytes.starts_with(&wanted), "wrote {}", bytes.escape_ascii());
                    wanted.len()
                }
                Sent::Secret(begin) => {
                    let end = bytes.iter().position(|&b| b == b'\r').expect("a line ends");
                    let secret = bytes[..end].strip_prefix(begin.as_bytes()).expect("it is AUTH");
                    assert!(secret::is_base64(secret), "not base64");
                    assert!(bytes[end..].starts_with(b"\r\n"));
                    end + 2
                }
            };
            bytes = &bytes[end..];
        }
        assert!(bytes.is_empty(), "wrote more than its journal has: {}", bytes.escape_ascii());
        self.ended.extend(self.ending.drain(..));
    }

    /// Notes that a mail is settled.
    pub(crate) fn settle(&mut self, settled: Settled, receipt: &Receipt, recipients: usize) {
        assert_eq!(settled.mail, self.settled, "in the order of the input, each once");
        self.settled += 1;
        let has_ended = self.ended.contains(&settled.mail);
        let may_have_ended = has_ended || self.ending.contains(&settled.mail);
        is_consistent(receipt, recipients);
        match receipt.outcome {
            Outcome::Accepted | Outcome::Partial => {
                self.reported += 1;
                assert!(may_have_ended, "it was accepted before its end was sent");
                assert!(self.reported <= self.accepted, "accepted without a 2xx");
            }
            // After a refused AUTH its content may have been written, and was refused as well.
            Outcome::NotSent => assert!(!has_ended || self.auth_refused, "its end was sent"),
            Outcome::Unknown => assert!(may_have_ended, "its end was not sent: {receipt:?}"),
            Outcome::Rejected => {}
        }
        assert!(!settled.offer_again || !may_have_ended, "its content would go out twice");
    }

    /// Checks at the end that each offered mail is settled.
    pub(crate) fn close(&self) {
        let offered = self.offered.as_ref().map_or(0, |current| current.number + 1);
        assert_eq!(self.settled, offered, "a mail is not settled");
    }

    fn sent(&mut self, step: Step, line: &str) {
        assert!(!line.contains(char::is_control), "a control character in {line:?}");
        if let Some(begin) = line.strip_suffix("****").filter(|_| step == Step::Auth) {
            return self.expected.push(Sent::Secret(begin.to_owned()));
        }
        match (step, self.offered.as_mut()) {
            (Step::Mail, Some(current)) => (current.from, current.to) = (false, 0),
            (Step::Data, Some(current)) => {
                current.chunked = line.starts_with("BDAT ");
                current.may_send = false;
            }
            (Step::EndOfData, Some(current)) => {
                assert!(current.may_send, "a dot without 354");
                current.may_send = false;
                let is_lone = current.given == 0;
                assert!(is_lone || current.given == current.size, "it ends too early");
                assert!(is_lone != (current.from && current.to > 0), "a lone dot, or not");
                if !is_lone {
                    self.ending.push(current.number);
                }
            }
            _ => {}
        }
        self.expected.push(Sent::Exactly(format!("{line}\r\n").into_bytes()));
    }

    fn gave(&mut self, bytes: &[u8]) {
        let current = self.offered.as_mut().expect("content belongs to a mail");
        let begins_line = current.at_line_start;
        current.at_line_start = bytes.ends_with(b"\n");
        current.given += bytes.len() as u64;
        assert!(current.given <= current.size);
        if current.chunked {
            if current.given == current.size {
                self.ending.push(current.number);
            }
            return self.expected.push(Sent::Exactly(bytes.to_vec()));
        }
        assert!(current.may_send, "content without 354");
        assert!(current.from && current.to > 0, "content without an accepted recipient");
        self.expected.push(Sent::Exactly(stuffed(bytes, begins_line)));
    }

    fn received(&mut self, step: Step, code: u16) {
        let is_positive = (200..300).contains(&code);
        self.accepted += usize::from(step == Step::EndOfData && is_positive);
        self.auth_refused |= step == Step::Auth && !is_positive;
        let Some(current) = self.offered.as_mut() else { return };
        match step {
            Step::Mail => current.from = is_positive,
            Step::Recipient => current.to += usize::from(is_positive),
            Step::Data => current.may_send = code == 354,
            _ => {}
        }
    }
}

/// Checks that the parts of a receipt agree.
fn is_consistent(receipt: &Receipt, recipients: usize) {
    let positive = receipt.recipients.iter().flatten().filter(|r| r.is_positive()).count();
    let ends_well = receipt.reply.as_ref().is_some_and(|reply| reply.is_positive());
    assert_eq!(receipt.error.is_none(), receipt.outcome == Outcome::Accepted, "{receipt:?}");
    assert!(receipt.recipients.len() <= recipients);
    match receipt.outcome {
        Outcome::Accepted => assert!(ends_well && positive == recipients, "{receipt:?}"),
        Outcome::Partial => {
            assert!(ends_well && (1..recipients).contains(&positive), "{receipt:?}");
        }
        _ => {}
    }
    if let Some(error) = &receipt.error {
        assert!(!error.to_string().contains(|c: char| c.is_control()), "{error}");
    }
}

/// Stuffs dots (RFC 5321 §4.5.2) in a block that starts with a line or within one.
fn stuffed(block: &[u8], begins_line: bool) -> Vec<u8> {
    let lines = block.split_inclusive(|&byte| byte == b'\n').enumerate();
    let stuff = |(n, line): (usize, &[u8])| match line {
        [b'.', ..] if begins_line || n > 0 => [b".", line].concat(),
        _ => line.to_vec(),
    };
    lines.flat_map(stuff).collect()
}

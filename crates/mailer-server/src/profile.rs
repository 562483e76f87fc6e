//! What the server announces and how it behaves, as data.

mod habits;
mod named;

pub use habits::{EarlyInput, MailLimit, OversizedChunk, PipelinedInput, RefusedChunk};

/// A service extension that the server can announce in its reply to EHLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extension {
    /// SIZE with the limit in octets (RFC 1870).
    Size,
    /// 8BITMIME (RFC 6152).
    EightBitMime,
    /// STARTTLS (RFC 3207); announced only where TLS can still be started.
    StartTls,
    /// AUTH with the profile's mechanisms (RFC 4954); announced only where AUTH would be taken.
    Auth,
    /// ENHANCEDSTATUSCODES (RFC 2034); without it replies carry none.
    EnhancedStatusCodes,
    /// PIPELINING (RFC 2920).
    Pipelining,
    /// CHUNKING, that is BDAT (RFC 3030).
    Chunking,
    /// BINARYMIME (RFC 3030 §3).
    BinaryMime,
    /// SMTPUTF8 (RFC 6531).
    SmtpUtf8,
    /// DSN (RFC 3461).
    Dsn,
    /// VRFY, listed as some servers do; the command is known in any case.
    Vrfy,
    /// ETRN (RFC 1985), always answered 459.
    Etrn,
    /// HELP, listed as some servers do; the command is known in any case.
    Help,
}

/// What a kind of server announces and how strict it is.
///
/// Only what is announced is accepted. Profiles resemble the servers they are named after; they
/// are not copies of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name it was made from.
    pub name: String,
    /// What the reply to EHLO lists, in this order.
    pub extensions: Vec<Extension>,
    /// What AUTH lists, in this order. PLAIN and LOGIN are built; any other answers 504.
    pub mechanisms: Vec<String>,
    /// The SIZE announced and enforced, in octets; None announces `SIZE 0` and enforces nothing.
    pub size: Option<u64>,
    /// Recipients of one mail; the next gets 452. None leaves it to
    /// [`Limits::recipients`](crate::Limits::recipients), which holds in any case.
    pub recipients: Option<usize>,
    /// How many mails a connection may begin.
    pub mail_limit: MailLimit,
    /// What becomes of input that comes before its time.
    pub early_input: EarlyInput,
    /// What becomes of commands that follow content before its reply.
    pub pipelined_input: PipelinedInput,
    /// What becomes of a transaction whose last chunk found no recipient.
    pub refused_chunk: RefusedChunk,
    /// What becomes of a chunk that is beyond SIZE.
    pub oversized_chunk: OversizedChunk,
}

impl Profile {
    /// The same, announcing `extension` too.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        if !self.extensions.contains(&extension) {
            self.extensions.push(extension);
        }
        self
    }

    /// The same without `extension`.
    #[must_use]
    pub fn without(mut self, extension: Extension) -> Self {
        self.extensions.retain(|e| *e != extension);
        self
    }

    /// The same with a SIZE of that many octets.
    #[must_use]
    pub fn with_size(mut self, octets: u64) -> Self {
        self.size = Some(octets);
        self
    }

    /// The same with these mechanisms after AUTH.
    #[must_use]
    pub fn with_mechanisms<I: IntoIterator<Item = S>, S: Into<String>>(mut self, all: I) -> Self {
        self.mechanisms = all.into_iter().map(Into::into).collect();
        self
    }

    /// The same with this rule for early input.
    #[must_use]
    pub fn with_early_input(mut self, rule: EarlyInput) -> Self {
        self.early_input = rule;
        self
    }

    fn new(name: &str, extensions: &[Extension], mechanisms: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            extensions: extensions.to_vec(),
            mechanisms: mechanisms.iter().map(|m| (*m).to_owned()).collect(),
            size: None,
            recipients: None,
            mail_limit: MailLimit::default(),
            early_input: EarlyInput::default(),
            pipelined_input: PipelinedInput::default(),
            refused_chunk: RefusedChunk::default(),
            oversized_chunk: OversizedChunk::default(),
        }
    }

    /// The line of the EHLO reply for one extension.
    pub(crate) fn keyword(&self, extension: Extension) -> String {
        match extension {
            Extension::Size => format!("SIZE {}", self.size.unwrap_or(0)),
            Extension::EightBitMime => "8BITMIME".into(),
            Extension::StartTls => "STARTTLS".into(),
            Extension::Auth => format!("AUTH {}", self.mechanisms.join(" ")),
            Extension::EnhancedStatusCodes => "ENHANCEDSTATUSCODES".into(),
            Extension::Pipelining => "PIPELINING".into(),
            Extension::Chunking => "CHUNKING".into(),
            Extension::BinaryMime => "BINARYMIME".into(),
            Extension::SmtpUtf8 => "SMTPUTF8".into(),
            Extension::Dsn => "DSN".into(),
            Extension::Vrfy => "VRFY".into(),
            Extension::Etrn => "ETRN".into(),
            Extension::Help => "HELP".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_announced_once_or_not_at_all() {
        let profile = Profile::gmail().with(Extension::Size).without(Extension::Chunking);
        let sizes = profile.extensions.iter().filter(|e| **e == Extension::Size).count();
        assert_eq!((sizes, profile.extensions.contains(&Extension::Chunking)), (1, false));
    }
}

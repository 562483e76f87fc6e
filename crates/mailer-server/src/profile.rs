//! Profiles: the extensions that a server announces, and its behaviour, as data.

mod habits;
mod named;

pub use habits::{
    EarlyInput, GroupReplies, MailLimit, OversizedChunk, PipelinedInput, RefusedChunk,
};

/// A service extension that the server can announce in its reply to EHLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Extension {
    /// SIZE with the limit in bytes (RFC 1870).
    Size,
    /// 8BITMIME (RFC 6152).
    EightBitMime,
    /// STARTTLS (RFC 3207); announced only before TLS is active.
    StartTls,
    /// AUTH with the profile's mechanisms (RFC 4954); announced only where AUTH is accepted.
    Auth,
    /// ENHANCEDSTATUSCODES (RFC 2034); without it replies have no enhanced status codes.
    EnhancedStatusCodes,
    /// PIPELINING (RFC 2920).
    Pipelining,
    /// CHUNKING (RFC 3030), which defines BDAT.
    Chunking,
    /// BINARYMIME (RFC 3030 §3).
    BinaryMime,
    /// SMTPUTF8 (RFC 6531).
    SmtpUtf8,
    /// DSN (RFC 3461).
    Dsn,
    /// VRFY, which some servers list. The server knows the command in any case.
    Vrfy,
    /// ETRN (RFC 1985), which the server always answers with 459.
    Etrn,
    /// HELP, which some servers list. The server knows the command in any case.
    Help,
}

/// The extensions that a kind of server announces, and how strict it is.
///
/// A command or parameter of an extension that is not announced is refused. A group of commands
/// without PIPELINING is accepted, as most servers do, unless [`early_input`](Self::early_input)
/// refuses it. Profiles resemble the servers that they are named after; they are not exact copies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The name of the profile, as in [`Profile::named`].
    pub name: String,
    /// The extensions in the reply to EHLO, in this order.
    pub extensions: Vec<Extension>,
    /// The mechanisms of AUTH in the reply to EHLO, in this order. The server implements
    /// SCRAM-SHA-256, PLAIN, LOGIN, OAUTHBEARER and XOAUTH2, and answers 504 to any other.
    pub mechanisms: Vec<String>,
    /// The largest message in bytes, announced with SIZE and enforced. None announces `SIZE 0`, which
    /// is no limit.
    pub size: Option<u64>,
    /// The most recipients of one message; the next is refused with 452.
    /// [`Limits::recipients`](crate::Limits::recipients) applies too.
    pub recipients: Option<usize>,
    /// How many transactions a connection may begin.
    pub mail_limit: MailLimit,
    /// How the server treats input that arrives too early.
    pub early_input: EarlyInput,
    /// How the server treats commands that arrive between the content and its reply.
    pub pipelined_input: PipelinedInput,
    /// How the server sends the replies to commands that arrived together.
    pub group_replies: GroupReplies,
    /// How the server treats a transaction whose last chunk was refused for lack of recipients.
    pub refused_chunk: RefusedChunk,
    /// How the server treats a chunk that exceeds SIZE.
    pub oversized_chunk: OversizedChunk,
}

impl Extension {
    /// Every extension.
    pub const ALL: &'static [Self] = &[
        Self::Size,
        Self::EightBitMime,
        Self::StartTls,
        Self::Auth,
        Self::EnhancedStatusCodes,
        Self::Pipelining,
        Self::Chunking,
        Self::BinaryMime,
        Self::SmtpUtf8,
        Self::Dsn,
        Self::Vrfy,
        Self::Etrn,
        Self::Help,
    ];
}

impl Profile {
    /// Adds an extension at the end of the list, unless it is there already.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        if !self.extensions.contains(&extension) {
            self.extensions.push(extension);
        }
        self
    }

    /// Removes an extension.
    #[must_use]
    pub fn without(mut self, extension: Extension) -> Self {
        self.extensions.retain(|e| *e != extension);
        self
    }

    /// Sets the largest message, in bytes.
    #[must_use]
    pub fn with_size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Sets the mechanisms of AUTH.
    #[must_use]
    pub fn with_mechanisms<I: IntoIterator<Item = S>, S: Into<String>>(mut self, all: I) -> Self {
        self.mechanisms = all.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a mechanism of AUTH at the end of the list, unless it is there already.
    #[must_use]
    pub fn with_mechanism(mut self, mechanism: impl Into<String>) -> Self {
        let mechanism = mechanism.into();
        if !self.mechanisms.contains(&mechanism) {
            self.mechanisms.push(mechanism);
        }
        self
    }

    /// Sets how many transactions a connection may begin.
    #[must_use]
    pub fn with_mail_limit(mut self, limit: MailLimit) -> Self {
        self.mail_limit = limit;
        self
    }

    /// Sets how the server treats input that arrives too early.
    #[must_use]
    pub fn with_early_input(mut self, rule: EarlyInput) -> Self {
        self.early_input = rule;
        self
    }

    /// Sets how the server sends the replies to commands that arrived together.
    #[must_use]
    pub fn with_group_replies(mut self, sending: GroupReplies) -> Self {
        self.group_replies = sending;
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
            group_replies: GroupReplies::default(),
            refused_chunk: RefusedChunk::default(),
            oversized_chunk: OversizedChunk::default(),
        }
    }

    /// Returns the line of the EHLO reply for one extension.
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
    fn with_adds_an_extension_once_and_without_removes_it() {
        let profile = Profile::gmail().with(Extension::Size).without(Extension::Chunking);
        let sizes = profile.extensions.iter().filter(|e| **e == Extension::Size).count();
        assert_eq!((sizes, profile.extensions.contains(&Extension::Chunking)), (1, false));
    }
}

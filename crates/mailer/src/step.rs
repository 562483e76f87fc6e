//! The steps and phases of an SMTP session.

use std::fmt;

use crate::names::impl_names;

/// A step of an SMTP session: what the client was doing or waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The mail is checked and rendered, before any network access.
    Prepare,
    /// The host name is resolved and the TCP connection is made.
    Connect,
    /// The server's greeting, 220 (RFC 5321 §4.3.1).
    Greeting,
    /// EHLO, or HELO, before TLS or in a session without STARTTLS.
    Ehlo,
    /// STARTTLS and its reply (RFC 3207).
    StartTls,
    /// The TLS handshake.
    Tls,
    /// The second EHLO, inside TLS (RFC 3207 §4.2).
    EhloAgain,
    /// AUTH, its challenges and the final reply (RFC 4954).
    Auth,
    /// MAIL FROM and its reply.
    Mail,
    /// RCPT TO and its reply, once per recipient.
    Recipient,
    /// DATA, until the reply 354.
    Data,
    /// The transfer of the content.
    Content,
    /// The final reply to a mail, after the dot of DATA or the last chunk of BDAT.
    EndOfData,
    /// RSET and its reply.
    Reset,
    /// NOOP and its reply.
    Noop,
    /// QUIT and its reply, 221.
    Quit,
}

impl Step {
    /// All steps, in the order of a session.
    pub const ALL: &[Self] = &[
        Self::Prepare,
        Self::Connect,
        Self::Greeting,
        Self::Ehlo,
        Self::StartTls,
        Self::Tls,
        Self::EhloAgain,
        Self::Auth,
        Self::Mail,
        Self::Recipient,
        Self::Data,
        Self::Content,
        Self::EndOfData,
        Self::Reset,
        Self::Noop,
        Self::Quit,
    ];

    /// Returns the phase that this step counts towards in tables of times.
    #[must_use]
    pub fn phase(self) -> Phase {
        match self {
            Self::Prepare | Self::Connect => Phase::Connect,
            Self::Greeting => Phase::Greeting,
            Self::Ehlo => Phase::Ehlo,
            Self::StartTls => Phase::StartTls,
            Self::Tls => Phase::Tls,
            Self::EhloAgain => Phase::EhloAgain,
            Self::Auth => Phase::Auth,
            Self::Mail | Self::Recipient | Self::Data | Self::Reset | Self::Noop => Phase::Envelope,
            Self::Content => Phase::Content,
            Self::EndOfData => Phase::FinalReply,
            Self::Quit => Phase::Quit,
        }
    }

    /// Returns the name in messages, as in "refused at RCPT TO".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prepare => "preparation",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Ehlo => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Tls => "TLS handshake",
            Self::EhloAgain => "EHLO inside TLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "content",
            Self::EndOfData => "end of data",
            Self::Reset => "RSET",
            Self::Noop => "NOOP",
            Self::Quit => "QUIT",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A phase of a session: a row in tables of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Name resolution and the TCP connection.
    Connect,
    /// The wait for the server's greeting, 220.
    Greeting,
    /// The first EHLO and its reply.
    Ehlo,
    /// STARTTLS and its reply.
    StartTls,
    /// The TLS handshake.
    Tls,
    /// The EHLO inside TLS and its reply.
    EhloAgain,
    /// The AUTH exchange.
    Auth,
    /// MAIL, RCPT and DATA, with RSET and NOOP.
    Envelope,
    /// The transfer of the content.
    Content,
    /// The wait for the reply to the content.
    FinalReply,
    /// QUIT and its reply.
    Quit,
}

impl Phase {
    /// All phases, in the order of a session.
    pub const ALL: &'static [Self] = &[
        Self::Connect,
        Self::Greeting,
        Self::Ehlo,
        Self::StartTls,
        Self::Tls,
        Self::EhloAgain,
        Self::Auth,
        Self::Envelope,
        Self::Content,
        Self::FinalReply,
        Self::Quit,
    ];

    /// Returns the name in tables and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Ehlo => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Tls => "TLS",
            Self::EhloAgain => "EHLO in TLS",
            Self::Auth => "AUTH",
            Self::Envelope => "envelope",
            Self::Content => "content",
            Self::FinalReply => "final reply",
            Self::Quit => "QUIT",
        }
    }
}

impl_names!(Phase, "a phase of a session");

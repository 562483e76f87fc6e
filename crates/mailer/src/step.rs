//! Where in a dialogue something happened.

use std::fmt;

/// A step of an SMTP session: what was being done or waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Before the network: the mail is checked and rendered.
    Prepare,
    /// The host name is resolved and TCP connects.
    Connect,
    /// The server's 220.
    Greeting,
    /// EHLO (or HELO) before TLS, or the only one.
    Ehlo,
    /// STARTTLS and its reply.
    StartTls,
    /// The TLS handshake.
    Tls,
    /// EHLO inside TLS, where it is said again.
    EhloAgain,
    /// AUTH and its challenges.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Recipient,
    /// DATA, until 354.
    Data,
    /// The content on its way to the server.
    Content,
    /// The reply to the whole mail, after the dot or the last chunk.
    EndOfData,
    /// RSET.
    Reset,
    /// NOOP.
    Noop,
    /// QUIT and its 221.
    Quit,
}

impl Step {
    /// The part of a session that this step belongs to in tables of times.
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

    /// What people call it, as in "refused at RCPT TO".
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

/// A part of a session as tables of times show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// TCP.
    Connect,
    /// The server's 220.
    Greeting,
    /// The first EHLO.
    Ehlo,
    /// STARTTLS.
    StartTls,
    /// The TLS handshake.
    Tls,
    /// EHLO inside TLS.
    EhloAgain,
    /// AUTH.
    Auth,
    /// MAIL, RCPT and DATA.
    Envelope,
    /// The content.
    Content,
    /// The wait for the reply to the content.
    FinalReply,
    /// QUIT.
    Quit,
}

impl Phase {
    /// All phases, in the order of a session.
    pub const ALL: [Self; 11] = [
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

    /// The name in tables and in JSON.
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

//! When a connection starts TLS.

use crate::names::impl_names;

/// When a connection starts TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Security {
    /// STARTTLS is required (RFC 3207). Without it, no AUTH and no mail is sent.
    Required,
    /// TLS starts with the first byte (RFC 8314 §3.3).
    Implicit,
    /// STARTTLS is used if the server announces it. A password is never sent without TLS.
    Opportunistic,
    /// TLS is not used.
    None,
}

impl Security {
    /// All values.
    pub const ALL: &'static [Self] =
        &[Self::Required, Self::Implicit, Self::Opportunistic, Self::None];

    /// Returns the name in URLs (`tls=`) and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Implicit => "implicit",
            Self::Opportunistic => "opportunistic",
            Self::None => "none",
        }
    }

    /// Returns the usual port: 587 (RFC 6409), 465 (RFC 8314) or 25 (RFC 5321).
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Required | Self::Opportunistic => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

impl_names!(Security, "a kind of connection security");

//! The mechanisms of AUTH.

/// A mechanism that this server implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// SCRAM-SHA-256 (RFC 5802, RFC 7677).
    ScramSha256,
    /// PLAIN (RFC 4616).
    Plain,
    /// LOGIN, which no RFC defines (draft-murchison-sasl-login) and every server offers.
    Login,
    /// OAUTHBEARER (RFC 7628).
    OAuthBearer,
    /// XOAUTH2, which Google and Microsoft define.
    XOAuth2,
}

impl Mechanism {
    const ALL: [Self; 5] =
        [Self::ScramSha256, Self::Plain, Self::Login, Self::OAuthBearer, Self::XOAuth2];

    /// Returns the mechanism with this name, in any case; None if this server does not implement it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::OAuthBearer => "OAUTHBEARER",
            Self::XOAuth2 => "XOAUTH2",
        }
    }
}

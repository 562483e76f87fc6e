//! When the embedded server starts TLS.

use clap::ValueEnum;

/// When TLS starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tls {
    /// With STARTTLS, which clients must use
    Starttls,
    /// From the first byte
    Implicit,
    /// Never
    None,
}

impl Tls {
    /// What clients are told.
    pub(crate) fn security(self) -> mailer::Security {
        match self {
            Self::Starttls => mailer::Security::Required,
            Self::Implicit => mailer::Security::Implicit,
            Self::None => mailer::Security::None,
        }
    }
}

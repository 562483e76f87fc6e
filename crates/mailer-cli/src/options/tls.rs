//! When the embedded server starts TLS.

use clap::ValueEnum;

use super::with_values;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tls {
    /// after STARTTLS, which is required
    Starttls,
    /// from the first byte
    Implicit,
    /// never
    None,
}

impl Tls {
    /// Returns the setting of a client of this server.
    pub(crate) fn security(self) -> mailer::Security {
        match self {
            Self::Starttls => mailer::Security::Required,
            Self::Implicit => mailer::Security::Implicit,
            Self::None => mailer::Security::None,
        }
    }
}

/// Returns the long help of an option that is a [`Tls`].
pub(crate) fn tls_help(text: &str) -> String {
    with_values(text, Tls::value_variants().iter().filter_map(Tls::to_possible_value))
}

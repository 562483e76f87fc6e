//! The TLS library of a client.

use crate::names::impl_names;

/// The library that a client uses for TLS.
///
/// Both verify certificates and names by default, and both trust the same certificates:
/// [`Server::trust`](crate::Server::trust).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TlsLibrary {
    /// native-tls, which calls the system's library: OpenSSL on Linux.
    #[default]
    NativeTls,
    /// rustls, which is written in Rust, with the cryptography of ring.
    Rustls,
}

impl TlsLibrary {
    /// All values, the default first.
    pub const ALL: &'static [Self] = &[Self::NativeTls, Self::Rustls];

    /// Returns the name on the command line and in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NativeTls => "native-tls",
            Self::Rustls => "rustls",
        }
    }
}

impl_names!(TlsLibrary, "a TLS library");

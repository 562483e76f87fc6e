//! What each TLS library accepts and refuses, as data.

/// A server's certificate or TLS version, and what a client with each TLS library does.
///
/// Both backends behave alike, because the library decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsCase {
    /// A short name, for tests.
    pub name: &'static str,
    /// What the server has, or what the client trusts.
    pub server: &'static str,
    /// Whether native-tls accepts it, with the OpenSSL 3 of a Linux distribution.
    pub native_tls: bool,
    /// Whether rustls accepts it.
    pub rustls: bool,
}

const fn case(name: &'static str, server: &'static str, native_tls: bool, rustls: bool) -> TlsCase {
    TlsCase { name, server, native_tls, rustls }
}

/// All cases; the test `tls` has a server for each. `docs/tls.md` shows them.
pub const TLS_CASES: &[TlsCase] = &[
    case("good", "the name of the server in a certificate of a trusted CA", true, true),
    case("wildcard", "`*.example.test` for the host `mail.example.test`", true, true),
    case("deep-wildcard", "`*.example.test` for the host `mail.lab.example.test`", false, false),
    case("address", "an IP address as `iPAddress` for a host that is this address", true, true),
    case(
        "address-as-name",
        "an IP address as `dNSName` for a host that is this address",
        false,
        false,
    ),
    case("other-name", "another name", false, false),
    case("expired", "a certificate that has expired", false, false),
    case(
        "common-name",
        "the name as the common name (CN) only, without a subjectAltName",
        true,
        false,
    ),
    case("version-1", "an X.509 v1 certificate, which has no extensions", true, false),
    case(
        "self-signed",
        "a self-signed certificate that is no CA, and that the client trusts",
        true,
        true,
    ),
    case(
        "ca-itself",
        "the certificate of a CA that the client trusts (`openssl req -x509`)",
        true,
        false,
    ),
    case(
        "intermediate",
        "a certificate of an intermediate CA, the only one that the client trusts",
        false,
        true,
    ),
    case("client-only", "a certificate for clients only (extendedKeyUsage)", false, false),
    case("unknown-critical", "an unknown critical extension", false, false),
    case("sha-1", "a signature with SHA-1", false, false),
    case("rsa-1024", "an RSA key of 1024 bits", false, false),
    case("rsa-2048", "an RSA key of 2048 bits", true, true),
    case("ed25519", "an Ed25519 key", true, true),
    case("p-521", "a key on the curve P-521", true, false),
    case("tls-1.1", "TLS 1.1 as the latest version", false, false),
    case("tls-1.2", "TLS 1.2 as the latest version", true, true),
];

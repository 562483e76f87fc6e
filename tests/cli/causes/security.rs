//! Failures of TLS and AUTH.

use mailer_server::{Account, CertificateKind, Config, Extension, Fault, Point, Profile};

use super::{Cause, IMPLICIT, PLAIN, STARTTLS};

fn secured(point: Point, reply: &str) -> Config {
    Config::default().with_fault(Fault::at(point).reply(reply))
}

/// Failures of TLS: absent, refused, or with an invalid certificate.
pub(crate) const SECURITY: &[Cause] = &[
    Cause {
        name: "STARTTLS is not offered",
        server: || Config::default().with_profile(Profile::gmail().without(Extension::StartTls)),
        url: STARTTLS,
        options: &[],
        status: 76,
        kind: "tls",
        contains: &["STARTTLS", "does not offer", "smtps://", "?tls=none"],
    },
    Cause {
        name: "STARTTLS is refused",
        server: || secured(Point::StartTls, "502 5.5.1 Not today"),
        url: STARTTLS,
        options: &[],
        status: 76,
        kind: "tls",
        contains: &["STARTTLS", "502 5.5.1 Not today"],
    },
    Cause {
        name: "STARTTLS is refused for now",
        server: || secured(Point::StartTls, "454 4.7.0 TLS is resting"),
        url: STARTTLS,
        options: &[],
        status: 75,
        kind: "temporary",
        contains: &["STARTTLS", "454 4.7.0 TLS is resting"],
    },
    Cause {
        name: "the certificate is of an unknown CA",
        server: || Config::default().with_certificate(CertificateKind::SelfSigned),
        url: STARTTLS,
        options: &[],
        status: 76,
        kind: "tls",
        contains: &["certificate of localhost", "--ca"],
    },
    Cause {
        name: "the certificate is out of date",
        server: || Config::implicit().with_certificate(CertificateKind::Expired),
        url: IMPLICIT,
        options: &[],
        status: 76,
        kind: "tls",
        contains: &["certificate of localhost", "expired"],
    },
    Cause {
        name: "the certificate is for another host",
        server: || Config::implicit().with_certificate(CertificateKind::WrongHost),
        url: IMPLICIT,
        options: &[],
        status: 76,
        kind: "tls",
        contains: &["certificate of localhost", "mismatch"],
    },
    Cause {
        name: "smtp:// to a server that expects TLS",
        server: Config::implicit,
        url: STARTTLS,
        options: &["--timeout", "1"],
        status: 75,
        kind: "timed_out",
        contains: &["greeting", "within 1 s", "smtps://"],
    },
    Cause {
        name: "smtps:// to a server that greets without TLS",
        server: Config::default,
        url: IMPLICIT,
        options: &[],
        status: 76,
        kind: "tls",
        contains: &["TLS handshake", "does not speak TLS", "smtp://"],
    },
    Cause {
        name: "the connection ends in the TLS handshake",
        server: || Config::default().with_fault(Fault::at(Point::TlsHandshake).close()),
        url: STARTTLS,
        options: &[],
        status: 75,
        kind: "lost",
        contains: &["TLS handshake"],
    },
];

/// Failures of AUTH.
pub(crate) const LOGINS: &[Cause] = &[
    Cause {
        name: "the password is wrong",
        server: || {
            let mut config = Config::default();
            // The test sends the password of the first account and the user of the second.
            config.accounts.insert(0, Account::new("ann@example.test", "another"));
            config
        },
        url: STARTTLS,
        options: &[],
        status: 77,
        kind: "authentication",
        contains: &["AUTH", "535 5.7.8", "check both", "app password"],
    },
    Cause {
        name: "AUTH fails for now",
        server: || secured(Point::Auth, "454 4.7.0 Ask me later"),
        url: STARTTLS,
        options: &[],
        status: 75,
        kind: "temporary",
        contains: &["AUTH", "454 4.7.0 Ask me later"],
    },
    Cause {
        name: "AUTH is not offered",
        server: || Config::default().with_profile(Profile::gmail().without(Extension::Auth)),
        url: STARTTLS,
        options: &[],
        status: 77,
        kind: "authentication",
        contains: &["AUTH", "--user"],
    },
    Cause {
        name: "the server wants a login and gets none",
        server: || Config::plain().with_auth_required(true),
        url: PLAIN,
        options: &[],
        status: 69,
        kind: "refused",
        contains: &["MAIL FROM", "530 5.7.0"],
    },
];

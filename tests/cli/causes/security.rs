//! What goes wrong before a server would take a mail: TLS and AUTH.

use mailer_server::{Account, CertificateKind, Config, Extension, Fault, Point, Profile};

use super::{Cause, IMPLICIT, PLAIN, STARTTLS};

fn secured(point: Point, reply: &str) -> Config {
    Config::default().with_fault(Fault::at(point).reply(reply))
}

/// TLS, its absence and its certificates.
pub(crate) const SECURITY: &[Cause] = &[
    Cause {
        name: "STARTTLS is not offered",
        server: || Config::default().with_profile(Profile::gmail().without(Extension::StartTls)),
        url: STARTTLS,
        options: &[],
        status: 76,
        kind: "tls",
        says: &["STARTTLS", "does not offer", "smtps://", "?tls=none"],
    },
    Cause {
        name: "STARTTLS is refused",
        server: || secured(Point::StartTls, "502 5.5.1 Not today"),
        url: STARTTLS,
        options: &[],
        status: 76,
        kind: "tls",
        says: &["STARTTLS", "502 5.5.1 Not today"],
    },
    Cause {
        name: "STARTTLS is refused for now",
        server: || secured(Point::StartTls, "454 4.7.0 TLS is resting"),
        url: STARTTLS,
        options: &[],
        status: 75,
        kind: "temporary",
        says: &["STARTTLS", "454 4.7.0 TLS is resting"],
    },
    Cause {
        name: "the certificate is of an unknown CA",
        server: || Config::default().with_certificate(CertificateKind::SelfSigned),
        url: STARTTLS,
        options: &[],
        status: 76,
        kind: "tls",
        says: &["certificate of localhost", "--ca"],
    },
    Cause {
        name: "the certificate is out of date",
        server: || Config::implicit().with_certificate(CertificateKind::Expired),
        url: IMPLICIT,
        options: &[],
        status: 76,
        kind: "tls",
        says: &["certificate of localhost", "expired"],
    },
    Cause {
        name: "the certificate is for another host",
        server: || Config::implicit().with_certificate(CertificateKind::WrongHost),
        url: IMPLICIT,
        options: &[],
        status: 76,
        kind: "tls",
        says: &["certificate of localhost", "mismatch"],
    },
    Cause {
        name: "smtp:// to a server that waits for TLS",
        server: Config::implicit,
        url: STARTTLS,
        options: &["--timeout", "1"],
        status: 75,
        kind: "timed_out",
        says: &["greeting", "within 1 s", "smtps://"],
    },
    Cause {
        name: "smtps:// to a server that greets in the clear",
        server: Config::default,
        url: IMPLICIT,
        options: &[],
        status: 76,
        kind: "tls",
        says: &["TLS handshake", "does not speak TLS", "smtp://"],
    },
    Cause {
        name: "the connection ends in the TLS handshake",
        server: || Config::default().with_fault(Fault::at(Point::TlsHandshake).close()),
        url: STARTTLS,
        options: &[],
        status: 75,
        kind: "lost",
        says: &["TLS handshake"],
    },
];

/// AUTH.
pub(crate) const LOGINS: &[Cause] = &[
    Cause {
        name: "the password is wrong",
        server: || {
            let mut config = Config::default();
            // The first account's password is sent, and the second account's user.
            config.accounts.insert(0, Account::new("ann@example.test", "another"));
            config
        },
        url: STARTTLS,
        options: &[],
        status: 77,
        kind: "authentication",
        says: &["AUTH", "535 5.7.8", "check both", "app password"],
    },
    Cause {
        name: "AUTH fails for now",
        server: || secured(Point::Auth, "454 4.7.0 Ask me later"),
        url: STARTTLS,
        options: &[],
        status: 75,
        kind: "temporary",
        says: &["AUTH", "454 4.7.0 Ask me later"],
    },
    Cause {
        name: "AUTH is not offered",
        server: || Config::default().with_profile(Profile::gmail().without(Extension::Auth)),
        url: STARTTLS,
        options: &[],
        status: 77,
        kind: "authentication",
        says: &["AUTH", "--user"],
    },
    Cause {
        name: "the server wants a login and gets none",
        server: || Config::plain().with_auth_required(true),
        url: PLAIN,
        options: &[],
        status: 69,
        kind: "refused",
        says: &["MAIL FROM", "530 5.7.0"],
    },
];

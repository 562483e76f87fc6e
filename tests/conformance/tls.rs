//! Servers without TLS, with faulty TLS, or with an invalid certificate.

use std::sync::LazyLock;

use mailer::{
    ClientCertificate,
    Kind::{Temporary, TimedOut, Tls},
    Security::{Implicit, None as Clear, Opportunistic, Required},
    Server, Step, Trust,
};
use mailer_server::{
    Authority, CertificateKind, Config, Extension, Fault, Point, Security, TlsVersions,
};

use crate::{
    accepts::without,
    case::{BY_STARTTLS, Case, Expected, INSIDE_TLS, not_sent},
};

/// Commands that the client must not send before TLS.
const NOTHING: &[&str] = &["AUTH", "MAIL", "RCPT", "DATA"];

const REFUSALS: &[(&str, &str, Expected)] = &[
    ("refuses_starttls", "502 5.5.1 not here", not_sent(Tls, Step::StartTls)),
    ("refuses_starttls_for_now", "454 4.7.0 no TLS now", not_sent(Temporary, Step::StartTls)),
];

const BAD_CERTIFICATES: &[(&str, CertificateKind)] = &[
    ("has_an_expired_certificate", CertificateKind::Expired),
    ("has_a_certificate_for_another_host", CertificateKind::WrongHost),
    ("has_a_self_signed_certificate", CertificateKind::SelfSigned),
    ("has_a_certificate_that_is_not_valid_yet", CertificateKind::NotYetValid),
    ("has_a_certificate_of_another_ca", CertificateKind::UnknownAuthority),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = missing();
    cases.extend(refused());
    cases.extend(certificates());
    cases.extend(misunderstood());
    cases.extend(client_certificates());
    cases.into_iter().map(Case::about_tls).collect()
}

/// The CA of the clients' certificates.
static CLIENTS: LazyLock<Authority> = LazyLock::new(|| Authority::generate().expect("a CA"));

/// Servers that require a client certificate. Under TLS 1.2 they refuse it during the handshake, and under
/// TLS 1.3 after it.
fn client_certificates() -> Vec<Case> {
    let requires = |name: &str| {
        Case::new(format!("requires_a_client_certificate{name}"))
            .modes(INSIDE_TLS)
            .server(|config| config.client_ca = Some(CLIENTS.certificate_pem().to_owned()))
            .client_never_sends(NOTHING)
    };
    let old = |config: &mut Config| config.tls_versions = TlsVersions::Tls12;
    let stranger = || certificate_of(&Authority::generate().expect("another CA"));
    let known = || certificate_of(&CLIENTS);
    vec![
        requires("").presents(known()).client_never_sends(&[]),
        requires("_by_tls_1_2").server(old).presents(known()).client_never_sends(&[]),
        requires("_and_gets_none_by_tls_1_2").server(old).expects([not_sent(Tls, Step::Tls)]),
        requires("_of_another_ca_by_tls_1_2")
            .server(old)
            .presents(stranger())
            .expects([not_sent(Tls, Step::Tls)]),
        requires("_and_gets_none_after_starttls")
            .modes(BY_STARTTLS)
            .expects([not_sent(Tls, Step::EhloAgain)]),
        requires("_and_gets_none").modes(&[Implicit]).expects([not_sent(Tls, Step::Greeting)]),
        requires("_of_another_ca_after_starttls")
            .modes(BY_STARTTLS)
            .presents(stranger())
            .expects([not_sent(Tls, Step::EhloAgain)]),
        requires("_of_another_ca")
            .modes(&[Implicit])
            .presents(stranger())
            .expects([not_sent(Tls, Step::Greeting)]),
    ]
}

fn certificate_of(authority: &Authority) -> Option<ClientCertificate> {
    let (certificate, key) = authority.issue_client("Ann").expect("a certificate");
    ClientCertificate::from_pem(certificate.as_bytes(), key.as_bytes()).ok()
}

fn missing() -> Vec<Case> {
    let case = |name| Case::new(name).server(without(Extension::StartTls));
    vec![
        case("does_not_offer_starttls")
            .modes(BY_STARTTLS)
            .expects([not_sent(Tls, Step::StartTls)])
            .client_never_sends(NOTHING),
        case("does_not_offer_starttls_and_requires_no_password")
            .modes(&[Required])
            .without_credentials()
            .expects([not_sent(Tls, Step::StartTls)])
            .client_never_sends(NOTHING),
        // An attacker on the path has removed STARTTLS, to see the password in the clear.
        case("offers_auth_and_no_starttls")
            .modes(BY_STARTTLS)
            .server(|config| config.allow_auth_without_tls = true)
            .expects([not_sent(Tls, Step::StartTls)])
            .client_never_sends(NOTHING),
        case("accepts_mail_in_the_clear")
            .modes(&[Opportunistic])
            .without_credentials()
            .server(|config| config.tls_required = false),
        Case::new("accepts_mail_either_way")
            .modes(&[Opportunistic])
            .without_credentials()
            .server(|config| config.tls_required = false),
    ]
}

fn refused() -> impl Iterator<Item = Case> {
    REFUSALS.iter().flat_map(|&(name, reply, expected)| {
        let case = |name: String| {
            let fault = Fault::at(Point::StartTls).reply(reply);
            Case::new(name).fault(fault).expects([expected]).client_never_sends(NOTHING)
        };
        let without_credentials = case(format!("{name}_and_requires_no_password"));
        [
            case(name.to_owned()).modes(BY_STARTTLS),
            // A server that announces STARTTLS must support it, even where TLS is optional.
            without_credentials.modes(&[Opportunistic]).without_credentials(),
        ]
    })
}

fn certificates() -> impl Iterator<Item = Case> {
    let bad = |name: String, kind| {
        Case::new(name).modes(INSIDE_TLS).server(move |config| config.certificate = kind)
    };
    let refused =
        move |case: Case| case.expects([not_sent(Tls, Step::Tls)]).client_never_sends(NOTHING);
    let of_unknown = Case::new("has_a_certificate_of_an_unknown_authority").modes(INSIDE_TLS);
    let of_unknown = of_unknown.client(|server| server.trust = Trust::default());
    let listed = BAD_CERTIFICATES.iter().flat_map(move |&(name, kind)| {
        let optional = bad(format!("{name}_and_requires_no_password"), kind);
        [
            refused(bad(name.to_owned(), kind)),
            refused(optional.modes(&[Opportunistic]).without_credentials()),
            bad(format!("{name}_that_the_client_accepts"), kind)
                .client(accept_invalid_certificates),
        ]
    });
    listed.chain([refused(of_unknown)])
}

/// One side uses TLS, the other does not.
fn misunderstood() -> Vec<Case> {
    vec![
        Case::new("has_no_tls_on_a_tls_port")
            .modes(&[Implicit])
            .server(|config: &mut Config| config.security = Security::Plain)
            .expects([not_sent(Tls, Step::Tls)]),
        Case::new("expects_tls_on_a_plain_port")
            .modes(&[Required, Opportunistic, Clear])
            .server(|config| config.security = Security::Implicit)
            .impatient()
            .expects([not_sent(TimedOut, Step::Greeting)]),
        // Implicit TLS only: after STARTTLS the bytes could arrive with the 220.
        Case::new("replaces_the_handshake_by_text")
            .modes(&[Implicit])
            .fault(Fault::at(Point::TlsHandshake).raw("this is no handshake\r\n"))
            .expects([not_sent(Tls, Step::Tls)]),
    ]
}

fn accept_invalid_certificates(server: &mut Server) {
    server.trust.accept_invalid_certificates();
}

//! Servers and TLS: as they should, not at all, and with the wrong certificate.

use mailer::{
    Kind::{Temporary, TimedOut, Tls},
    Security::{Implicit, None as Clear, Opportunistic, Required},
    Server, Step, Trust,
};
use mailer_server::{CertificateKind, Config, Extension, Fault, Point, Security};

use crate::{
    accepts::without,
    case::{BY_STARTTLS, Case, Fate, INSIDE_TLS, not_sent},
};

/// Before TLS nothing is said but this much.
const NOTHING: &[&str] = &["AUTH", "MAIL", "RCPT", "DATA"];

const REFUSALS: &[(&str, &str, Fate)] = &[
    ("refuses_starttls", "502 5.5.1 not here", not_sent(Tls, Step::StartTls)),
    ("refuses_starttls_for_now", "454 4.7.0 no TLS now", not_sent(Temporary, Step::StartTls)),
];

const BAD_CERTIFICATES: &[(&str, CertificateKind)] = &[
    ("has_an_expired_certificate", CertificateKind::Expired),
    ("has_a_certificate_for_another", CertificateKind::WrongHost),
    ("has_a_certificate_of_its_own", CertificateKind::SelfSigned),
    ("has_a_certificate_of_the_future", CertificateKind::NotYetValid),
    ("has_a_certificate_of_another_authority", CertificateKind::UnknownAuthority),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = missing();
    cases.extend(refused());
    cases.extend(certificates());
    cases.extend(misunderstood());
    cases
}

fn missing() -> Vec<Case> {
    let case = |name| Case::new(name).server(without(Extension::StartTls));
    vec![
        case("does_not_offer_starttls")
            .modes(BY_STARTTLS)
            .fates([not_sent(Tls, Step::StartTls)])
            .unsaid(NOTHING),
        case("does_not_offer_starttls_and_wants_no_password")
            .modes(&[Required])
            .without_credentials()
            .fates([not_sent(Tls, Step::StartTls)])
            .unsaid(NOTHING),
        // Somebody on the path took STARTTLS out, to see the password in the clear.
        case("offers_auth_and_no_starttls")
            .modes(BY_STARTTLS)
            .server(|config| config.allow_auth_without_tls = true)
            .fates([not_sent(Tls, Step::StartTls)])
            .unsaid(NOTHING),
        case("takes_mail_in_the_clear")
            .modes(&[Opportunistic])
            .without_credentials()
            .server(|config| config.tls_required = false),
        Case::new("takes_mail_either_way")
            .modes(&[Opportunistic])
            .without_credentials()
            .server(|config| config.tls_required = false),
    ]
}

fn refused() -> impl Iterator<Item = Case> {
    REFUSALS.iter().flat_map(|&(name, reply, fate)| {
        let case = |name: String| {
            let fault = Fault::at(Point::StartTls).reply(reply);
            Case::new(name).fault(fault).fates([fate]).unsaid(NOTHING)
        };
        let without_credentials = case(format!("{name}_and_wants_no_password"));
        [
            case(name.to_owned()).modes(BY_STARTTLS),
            // Whoever announces STARTTLS has to keep it, even where it was optional.
            without_credentials.modes(&[Opportunistic]).without_credentials(),
        ]
    })
}

fn certificates() -> impl Iterator<Item = Case> {
    let bad = |name: String, kind| {
        Case::new(name).modes(INSIDE_TLS).server(move |config| config.certificate = kind)
    };
    let refused = move |case: Case| case.fates([not_sent(Tls, Step::Tls)]).unsaid(NOTHING);
    let of_unknown = Case::new("has_a_certificate_of_nobody_known").modes(INSIDE_TLS);
    let of_unknown = of_unknown.client(|server| server.trust = Trust::default());
    let listed = BAD_CERTIFICATES.iter().flat_map(move |&(name, kind)| {
        let optional = bad(format!("{name}_and_wants_no_password"), kind);
        [
            refused(bad(name.to_owned(), kind)),
            refused(optional.modes(&[Opportunistic]).without_credentials()),
            bad(format!("{name}_and_is_believed"), kind).client(believe_anybody),
        ]
    });
    listed.chain([refused(of_unknown)])
}

/// One side speaks TLS where the other does not.
fn misunderstood() -> Vec<Case> {
    vec![
        Case::new("speaks_no_tls_on_a_port_for_it")
            .modes(&[Implicit])
            .server(|config: &mut Config| config.security = Security::Plain)
            .fates([not_sent(Tls, Step::Tls)]),
        Case::new("waits_for_tls_on_a_plain_port")
            .modes(&[Required, Opportunistic, Clear])
            .server(|config| config.security = Security::Implicit)
            .impatient()
            .fates([not_sent(TimedOut, Step::Greeting)]),
        // After STARTTLS the same bytes may come with the 220, and are another matter then.
        Case::new("says_what_is_not_tls")
            .modes(&[Implicit])
            .fault(Fault::at(Point::TlsHandshake).raw("this is no handshake\r\n"))
            .fates([not_sent(Tls, Step::Tls)]),
    ]
}

fn believe_anybody(server: &mut Server) {
    server.trust.accept_invalid_certificates();
}

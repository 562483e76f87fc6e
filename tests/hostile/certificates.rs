//! Invalid certificates: the client sends neither a password nor a message.

use mailer::{
    Kind::Tls,
    Security::{self, Implicit, Opportunistic, Required},
    Step,
};
use mailer_server::{CertificateKind, Script};

use crate::case::{Case, greets, not_sent};

const SOURCE: &str = "RFC 8314 §4, RFC 7817 §3, RFC 5280 §6; Georgiev et al., CCS 2012";
/// The commands that the client must send neither before TLS nor inside it.
const NOTHING: &[&str] = &["AUTH", "MAIL", "RCPT", "DATA"];

const BAD: &[(&str, CertificateKind, &str)] = &[
    ("expired", CertificateKind::Expired, "its certificate has expired"),
    ("not_yet_valid", CertificateKind::NotYetValid, "its certificate is not valid yet"),
    ("self_signed", CertificateKind::SelfSigned, "its certificate is signed by itself"),
    ("of_another_name", CertificateKind::WrongHost, "its certificate is for another name"),
    (
        "of_an_unknown_ca",
        CertificateKind::UnknownAuthority,
        "its certificate is signed by an unknown CA",
    ),
];

const MODES: [Security; 3] = [Required, Implicit, Opportunistic];

pub(crate) fn cases() -> Vec<Case> {
    let bad = BAD.iter().flat_map(|&(name, kind, description)| {
        MODES.map(|mode| {
            let script = begins(mode).serve().certificate(kind);
            let case = Case::new(format!("{name}_{}", mode.name()), SOURCE, script)
                .security(mode)
                .expects([not_sent(Tls, Step::Tls)])
                .error_contains(&["certificate of localhost", "distrust the path"])
                .client_never_sends(NOTHING);
            match mode {
                // Without a password, because with one this mode behaves like required.
                Opportunistic => case,
                Required => case.logs_in().documented_as(description),
                _ => case.logs_in(),
            }
        })
    });
    let good = MODES.map(|mode| {
        let script = begins(mode).serve();
        Case::new(format!("good_{}", mode.name()), SOURCE, script).security(mode).logs_in()
    });
    bad.chain(good).collect()
}

fn begins(mode: Security) -> Script {
    if mode == Implicit { Script::new().tls().then(greets()) } else { greets() }
}

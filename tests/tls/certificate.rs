//! The certificate of each case, with the CA that the client trusts.

use openssl::{
    asn1::{Asn1Integer, Asn1Object, Asn1OctetString, Asn1Time},
    bn::BigNum,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{Id, PKey, Private},
    rsa::Rsa,
    ssl::SslVersion,
    x509::{
        X509, X509Builder, X509Extension, X509Name,
        extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName},
    },
};

/// What the server presents, and what the client expects and trusts.
pub(crate) struct Setup {
    /// The name that the client expects.
    pub(crate) host: &'static str,
    pub(crate) key: PKey<Private>,
    pub(crate) certificate: X509,
    /// The trusted certificate in PEM.
    pub(crate) trusted: Vec<u8>,
    pub(crate) latest_version: Option<SslVersion>,
}

/// A certificate with its key.
type Identity = (X509, PKey<Private>);

/// What a certificate says.
struct Recipe {
    key: PKey<Private>,
    name: Name,
    digest: MessageDigest,
    days: i64,
    version: i32,
    is_ca: bool,
    for_clients: bool,
    has_unknown_extension: bool,
}

enum Name {
    Dns(&'static str),
    Ip(&'static str),
    /// The common name only.
    Common(&'static str),
}

impl Setup {
    /// Returns the setup of a case.
    pub(crate) fn new(case: &str) -> Self {
        let root = issue(&Recipe { is_ca: true, ..recipe("Root") }, None);
        let between = issue(&Recipe { is_ca: true, ..recipe("Intermediate") }, Some(&root));
        let recipe = match case {
            "wildcard" | "deep-wildcard" => recipe("*.example.test"),
            "address" => Recipe { name: Name::Ip("127.0.0.1"), ..recipe("") },
            "address-as-name" => recipe("127.0.0.1"),
            "other-name" => recipe("other.example.test"),
            "expired" => Recipe { days: -1, ..recipe(HOST) },
            "common-name" => Recipe { name: Name::Common(HOST), ..recipe("") },
            "version-1" => Recipe { name: Name::Common(HOST), version: 0, ..recipe("") },
            "ca-itself" => Recipe { is_ca: true, ..recipe(HOST) },
            "client-only" => Recipe { for_clients: true, ..recipe(HOST) },
            "unknown-critical" => Recipe { has_unknown_extension: true, ..recipe(HOST) },
            "sha-1" => Recipe { key: rsa(2048), digest: MessageDigest::sha1(), ..recipe(HOST) },
            "rsa-1024" => Recipe { key: rsa(1024), ..recipe(HOST) },
            "rsa-2048" => Recipe { key: rsa(2048), ..recipe(HOST) },
            "ed25519" => {
                Recipe { key: PKey::generate_ed25519().expect("OpenSSL makes it"), ..recipe(HOST) }
            }
            "p-521" => Recipe { key: curve(Nid::SECP521R1), ..recipe(HOST) },
            "good" | "self-signed" | "intermediate" | "tls-1.1" | "tls-1.2" => recipe(HOST),
            unknown => panic!("the case {unknown} has no certificate"),
        };
        let issuer = match case {
            "self-signed" | "ca-itself" => None,
            "intermediate" => Some(&between),
            _ => Some(&root),
        };
        let (certificate, key) = issue(&recipe, issuer);
        let trusted = issuer.map_or(&certificate, |(ca, _)| ca).to_pem().expect("OpenSSL makes it");
        let host = match case {
            "wildcard" => "mail.example.test",
            "deep-wildcard" => "mail.lab.example.test",
            "address" | "address-as-name" => "127.0.0.1",
            _ => HOST,
        };
        let latest_version = match case {
            "tls-1.1" => Some(SslVersion::TLS1_1),
            "tls-1.2" => Some(SslVersion::TLS1_2),
            _ => None,
        };
        Self { host, key, certificate, trusted, latest_version }
    }
}

const HOST: &str = "mail.example.test";

/// Returns a good certificate for this name.
fn recipe(name: &'static str) -> Recipe {
    Recipe {
        key: curve(Nid::X9_62_PRIME256V1),
        name: Name::Dns(name),
        digest: MessageDigest::sha256(),
        days: 30,
        version: 2,
        is_ca: false,
        for_clients: false,
        has_unknown_extension: false,
    }
}

fn curve(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).expect("OpenSSL makes it");
    PKey::from_ec_key(EcKey::generate(&group).expect("OpenSSL makes it")).expect("OpenSSL makes it")
}

fn rsa(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).expect("OpenSSL makes it")).expect("OpenSSL makes it")
}

/// Issues a certificate, signed by this CA or by itself.
fn issue(recipe: &Recipe, issuer: Option<&Identity>) -> Identity {
    let (Name::Dns(name) | Name::Ip(name) | Name::Common(name)) = recipe.name;
    let mut subject = X509Name::builder().expect("OpenSSL makes it");
    subject.append_entry_by_text("CN", name).expect("OpenSSL makes it");
    let subject = subject.build();
    let mut builder = X509::builder().expect("OpenSSL makes it");
    builder.set_version(recipe.version).expect("OpenSSL makes it");
    let serial = BigNum::from_u32(u32::from(recipe.is_ca) + 1).expect("OpenSSL makes it");
    builder
        .set_serial_number(&Asn1Integer::from_bn(&serial).expect("OpenSSL makes it"))
        .expect("OpenSSL makes it");
    builder.set_subject_name(&subject).expect("OpenSSL makes it");
    builder
        .set_issuer_name(issuer.map_or(&*subject, |(ca, _)| ca.subject_name()))
        .expect("OpenSSL makes it");
    builder.set_pubkey(&recipe.key).expect("OpenSSL makes it");
    // Two days ago, so that "expired" lies after it.
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("OpenSSL makes it");
    let now = i64::try_from(now.as_secs()).expect("OpenSSL makes it");
    let day = |days: i64| Asn1Time::from_unix(now + days * 24 * 60 * 60).expect("OpenSSL makes it");
    builder.set_not_before(&day(-2)).expect("OpenSSL makes it");
    builder.set_not_after(&day(recipe.days)).expect("OpenSSL makes it");
    if recipe.version > 0 {
        add_extensions(&mut builder, recipe, issuer);
    }
    let signing_key = issuer.map_or(&recipe.key, |(_, key)| key);
    // Ed25519 has its own digest.
    let has_digest = signing_key.id() != Id::ED25519;
    let digest = if has_digest { recipe.digest } else { MessageDigest::null() };
    builder.sign(signing_key, digest).expect("OpenSSL makes it");
    (builder.build(), recipe.key.clone())
}

fn add_extensions(builder: &mut X509Builder, recipe: &Recipe, issuer: Option<&Identity>) {
    if recipe.is_ca {
        builder
            .append_extension(
                BasicConstraints::new().critical().ca().build().expect("OpenSSL makes it"),
            )
            .expect("OpenSSL makes it");
    }
    let mut names = SubjectAlternativeName::new();
    let names = match recipe.name {
        Name::Dns(name) => Some(names.dns(name)),
        Name::Ip(address) => Some(names.ip(address)),
        Name::Common(_) => None,
    };
    if let Some(names) = names {
        let context = builder.x509v3_context(issuer.map(|(ca, _)| &**ca), None);
        let names = names.build(&context).expect("OpenSSL makes it");
        builder.append_extension(names).expect("OpenSSL makes it");
    }
    if recipe.for_clients {
        builder
            .append_extension(
                ExtendedKeyUsage::new().client_auth().build().expect("OpenSSL makes it"),
            )
            .expect("OpenSSL makes it");
    }
    if recipe.has_unknown_extension {
        let object = Asn1Object::from_str("1.2.3.4.5").expect("OpenSSL makes it");
        let content = Asn1OctetString::new_from_bytes(&[5, 0]).expect("OpenSSL makes it");
        let extension =
            X509Extension::new_from_der(&object, true, &content).expect("OpenSSL makes it");
        builder.append_extension(extension).expect("OpenSSL makes it");
    }
}

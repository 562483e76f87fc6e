//! What kind of server to start, as data.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use crate::{
    fault::Fault,
    options::{
        Account, CertificateKind, FailureHook, KeyLogHook, Limits, MailHook, Security, Store,
        TlsVersions,
    },
    profile::Profile,
    stored_mail::StoredMail,
};

/// What kind of server to start.
///
/// [`Config::default`] is a submission server as Gmail's, on a free port of the loopback: STARTTLS
/// and then AUTH are required, and there is one [throw-away account](Account::throw_away).
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The name the server gives itself in its greeting and in its replies to EHLO and HELO.
    pub name: String,
    /// How TLS comes about.
    pub security: Security,
    /// With [`Security::StartTls`]: whether MAIL is refused (530) before TLS.
    pub tls_required: bool,
    /// The TLS versions offered.
    pub tls_versions: TlsVersions,
    /// How many session tickets follow a TLS 1.3 handshake.
    ///
    /// 2, the default, is what servers on OpenSSL send. That matters to a client that leaves
    /// Nagle's algorithm on: its first command waits for an acknowledgement of its Finished, which
    /// tickets bring at once, and which comes after some 40 ms (the delayed acknowledgement of
    /// Linux) without them. With 0 the server sends nothing after the handshake that was not asked
    /// for, so that flights can be counted exactly, and no session is resumed.
    pub session_tickets: usize,
    /// The certificate shown; all but the first kind are for testing clients.
    pub certificate: CertificateKind,
    /// Who may log in; with no account AUTH is not announced.
    pub accounts: Vec<Account>,
    /// Whether MAIL is refused (530) before AUTH; None: unless `security` is [`Security::Plain`].
    pub auth_required: Option<bool>,
    /// Whether AUTH is announced and taken in the clear.
    pub allow_auth_without_tls: bool,
    /// Recipients answered with `550 5.1.1`, compared without regard to case.
    pub refused_recipients: Vec<String>,
    /// What is announced.
    pub profile: Profile,
    /// Takes the place of the profile's SIZE, in octets.
    pub size_limit: Option<u64>,
    /// Where mails go.
    pub store: Store,
    /// What the server puts up with.
    pub limits: Limits,
    /// Misbehaviour for tests of clients.
    pub faults: Vec<Fault>,
    /// Called with each mail before its 250 is sent.
    pub on_mail: Option<MailHook>,
    /// Called when connections cannot be accepted or served any more, once until one can be.
    pub on_failure: Option<FailureHook>,
    /// Called with each TLS secret, to decrypt a capture of the connection. Without it no secret leaves
    /// the TLS library.
    pub on_tls_secret: Option<KeyLogHook>,
    /// Whether [`transcript`](crate::EmbeddedServer::transcript) is kept; costs some hundred
    /// nanoseconds and a little memory per line.
    pub keep_transcript: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            name: "mail.example.test".into(),
            security: Security::default(),
            tls_required: true,
            tls_versions: TlsVersions::default(),
            session_tickets: 2,
            certificate: CertificateKind::default(),
            accounts: Account::throw_away("user@example.test").into_iter().collect(),
            auth_required: None,
            allow_auth_without_tls: false,
            refused_recipients: Vec::new(),
            profile: Profile::default(),
            size_limit: None,
            store: Store::default(),
            limits: Limits::default(),
            faults: Vec::new(),
            on_mail: None,
            on_failure: None,
            on_tls_secret: None,
            keep_transcript: true,
        }
    }
}

impl Config {
    /// A server without TLS and without AUTH.
    #[must_use]
    pub fn plain() -> Self {
        Self { security: Security::Plain, ..Self::default() }
    }

    /// A server that speaks TLS from the first byte.
    #[must_use]
    pub fn implicit() -> Self {
        Self { security: Security::Implicit, ..Self::default() }
    }

    /// The same, listening there.
    #[must_use]
    pub fn with_listen(mut self, listen: SocketAddr) -> Self {
        self.listen = listen;
        self
    }

    /// The same with this account only.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.accounts = vec![account];
        self
    }

    /// The same, refusing MAIL before AUTH or not.
    #[must_use]
    pub fn with_auth_required(mut self, required: bool) -> Self {
        self.auth_required = Some(required);
        self
    }

    /// The same, refusing this recipient too.
    #[must_use]
    pub fn with_refused_recipient(mut self, address: impl Into<String>) -> Self {
        self.refused_recipients.push(address.into());
        self
    }

    /// The same with this profile.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The same with this certificate.
    #[must_use]
    pub fn with_certificate(mut self, kind: CertificateKind) -> Self {
        self.certificate = kind;
        self
    }

    /// The same with these TLS versions.
    #[must_use]
    pub fn with_tls_versions(mut self, versions: TlsVersions) -> Self {
        self.tls_versions = versions;
        self
    }

    /// The same with this store.
    #[must_use]
    pub fn with_store(mut self, store: Store) -> Self {
        self.store = store;
        self
    }

    /// The same with one more fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// The same, calling `f` with each mail before its 250 is sent.
    #[must_use]
    pub fn with_on_mail(mut self, f: impl Fn(&StoredMail) + Send + Sync + 'static) -> Self {
        self.on_mail = Some(MailHook::new(f));
        self
    }

    /// The same, calling `f` when connections cannot be accepted or served any more.
    #[must_use]
    pub fn with_on_failure(mut self, f: impl Fn(&io::Error) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(FailureHook::new(f));
        self
    }

    /// Calls `f` with each TLS secret, as a line of the NSS key log format (`SSLKEYLOGFILE`).
    #[must_use]
    pub fn with_on_tls_secret(mut self, f: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_tls_secret = Some(KeyLogHook::new(f));
        self
    }

    /// The largest mail taken in octets; None is no limit.
    pub(crate) fn size_limit(&self) -> Option<u64> {
        self.size_limit.or(self.profile.size)
    }

    /// Recipients that one mail may have.
    pub(crate) fn most_recipients(&self) -> usize {
        let most = self.limits.recipients;
        self.profile.recipients.map_or(most, |recipients| recipients.min(most))
    }

    /// Whether MAIL needs AUTH before it.
    pub(crate) fn auth_is_required(&self) -> bool {
        self.auth_required.unwrap_or(self.security != Security::Plain)
    }
}

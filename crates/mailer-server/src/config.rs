//! The configuration of an embedded server.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use crate::{
    authority::Authority,
    event::Event,
    fault::Fault,
    identity::Identity,
    options::{
        Account, CertificateKind, EventHook, FailureHook, KeyLogHook, Limits, LineHook, MailHook,
        Security, Store, TlsVersions,
    },
    profile::Profile,
    stored_mail::StoredMail,
    transcript::TranscriptLine,
};

/// The configuration of an [`EmbeddedServer`](crate::EmbeddedServer).
///
/// [`Config::default`] is a submission server like Gmail's on a free loopback port. It requires
/// STARTTLS and then AUTH, and has one [account with a random password](Account::with_random_password).
/// [`Config::plain`] needs neither TLS nor AUTH.
/// Change a configuration with its methods `with_…` or through its fields:
///
/// ```
/// use mailer_server::Config;
///
/// let mut config = Config::plain().with_limits(|limits| limits.recipients = 2);
/// config.name = "mail.example.test".into();
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The address to listen on; with port 0 the system chooses a free port.
    pub listen: SocketAddr,
    /// More addresses to listen on. With port 0 the server listens on the port of [`listen`](Self::listen).
    pub also_listen: Vec<SocketAddr>,
    /// The host name in the greeting and in the replies to EHLO and HELO.
    pub name: String,
    /// How a connection gets TLS.
    pub security: Security,
    /// Whether MAIL before STARTTLS is refused with 530, under [`Security::StartTls`].
    pub tls_required: bool,
    /// The TLS versions that the server offers.
    pub tls_versions: TlsVersions,
    /// The number of session tickets after a TLS 1.3 handshake.
    ///
    /// The default is 2, as OpenSSL sends. The number matters to a client that leaves Nagle's
    /// algorithm on: its first command waits for the acknowledgement of its Finished. Tickets carry
    /// that acknowledgement at once; without them Linux delays it by about 40 ms. With 0 the server
    /// sends nothing unprompted after the handshake, so that flights can be counted exactly, and no
    /// session is resumed.
    pub session_tickets: usize,
    /// The kind of certificate; all kinds but [`CertificateKind::Good`] are for tests of clients.
    pub certificate: CertificateKind,
    /// More names of the server in its certificate: host names and IP addresses, beside localhost, 127.0.0.1
    /// and ::1.
    pub certificate_names: Vec<String>,
    /// A certificate to present instead of one that `authority` signs.
    pub identity: Option<Identity>,
    /// The CA that signs the certificate. None makes a new one at each start.
    pub authority: Option<Authority>,
    /// The CA of the clients' certificates, in PEM. With it, a TLS handshake without a certificate that this
    /// CA has signed fails. None asks for no certificate.
    pub client_ca: Option<String>,
    /// The accounts that may log in. Without any, AUTH is not announced.
    pub accounts: Vec<Account>,
    /// Whether any user may log in, with any password. AUTH is then announced even without accounts.
    pub accept_any_login: bool,
    /// Whether MAIL before AUTH is refused with 530. None means: unless `security` is
    /// [`Security::Plain`].
    pub auth_required: Option<bool>,
    /// Whether AUTH is announced and accepted without TLS.
    pub allow_auth_without_tls: bool,
    /// Recipients that are refused with `550 5.1.1`, compared without regard to case.
    pub refused_recipients: Vec<String>,
    /// The extensions that the server announces, and how strict it is.
    pub profile: Profile,
    /// The largest message in bytes, instead of the profile's SIZE.
    pub size_limit: Option<u64>,
    /// Where accepted messages are stored.
    pub store: Store,
    /// The limits of a session.
    pub limits: Limits,
    /// Faults that the server injects, for tests of clients. A running server changes them with
    /// [`set_faults`](crate::EmbeddedServer::set_faults).
    pub faults: Vec<Fault>,
    /// Whether each [`StoredMail`] has its header, with any store.
    pub keep_headers: bool,
    /// Called with each message before its 250 is sent.
    pub on_mail: Option<MailHook>,
    /// Called when a TLS handshake or a login fails.
    pub on_event: Option<EventHook>,
    /// Called with each line of a session's [`transcript`](crate::EmbeddedServer::transcript), whether the
    /// server keeps one or not.
    pub on_line: Option<LineHook>,
    /// Called when a connection cannot be accepted or served, once until one can be again.
    pub on_failure: Option<FailureHook>,
    /// Called with each TLS secret, to decrypt a capture of the connection. Without it no secret leaves
    /// the TLS library.
    pub on_tls_secret: Option<KeyLogHook>,
    /// Whether the server keeps a [`transcript`](crate::EmbeddedServer::transcript), which costs a
    /// few hundred nanoseconds and a little memory per line.
    pub keep_transcript: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            also_listen: Vec::new(),
            name: "mail.example.test".into(),
            security: Security::default(),
            tls_required: true,
            tls_versions: TlsVersions::default(),
            session_tickets: 2,
            certificate: CertificateKind::default(),
            certificate_names: Vec::new(),
            identity: None,
            authority: None,
            client_ca: None,
            accounts: Account::with_random_password("user@example.test").into_iter().collect(),
            accept_any_login: false,
            auth_required: None,
            allow_auth_without_tls: false,
            refused_recipients: Vec::new(),
            profile: Profile::default(),
            size_limit: None,
            store: Store::default(),
            limits: Limits::default(),
            faults: Vec::new(),
            keep_headers: false,
            on_mail: None,
            on_event: None,
            on_line: None,
            on_failure: None,
            on_tls_secret: None,
            keep_transcript: true,
        }
    }
}

impl Config {
    /// Returns the configuration of a server without TLS and without AUTH.
    #[must_use]
    pub fn plain() -> Self {
        Self { security: Security::Plain, ..Self::default() }
    }

    /// Returns the configuration of a server with TLS from the first byte, as on port 465.
    #[must_use]
    pub fn implicit() -> Self {
        Self { security: Security::Implicit, ..Self::default() }
    }

    /// Sets the address to listen on.
    #[must_use]
    pub fn with_listen(mut self, listen: SocketAddr) -> Self {
        self.listen = listen;
        self
    }

    /// Replaces all accounts by this one.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.accounts = vec![account];
        self
    }

    /// Sets whether MAIL before AUTH is refused.
    #[must_use]
    pub fn with_auth_required(mut self, required: bool) -> Self {
        self.auth_required = Some(required);
        self
    }

    /// Adds a recipient to refuse.
    #[must_use]
    pub fn with_refused_recipient(mut self, address: impl Into<String>) -> Self {
        self.refused_recipients.push(address.into());
        self
    }

    /// Sets the profile.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the kind of certificate.
    #[must_use]
    pub fn with_certificate(mut self, kind: CertificateKind) -> Self {
        self.certificate = kind;
        self
    }

    /// Sets the TLS versions.
    #[must_use]
    pub fn with_tls_versions(mut self, versions: TlsVersions) -> Self {
        self.tls_versions = versions;
        self
    }

    /// Sets where accepted messages are stored.
    #[must_use]
    pub fn with_store(mut self, store: Store) -> Self {
        self.store = store;
        self
    }

    /// Sets the CA that signs the certificate, so that clients that trust it trust this server.
    #[must_use]
    pub fn with_authority(mut self, authority: Authority) -> Self {
        self.authority = Some(authority);
        self
    }

    /// Sets a certificate to present instead of a new one.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Requires a client certificate that is signed by this CA, which is in PEM.
    #[must_use]
    pub fn with_client_ca(mut self, pem: impl Into<String>) -> Self {
        self.client_ca = Some(pem.into());
        self
    }

    /// Sets how a connection gets TLS.
    #[must_use]
    pub fn with_security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Sets the number of session tickets after a TLS 1.3 handshake.
    #[must_use]
    pub fn with_session_tickets(mut self, count: usize) -> Self {
        self.session_tickets = count;
        self
    }

    /// Sets the largest message, in bytes.
    #[must_use]
    pub fn with_size_limit(mut self, bytes: u64) -> Self {
        self.size_limit = Some(bytes);
        self
    }

    /// Changes the limits of a session.
    #[must_use]
    pub fn with_limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// Turns the transcript off.
    #[must_use]
    pub fn without_transcript(mut self) -> Self {
        self.keep_transcript = false;
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Sets a function to call with each message before its 250 is sent.
    #[must_use]
    pub fn with_on_mail(mut self, f: impl Fn(&StoredMail) + Send + Sync + 'static) -> Self {
        self.on_mail = Some(MailHook::new(f));
        self
    }

    /// Sets a function to call when a TLS handshake or a login fails.
    #[must_use]
    pub fn with_on_event(mut self, f: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.on_event = Some(EventHook::new(f));
        self
    }

    /// Sets a function to call with each line of a session.
    #[must_use]
    pub fn with_on_line(mut self, f: impl Fn(&TranscriptLine) + Send + Sync + 'static) -> Self {
        self.on_line = Some(LineHook::new(f));
        self
    }

    /// Sets a function to call when a connection cannot be accepted or served.
    #[must_use]
    pub fn with_on_failure(mut self, f: impl Fn(&io::Error) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(FailureHook::new(f));
        self
    }

    /// Sets a function to call with each TLS secret, as a line of the NSS key log format (`SSLKEYLOGFILE`).
    #[must_use]
    pub fn with_on_tls_secret(mut self, f: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_tls_secret = Some(KeyLogHook::new(f));
        self
    }

    /// Returns the largest message in bytes; None is no limit.
    pub(crate) fn size_limit(&self) -> Option<u64> {
        self.size_limit.or(self.profile.size)
    }

    /// Returns how many recipients a message may have.
    pub(crate) fn max_recipients(&self) -> usize {
        let limit = self.limits.recipients;
        self.profile.recipients.map_or(limit, |recipients| recipients.min(limit))
    }

    /// Returns whether MAIL needs AUTH before it.
    pub(crate) fn auth_is_required(&self) -> bool {
        self.auth_required.unwrap_or(self.security != Security::Plain)
    }
}

//! The choices that a configuration is made of.

use std::{fmt, io, path::PathBuf, sync::Arc, time::Duration};

use crate::stored_mail::StoredMail;

/// How TLS comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// No TLS at all.
    Plain,
    /// In the clear until the client says STARTTLS (RFC 3207).
    #[default]
    StartTls,
    /// From the first byte, as on port 465 (RFC 8314 §3.3).
    Implicit,
}

/// The TLS versions offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersions {
    /// TLS 1.2 only.
    Tls12,
    /// TLS 1.3 only.
    #[default]
    Tls13,
    /// Either.
    Both,
}

/// What is right or wrong with the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CertificateKind {
    /// Signed by the server's CA, for localhost, 127.0.0.1 and ::1.
    #[default]
    Good,
    /// As good, but its time is over.
    Expired,
    /// As good, but its time has not come.
    NotYetValid,
    /// As good, but for another host.
    WrongHost,
    /// Signed by itself; the server's CA knows nothing of it.
    SelfSigned,
    /// As good, but of another CA than the server tells of.
    UnknownAuthority,
}

/// Who may log in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The user name, often an address.
    pub user: String,
    /// The password; not shown by Debug.
    pub password: String,
}

impl Account {
    /// An account.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// An account with a random password (80 bits), which no other user of the machine can know
    /// beforehand
    ///
    /// `None` if the system has no random numbers: a server without an account lets nobody log in.
    #[must_use]
    pub fn throw_away(user: impl Into<String>) -> Option<Self> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        // Of always the same length, so that the bytes of a session can be counted.
        let groups = random.chunks(4).map(|group| group.iter().map(symbol).collect());
        let groups: Vec<String> = groups.collect();
        Some(Self::new(user, groups.join("-")))
    }
}

/// Five bits of a byte as a letter or digit that is not mistaken for another
fn symbol(random: &u8) -> char {
    const SYMBOLS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    SYMBOLS.get(usize::from(random % 32)).copied().map_or('x', char::from)
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("user", &self.user).field("password", &"***").finish()
    }
}

/// Where mails go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Store {
    /// Kept whole in memory.
    #[default]
    Memory,
    /// One file each in a maildir, which is created if it does not exist; nothing stays in memory.
    /// A message is on the disk in `new` before its 250 is sent. Directories that the server
    /// creates have mode 0700 and files have mode 0600, whatever the umask. [`MailHook`] learns
    /// each file.
    Maildir(PathBuf),
    /// Counted and checksummed only.
    Count,
}

/// What the server puts up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A command line in octets, CRLF included (RFC 5321 §4.5.3.1.4); announced extensions add
    /// their share to MAIL, RCPT and AUTH.
    pub command_line: usize,
    /// Recipients of one mail (RFC 5321 §4.5.3.1.8 asks for 100 at least); the next gets 452.
    pub recipients: usize,
    /// How long the server waits for a whole command, however its bytes drip (RFC 5321 §4.5.3.2.7
    /// asks for 5 minutes at least).
    pub command: Duration,
    /// How long the server waits for the next bytes of content (RFC 5321 §4.5.3.2.5 gives the
    /// client 3 minutes for a write of them).
    pub content: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a session may last, whatever happens in it.
    pub session: Duration,
    /// Commands refused as wrong in themselves, after which the connection is closed with 421; a
    /// mail that is taken sets the count back.
    pub errors: u32,
    /// Failed logins in a session, after which the connection is closed with 421.
    pub failed_logins: u32,
    /// How long the reply to a failed login is held back, so that guessing takes time.
    pub failed_login_delay: Duration,
    /// Octets that the system holds of a connection each way, give or take; None leaves it to the
    /// system. The smaller they are the sooner a client notices that the server does not read.
    pub socket_buffers: Option<usize>,
    /// Lines of transcript kept; older ones go.
    pub transcript: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_line: 512,
            recipients: 1000,
            command: Duration::from_secs(5 * 60),
            content: Duration::from_secs(5 * 60),
            handshake: Duration::from_secs(60),
            session: Duration::from_secs(24 * 60 * 60),
            errors: 20,
            failed_logins: 3,
            failed_login_delay: Duration::from_secs(1),
            socket_buffers: None,
            transcript: 100_000,
        }
    }
}

/// Something to call with each mail taken, on the thread of its session and before the client is told.
pub type MailHook = Hook<StoredMail>;

/// Something to call when connections cannot be accepted or served any more, on the thread that
/// accepts: there is no file descriptor or no thread left.
pub type FailureHook = Hook<io::Error>;

/// Something to call with each secret of a TLS connection, as a line of the NSS key log format
/// (`SSLKEYLOGFILE`), on the thread of its session. With these lines, Wireshark decrypts a capture.
pub type KeyLogHook = Hook<str>;

/// Something to call with a `T`.
pub struct Hook<T: ?Sized>(Arc<dyn Fn(&T) + Send + Sync>);

impl<T: ?Sized> Hook<T> {
    /// A hook that calls `f`.
    pub fn new(f: impl Fn(&T) + Send + Sync + 'static) -> Self {
        Self(Arc::new(f))
    }

    pub(crate) fn call(&self, argument: &T) {
        (self.0)(argument);
    }
}

impl<T: ?Sized> Clone for Hook<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> fmt::Debug for Hook<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_throw_away_account_has_another_password() {
        let password = || Account::throw_away("user").map(|account| account.password).unwrap();
        let (one, other) = (password(), password());
        assert_ne!(one, other);
        assert_eq!((one.len(), other.len()), (19, 19));
        let used: std::collections::BTreeSet<char> = (0..=255).map(|byte| symbol(&byte)).collect();
        assert_eq!(used.len(), 32);
    }
}

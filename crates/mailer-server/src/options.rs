//! The parts of a configuration: security, certificate, accounts, store, limits and hooks.

use std::{fmt, io, path::PathBuf, time::Duration};

use crate::{event::Event, hook::Hook, stored_mail::StoredMail, transcript::TranscriptLine};

/// How a connection gets TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// No TLS.
    Plain,
    /// TLS after the command STARTTLS (RFC 3207).
    #[default]
    StartTls,
    /// TLS from the first byte, as on port 465 (RFC 8314 §3.3).
    Implicit,
}

/// The TLS versions that the server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersions {
    /// TLS 1.2 only.
    Tls12,
    /// TLS 1.3 only.
    #[default]
    Tls13,
    /// TLS 1.2 and TLS 1.3.
    Both,
}

/// The kind of certificate that the server presents: a valid one, or one of several invalid ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CertificateKind {
    /// Valid: signed by the server's CA, for localhost, 127.0.0.1 and ::1.
    #[default]
    Good,
    /// Valid, except that its time has expired.
    Expired,
    /// Not valid yet.
    NotYetValid,
    /// Valid for another host only.
    WrongHost,
    /// Signed by itself, not by the server's CA.
    SelfSigned,
    /// Signed by another CA than the one of [`ca_pem`](crate::EmbeddedServer::ca_pem).
    UnknownAuthority,
}

impl CertificateKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Good,
        Self::Expired,
        Self::NotYetValid,
        Self::WrongHost,
        Self::SelfSigned,
        Self::UnknownAuthority,
    ];
}

impl Security {
    /// Every way.
    pub const ALL: &'static [Self] = &[Self::Plain, Self::StartTls, Self::Implicit];
}

impl TlsVersions {
    /// Every choice.
    pub const ALL: &'static [Self] = &[Self::Tls12, Self::Tls13, Self::Both];
}

/// A user that may log in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The user name, often an address.
    pub user: String,
    /// The password. `Debug` does not show it.
    pub password: String,
    /// The OAuth 2 access token that is accepted besides the password, if any. `Debug` does not show it.
    pub token: Option<String>,
}

impl Account {
    /// Returns an account with this user name and password.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into(), token: None }
    }

    /// Sets the access token that is accepted besides the password.
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Returns an account with a random password of 80 bits, which no other user of the machine can
    /// guess. It is accepted as an access token too.
    ///
    /// Returns `None` if the system has no random numbers. A server without an account accepts no
    /// login.
    #[must_use]
    pub fn with_random_password(user: impl Into<String>) -> Option<Self> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        // The length is always the same, so that the bytes of a session can be counted.
        let groups = random.chunks(4).map(|group| group.iter().map(symbol).collect());
        let groups: Vec<String> = groups.collect();
        let password = groups.join("-");
        Some(Self::new(user, password.as_str()).with_token(password))
    }
}

/// Maps five bits of a byte to a letter or digit that is not confused with another.
fn symbol(random: &u8) -> char {
    const SYMBOLS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    SYMBOLS.get(usize::from(random % 32)).copied().map_or('x', char::from)
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "***");
        let mut shown = f.debug_struct("Account");
        shown.field("user", &self.user).field("password", &"***").field("token", &token).finish()
    }
}

/// Where accepted messages are stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Store {
    /// In memory.
    #[default]
    Memory,
    /// In a maildir, one file per message. The maildir is created if it does not exist, and nothing
    /// stays in memory. A message is on the disk in `new` before its 250 is sent. Directories that
    /// the server creates have mode 0700 and files have mode 0600, whatever the umask. A
    /// [`MailHook`] receives the path of each file.
    Maildir(PathBuf),
    /// Nowhere: messages are only counted and checksummed.
    Count,
}

/// The limits of a session, in time and size.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest command line in bytes, CRLF included (RFC 5321 §4.5.3.1.4). Extensions allow
    /// longer lines for MAIL, RCPT and AUTH.
    pub command_line: usize,
    /// The most recipients of one message; the next is refused with 452. RFC 5321 §4.5.3.1.8
    /// requires at least 100.
    pub recipients: usize,
    /// How long the server waits for a complete command, even if single bytes keep arriving. RFC 5321
    /// §4.5.3.2.7 requires at least 5 minutes.
    pub command: Duration,
    /// How long the server waits for the next bytes of content. RFC 5321 §4.5.3.2.5 gives the client
    /// 3 minutes to write a block.
    pub content: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a session may last.
    pub session: Duration,
    /// How many invalid commands a client may send before the connection is closed with 421. An
    /// accepted message resets the count.
    pub errors: u32,
    /// How many logins may fail before the connection is closed with 421.
    pub failed_logins: u32,
    /// How long the reply to a failed login is delayed, to slow down guessing.
    pub failed_login_delay: Duration,
    /// The approximate size of a connection's socket buffers, in bytes per direction; None keeps the
    /// system's default. With small buffers a client notices sooner that the server does not read.
    pub socket_buffers: Option<usize>,
    /// How many lines of the transcript are kept; the oldest are dropped first.
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

/// A function that is called with each accepted message, on the thread of its session and before
/// the reply.
pub type MailHook = Hook<StoredMail>;

/// A function that is called when a TLS handshake or a login fails, on the thread of its session.
pub type EventHook = Hook<Event>;

/// A function that is called with each line of a session, on the session's thread: as soon as the line
/// has arrived, and just before it is sent.
pub type LineHook = Hook<TranscriptLine>;

/// A function that is called when a connection cannot be accepted or served, for instance because no
/// file descriptor or thread is left. It runs on the thread that accepts connections.
pub type FailureHook = Hook<io::Error>;

/// A function that is called with each secret of a TLS connection, as a line of the NSS key log format
/// (`SSLKEYLOGFILE`), on the thread of its session. With these lines Wireshark decrypts a capture.
pub type KeyLogHook = Hook<str>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_passwords_differ_and_have_equal_length() {
        let password =
            || Account::with_random_password("user").map(|account| account.password).unwrap();
        let (one, other) = (password(), password());
        assert_ne!(one, other);
        assert_eq!((one.len(), other.len()), (19, 19));
        let used: std::collections::BTreeSet<char> = (0..=255).map(|byte| symbol(&byte)).collect();
        assert_eq!(used.len(), 32);
    }
}

//! Stores accepted messages, and counts them.

use std::{
    io,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    checksum::Checksum,
    header::Header,
    maildir::{Maildir, NewFile},
    options::{MailHook, Store},
    stored_mail::StoredMail,
};

/// The number, size and checksum of messages.
///
/// Two tallies are equal if they counted the same contents, in any order.
///
/// ```
/// use mailer_server::Tally;
///
/// let (mut sent, mut stored) = (Tally::default(), Tally::default());
/// sent.count(b"one\r\n");
/// sent.count(b"two\r\n");
/// stored.count(b"two\r\n");
/// assert_ne!(sent, stored);
/// stored.count(b"one\r\n");
/// assert_eq!(sent, stored);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The number of messages.
    pub mails: u64,
    /// The total size of their contents, in bytes.
    pub bytes: u64,
    /// The sum of a 64-bit checksum of each content.
    pub checksum: u64,
}

impl Tally {
    /// Counts one message with this content.
    pub fn count(&mut self, content: &[u8]) {
        self.add(content.len() as u64, Checksum::from_bytes(content));
    }

    fn add(&mut self, bytes: u64, checksum: u64) {
        self.mails += 1;
        self.bytes += bytes;
        self.checksum = self.checksum.wrapping_add(checksum);
    }
}

/// The stored messages, shared by all sessions.
#[derive(Debug)]
pub(crate) struct MailStore {
    kind: Kind,
    hook: Option<MailHook>,
    keeps_headers: bool,
    stored: Mutex<Stored>,
    arrived: Condvar,
}

#[derive(Debug)]
enum Kind {
    Memory,
    Maildir(Maildir),
    Count,
}

#[derive(Debug, Default)]
struct Stored {
    mails: Vec<StoredMail>,
    tally: Tally,
}

impl MailStore {
    /// Opens the store, and creates the maildir if there is one.
    pub(crate) fn new(store: &Store, hook: Option<MailHook>) -> io::Result<Self> {
        let kind = match store {
            Store::Memory => Kind::Memory,
            Store::Count => Kind::Count,
            Store::Maildir(root) => Kind::Maildir(Maildir::create(root)?),
        };
        Ok(Self {
            kind,
            hook,
            keeps_headers: false,
            stored: Mutex::default(),
            arrived: Condvar::new(),
        })
    }

    /// Sets whether each message gets its header.
    pub(crate) fn with_headers(self, keeps_headers: bool) -> Self {
        Self { keeps_headers, ..self }
    }

    /// Begins to store the content of one message.
    pub(crate) fn begin(&self) -> io::Result<Content> {
        let place = match &self.kind {
            Kind::Memory => Place::Memory(Vec::new()),
            Kind::Count => Place::Nowhere,
            Kind::Maildir(maildir) => Place::File(maildir.begin()?),
        };
        let header = self.keeps_headers.then(Header::default);
        Ok(Content { place, header, checksum: Checksum::default(), size: 0 })
    }

    /// Stores a message whose content is complete; `mail` has its envelope.
    pub(crate) fn add(&self, content: Content, mut mail: StoredMail) -> io::Result<()> {
        mail.size = content.size;
        mail.header = content.header.unwrap_or_default().finish().into();
        match content.place {
            Place::Memory(bytes) => mail.content = bytes.into(),
            Place::File(file) => mail.file = Some(file.publish()?),
            Place::Nowhere => {}
        }
        if let Some(hook) = &self.hook {
            hook.call(&mail);
        }
        let mut stored = self.lock();
        stored.tally.add(content.size, content.checksum.finish());
        if matches!(self.kind, Kind::Memory) {
            stored.mails.push(mail);
        }
        drop(stored);
        self.arrived.notify_all();
        Ok(())
    }

    pub(crate) fn mails(&self) -> Vec<StoredMail> {
        self.lock().mails.clone()
    }

    pub(crate) fn take_mails(&self) -> Vec<StoredMail> {
        std::mem::take(&mut self.lock().mails)
    }

    pub(crate) fn tally(&self) -> Tally {
        self.lock().tally
    }

    /// Waits until `n` messages have been stored. Returns false after `timeout`.
    pub(crate) fn wait_for(&self, n: u64, timeout: Duration) -> bool {
        let waited = self.arrived.wait_timeout_while(self.lock(), timeout, |s| s.tally.mails < n);
        let (stored, _) = waited.unwrap_or_else(PoisonError::into_inner);
        stored.tally.mails >= n
    }

    /// Locks the messages. A session that panicked leaves them consistent: each is added in one step.
    fn lock(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Content that is being stored. Dropping it discards the content.
#[derive(Debug)]
pub(crate) struct Content {
    place: Place,
    header: Option<Header>,
    checksum: Checksum,
    size: u64,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<u8>),
    File(NewFile),
    Nowhere,
}

impl Content {
    /// Returns the bytes so far, if they are kept in memory.
    pub(crate) fn in_memory(&self) -> &[u8] {
        match &self.place {
            Place::Memory(bytes) => bytes,
            Place::File(_) | Place::Nowhere => &[],
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.checksum.update(bytes);
        self.size += bytes.len() as u64;
        if let Some(header) = &mut self.header {
            header.write(bytes);
        }
        match &mut self.place {
            Place::Memory(all) => all.extend_from_slice(bytes),
            Place::File(file) => file.write(bytes)?,
            Place::Nowhere => {}
        }
        Ok(())
    }
}

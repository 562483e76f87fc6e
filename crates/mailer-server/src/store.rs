//! Where mails go, and what is counted of them.

use std::{
    io,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    checksum::Checksum,
    maildir::{Maildir, NewFile},
    options::{MailHook, Store},
    stored_mail::StoredMail,
};

/// How many mails, how many octets of content, and what content.
///
/// Two tallies are equal if the same contents were counted, in any order.
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
    /// How many mails.
    pub mails: u64,
    /// Octets of content of all of them.
    pub octets: u64,
    /// The sum of a 64-bit checksum of each content.
    pub checksum: u64,
}

impl Tally {
    /// Counts one mail of this content.
    pub fn count(&mut self, content: &[u8]) {
        self.add(content.len() as u64, Checksum::of(content));
    }

    fn add(&mut self, octets: u64, checksum: u64) {
        self.mails += 1;
        self.octets += octets;
        self.checksum = self.checksum.wrapping_add(checksum);
    }
}

/// What the server has stored, shared by its sessions.
#[derive(Debug)]
pub(crate) struct MailStore {
    kind: Kind,
    hook: Option<MailHook>,
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
    /// Makes the maildir if there is to be one.
    pub(crate) fn new(store: &Store, hook: Option<MailHook>) -> io::Result<Self> {
        let kind = match store {
            Store::Memory => Kind::Memory,
            Store::Count => Kind::Count,
            Store::Maildir(root) => Kind::Maildir(Maildir::create(root)?),
        };
        Ok(Self { kind, hook, stored: Mutex::default(), arrived: Condvar::new() })
    }

    /// Room for one more content.
    pub(crate) fn begin(&self) -> io::Result<Content> {
        let place = match &self.kind {
            Kind::Memory => Place::Memory(Vec::new()),
            Kind::Count => Place::Nowhere,
            Kind::Maildir(maildir) => Place::File(maildir.begin()?),
        };
        Ok(Content { place, checksum: Checksum::default(), octets: 0 })
    }

    /// Takes a mail whose content is complete; only its envelope is read from `mail`.
    pub(crate) fn take(&self, content: Content, mut mail: StoredMail) -> io::Result<()> {
        mail.octets = content.octets;
        match content.place {
            Place::Memory(octets) => mail.content = octets.into(),
            Place::File(file) => mail.file = Some(file.publish()?),
            Place::Nowhere => {}
        }
        if let Some(hook) = &self.hook {
            hook.call(&mail);
        }
        let mut stored = self.lock();
        stored.tally.add(content.octets, content.checksum.finish());
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

    /// Whether `n` mails in all have come before `timeout` is over.
    pub(crate) fn wait_for(&self, n: u64, timeout: Duration) -> bool {
        let waited = self.arrived.wait_timeout_while(self.lock(), timeout, |s| s.tally.mails < n);
        let (stored, _) = waited.unwrap_or_else(PoisonError::into_inner);
        stored.tally.mails >= n
    }

    /// A session that panicked leaves only whole messages: each is pushed in one step.
    fn lock(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Content under way into the store; dropped, it leaves nothing.
#[derive(Debug)]
pub(crate) struct Content {
    place: Place,
    checksum: Checksum,
    octets: u64,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<u8>),
    File(NewFile),
    Nowhere,
}

impl Content {
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.checksum.update(octets);
        self.octets += octets.len() as u64;
        match &mut self.place {
            Place::Memory(all) => all.extend_from_slice(octets),
            Place::File(file) => file.write(octets)?,
            Place::Nowhere => {}
        }
        Ok(())
    }
}

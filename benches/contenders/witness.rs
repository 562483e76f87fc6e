//! What the embedded server was seen to store.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mailer::{Security, Server};
use mailer_lab::embedded;
use mailer_server::{EmbeddedServer, Store, StoredMail, Tally};

use super::{Outcome, asked, in_words};

/// How long the server may take to notice that a client is gone.
const GRACE: Duration = Duration::from_secs(2);

/// The embedded server, and what it was seen to store.
pub(super) struct Witness {
    embedded: EmbeddedServer,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    before: Mutex<Tally>,
}

/// A mail that the server has.
struct Arrival {
    at: Instant,
    is_right: bool,
    authenticated: bool,
}

/// What came of a run.
pub(super) struct Stored {
    arrivals: Vec<Arrival>,
    before: Tally,
    after: Tally,
}

impl Witness {
    /// A server for messages of up to so many bytes. A client logs in where it does TLS, and cannot
    /// log in elsewhere.
    pub(super) fn start(security: Security, size: usize) -> Outcome<(Self, Server)> {
        let arrivals = Arc::<Mutex<Vec<Arrival>>>::default();
        let seen = Arc::clone(&arrivals);
        let logs_in = security != Security::None;
        let mut config = embedded::config(security)
            .with_auth_required(logs_in)
            .with_store(Store::Count)
            .with_on_mail(move |mail| lock(&seen).push(Arrival::of(mail)));
        config.allow_auth_without_tls = false;
        config.keep_transcript = false;
        config.size_limit = Some(size as u64);
        let (embedded, mut server) = embedded::start_with(config, security).map_err(in_words)?;
        server.credentials = server.credentials.filter(|_| logs_in);
        Ok((Self { embedded, arrivals, before: Mutex::default() }, server))
    }

    /// What was stored since the last time.
    pub(super) fn take(&self) -> Stored {
        // What a client left unfinished is as good as not there.
        let _ = self.embedded.wait_for_sessions(GRACE);
        let after = self.embedded.stored();
        let before = mem::replace(&mut *lock(&self.before), after);
        Stored { arrivals: mem::take(&mut lock(&self.arrivals)), before, after }
    }
}

impl Arrival {
    fn of(mail: &StoredMail) -> Self {
        let is_right =
            mail.sender.as_deref() == Some(asked::FROM) && mail.recipients == [asked::TO];
        Self { at: Instant::now(), is_right, authenticated: mail.authenticated_as.is_some() }
    }
}

impl Stored {
    /// When each mail was there, if they are what they should be: so many, each content what `one` counted,
    /// with the right envelope, logged in or not.
    pub(super) fn check(self, mails: u32, one: Tally, logs_in: bool) -> Outcome<Vec<Instant>> {
        let Self { arrivals, before, after } = self;
        if arrivals.len() != mails as usize {
            return Err(format!("{} of {mails} mails were stored", arrivals.len()));
        }
        let count = u64::from(mails);
        let wanted = Tally {
            mails: before.mails + one.mails * count,
            octets: before.octets + one.octets * count,
            checksum: before.checksum.wrapping_add(one.checksum.wrapping_mul(count)),
        };
        if after != wanted {
            let octets = (after.octets - before.octets) / count;
            return Err(format!("other content was stored: {octets} octets for {}", one.octets));
        }
        if arrivals.iter().any(|it| !it.is_right || it.authenticated != logs_in) {
            return Err("mails were stored with another envelope or login".into());
        }
        Ok(arrivals.into_iter().map(|arrival| arrival.at).collect())
    }
}

/// What is kept is changed in one step each time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What came of two mails of this content, which somebody sent after logging in.
    fn stored(content: &[u8]) -> Stored {
        let mut before = Tally::default();
        before.count(b"what came before");
        let mut after = before;
        let arrival = || Arrival { at: Instant::now(), is_right: true, authenticated: true };
        let arrivals = [content; 2].map(|content| {
            after.count(content);
            arrival()
        });
        Stored { arrivals: arrivals.into(), before, after }
    }

    fn one() -> Tally {
        let mut one = Tally::default();
        one.count(b"a mail");
        one
    }

    #[test]
    fn what_was_sent_is_right() {
        assert_eq!(stored(b"a mail").check(2, one(), true).map(|had| had.len()), Ok(2));
    }

    #[test]
    fn a_lost_mail_another_content_and_another_login_are_wrong() {
        assert!(stored(b"a mail").check(3, one(), true).is_err());
        assert!(stored(b"a nail").check(2, one(), true).is_err());
        assert!(stored(b"a mail").check(2, one(), false).is_err());
        let mut to_others = stored(b"a mail");
        to_others.arrivals[1].is_right = false;
        assert!(to_others.check(2, one(), true).is_err());
    }
}

//! The embedded server of the measurement, with the time of each message, and checks of what was stored.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mailer::{Security, Server};
use mailer_lab::embedded;
use mailer_server::{EmbeddedServer, Store, StoredMail, Tally};

use super::{TextResult, clients::LINE_END, command, describe};

/// How long the server may take to notice that a client has gone.
const END_LIMIT: Duration = Duration::from_secs(2);

/// The embedded server, with the messages that have arrived.
pub(super) struct CheckedServer {
    embedded: EmbeddedServer,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    /// The totals when the arrivals were taken last.
    before: Mutex<Tally>,
}

/// A message that the server has stored.
struct Arrival {
    at: Instant,
    has_right_envelope: bool,
    is_authenticated: bool,
}

/// What the server has stored in a run.
pub(super) struct Arrivals {
    arrivals: Vec<Arrival>,
    before: Tally,
    after: Tally,
}

impl CheckedServer {
    /// Starts a server for messages of at most `size` bytes and the line end that some clients append. With TLS it
    /// requires a login, and without TLS it offers none.
    pub(super) fn start(security: Security, size: usize) -> TextResult<(Self, Server)> {
        let arrivals = Arc::<Mutex<Vec<Arrival>>>::default();
        let seen = Arc::clone(&arrivals);
        let has_login = security != Security::None;
        let mut config = embedded::config(security)
            .with_auth_required(has_login)
            .with_store(Store::Count)
            .with_on_mail(move |mail| lock(&seen).push(Arrival::new(mail)));
        config.allow_auth_without_tls = false;
        config.keep_transcript = false;
        config.size_limit = Some((size + LINE_END.len()) as u64);
        let (embedded, mut server) = embedded::start_with(config, security).map_err(describe)?;
        server.credentials = server.credentials.filter(|_| has_login);
        Ok((Self { embedded, arrivals, before: Mutex::default() }, server))
    }

    /// Takes what was stored since the last call.
    pub(super) fn take_arrivals(&self) -> Arrivals {
        // A session that does not end in time is treated as ended.
        let _ = self.embedded.wait_for_sessions(END_LIMIT);
        let after = self.embedded.stored();
        let before = mem::replace(&mut *lock(&self.before), after);
        Arrivals { arrivals: mem::take(&mut lock(&self.arrivals)), before, after }
    }
}

impl Arrival {
    fn new(mail: &StoredMail) -> Self {
        let has_right_envelope =
            mail.sender.as_deref() == Some(command::FROM) && mail.recipients == [command::TO];
        let is_authenticated = mail.authenticated_as.is_some();
        Self { at: Instant::now(), has_right_envelope, is_authenticated }
    }
}

impl Arrivals {
    /// Checks the number of messages, the content of each against `expected`, the envelopes, and whether the
    /// client had logged in. Returns when each message was stored.
    pub(super) fn check(
        self,
        messages: u32,
        expected: Tally,
        has_login: bool,
    ) -> TextResult<Vec<Instant>> {
        let Self { arrivals, before, after } = self;
        if arrivals.len() != messages as usize {
            return Err(format!("{} of {messages} messages were stored", arrivals.len()));
        }
        let count = u64::from(messages);
        let expected_total = Tally {
            mails: before.mails + expected.mails * count,
            bytes: before.bytes + expected.bytes * count,
            checksum: before.checksum.wrapping_add(expected.checksum.wrapping_mul(count)),
        };
        if after != expected_total {
            let bytes = (after.bytes - before.bytes) / count;
            return Err(format!("other content was stored: {bytes} bytes for {}", expected.bytes));
        }
        if arrivals.iter().any(|it| !it.has_right_envelope || it.is_authenticated != has_login) {
            return Err("messages were stored with another envelope or login".into());
        }
        Ok(arrivals.into_iter().map(|arrival| arrival.at).collect())
    }
}

/// Every change is complete under one lock, so a panicked thread leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arrival of two messages with this content, after a login.
    fn arrivals(content: &[u8]) -> Arrivals {
        let mut before = Tally::default();
        before.count(b"an earlier message");
        let mut after = before;
        let arrivals = [content; 2].map(|content| {
            after.count(content);
            Arrival { at: Instant::now(), has_right_envelope: true, is_authenticated: true }
        });
        Arrivals { arrivals: arrivals.into(), before, after }
    }

    fn expected() -> Tally {
        let mut tally = Tally::default();
        tally.count(b"a mail");
        tally
    }

    #[test]
    fn what_was_sent_passes_the_check() {
        assert_eq!(arrivals(b"a mail").check(2, expected(), true).map(|times| times.len()), Ok(2));
    }

    #[test]
    fn a_lost_message_other_content_another_envelope_and_another_login_are_found() {
        assert!(arrivals(b"a mail").check(3, expected(), true).is_err());
        assert!(arrivals(b"a nail").check(2, expected(), true).is_err());
        assert!(arrivals(b"a mail").check(2, expected(), false).is_err());
        let mut to_others = arrivals(b"a mail");
        to_others.arrivals[1].has_right_envelope = false;
        assert!(to_others.check(2, expected(), true).is_err());
    }
}

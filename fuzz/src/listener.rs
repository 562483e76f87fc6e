//! A session that only reads.

use std::sync::{Arc, LazyLock};

use mailer::{Address, Envelope, Reply, Step};
use mailer_protocol::{Flow, Next, Note, Outgoing, Session};

/// A session that has sent a mail to many recipients, and reads the replies to them.
pub struct Listener {
    session: Session,
}

impl Listener {
    /// The number of replies that the session expects.
    pub const RECIPIENTS: usize = 64;

    /// Creates a session that expects the reply to the first recipient.
    #[must_use]
    pub fn new() -> Self {
        let server = "smtp://mail.example.com?tls=none".parse().unwrap();
        let mut session = Session::new(Arc::new(server), Flow::Pipelined);
        session.received(b"220 ready\r\n");
        write(&mut session);
        session.received(b"250-mail.example.com\r\n250 PIPELINING\r\n");
        session.expect_mails();
        assert!(matches!(session.what_next(), Next::Mail));
        session.offer(0, to_many());
        session.no_more_mails();
        write(&mut session);
        session.received(b"250 sender\r\n");
        session.keep_journal(true);
        Self { session }
    }

    /// Whether a reply with this code ends the dialogue: it cannot answer RCPT, or is the last one.
    #[must_use]
    pub fn ends_at(code: u16) -> bool {
        (300..400).contains(&code) || code == 421
    }

    /// Reads a piece of the server's bytes.
    pub fn hear(&mut self, piece: &[u8]) {
        self.session.received(piece);
    }

    /// Returns the replies so far, and whether the session has failed.
    #[must_use]
    pub fn heard(mut self) -> (Vec<Reply>, bool) {
        let replies = self.session.take_notes().into_iter().filter_map(|note| match note {
            Note::Received { step: Step::Recipient, reply } => Some(reply),
            _ => None,
        });
        (replies.collect(), self.session.failure().is_some())
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self::new()
    }
}

fn write(session: &mut Session) {
    assert!(matches!(session.what_next(), Next::Write { .. }));
    session.wrote();
}

fn to_many() -> Outgoing {
    static ENVELOPE: LazyLock<Arc<Envelope>> = LazyLock::new(|| {
        // An envelope keeps each address once, so every recipient has a name of its own.
        let name = |n: usize| format!("bob{n}@example.com").parse::<Address>().unwrap();
        let envelope = Envelope::new(None, (0..Listener::RECIPIENTS).map(name).collect()).unwrap();
        assert_eq!(envelope.recipients().len(), Listener::RECIPIENTS);
        Arc::new(envelope)
    });
    let mut mail = Outgoing::empty(ENVELOPE.clone());
    mail.size = 2;
    mail
}

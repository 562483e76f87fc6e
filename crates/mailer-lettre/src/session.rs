//! What both drivers of lettre share: a call is listened to, and its outcome is reported as
//! [`Mailer`](mailer::Mailer) defines it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use lettre::{
    address::Envelope,
    transport::smtp::{Error as LettreError, response::Response},
};
use mailer::{Error, Kind, Mail, Outcome, Receipt, Reply, Step};
use tracing::{Dispatch, dispatcher::with_default};

use crate::{
    content::Content,
    errors,
    observe::{self, Dialogue, Heard},
    render,
    settings::Settings,
};

/// How lettre is called: through its pool, or one connection at a time.
pub(crate) trait Driver: Send + Sized + 'static {
    /// How many bytes of content lettre writes at once, at most.
    const PIECE: usize = usize::MAX;

    /// Nothing is connected yet.
    fn new(settings: &Arc<Settings>, dialogue: &Arc<Dialogue>) -> Self;

    /// Connects, secures and authenticates.
    fn open(&mut self) -> Result<(), LettreError>;

    /// Sends one mail, opening first if needed.
    fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Response, LettreError>;

    /// Says QUIT and closes, if something is open.
    fn close(&mut self) -> Result<(), LettreError>;
}

/// One connection's life in lettre, on the thread that calls.
pub(crate) struct Session<D> {
    driver: D,
    settings: Arc<Settings>,
    dialogue: Arc<Dialogue>,
    dispatch: Dispatch,
    is_open: bool,
}

impl<D: Driver> Session<D> {
    pub(crate) fn new(settings: &Arc<Settings>, dialogue: &Arc<Dialogue>) -> Self {
        Self {
            driver: D::new(settings, dialogue),
            settings: Arc::clone(settings),
            dialogue: Arc::clone(dialogue),
            dispatch: observe::dispatch(Arc::clone(dialogue)),
            is_open: false,
        }
    }

    pub(crate) fn open(&mut self) -> Result<(), Error> {
        if self.is_open {
            return Ok(());
        }
        self.dialogue.begin();
        let (opened, heard) = self.call(D::open);
        let opened = opened.and_then(|()| self.check_noop(&heard));
        self.is_open = opened.is_ok();
        if opened.is_err() {
            // If it was NOOP that failed, the pool still has the connection.
            let _ = self.call(D::close);
            self.dialogue.closed();
        }
        opened
    }

    pub(crate) fn send(&mut self, mail: &Mail) -> Receipt {
        self.dialogue.begin();
        let (envelope, content) = match self.prepare(mail) {
            Ok(prepared) => prepared,
            Err(error) => return Receipt::not_sent(error),
        };
        self.dialogue.begin_message(&content, D::PIECE);
        let (sent, heard) = self.call(|driver| driver.send(&envelope, content.bytes()));
        self.is_open = sent.is_ok();
        // Before MAIL lettre looks at what EHLO said, and keeps the connection if that is not enough.
        if sent.as_ref().is_err_and(|error| error.kind() != Kind::Message) {
            self.dialogue.closed();
        }
        receipt(sent, &heard, envelope.to().len())
    }

    pub(crate) fn close(&mut self) -> Result<(), Error> {
        self.is_open = false;
        self.dialogue.begin();
        let (closed, heard) = self.call(D::close);
        self.dialogue.closed();
        match heard.quit {
            Some(Some(reply)) if reply.is_positive() => Ok(()),
            Some(Some(reply)) => Err(Error::refused(Step::Quit, reply)),
            Some(None) => Err(errors::unanswered(Step::Quit, &heard, &self.settings)),
            // Nothing was open, or nothing could be written.
            None => closed.map_err(|error| error.at(Step::Quit)),
        }
    }

    /// The mail as lettre takes it.
    fn prepare(&self, mail: &Mail) -> Result<(Envelope, Content), Error> {
        let prepare = || {
            let envelope = render::envelope(mail.envelope())?;
            let content = Content::new(mail, &envelope)?;
            Ok((envelope, content))
        };
        catch_unwind(AssertUnwindSafe(prepare))
            .unwrap_or_else(|payload| Err(errors::panicked(payload.as_ref(), &self.settings)))
            .map_err(|error: Error| error.at(Step::Prepare))
    }

    /// Calls lettre, and says what was heard meanwhile.
    fn call<T>(
        &mut self,
        speak: impl FnOnce(&mut D) -> Result<T, LettreError>,
    ) -> (Result<T, Error>, Heard) {
        // Nothing that a panic may have left half done is used again: the driver is made anew.
        let listening = || catch_unwind(AssertUnwindSafe(|| speak(&mut self.driver)));
        let ended = with_default(&self.dispatch, listening);
        let heard = self.dialogue.heard();
        let result = match ended {
            Ok(result) => result.map_err(|error| errors::explain(&error, &heard, &self.settings)),
            Err(payload) => {
                self.driver = D::new(&self.settings, &self.dialogue);
                Err(errors::panicked(payload.as_ref(), &self.settings).at(heard.step))
            }
        };
        (result, heard)
    }

    /// lettre's way to look at a connection is NOOP, and it takes any failure of it for an answer.
    fn check_noop(&self, heard: &Heard) -> Result<(), Error> {
        match &heard.reply {
            _ if heard.step != Step::Noop => Ok(()),
            None if !heard.answered => Err(errors::unanswered(Step::Noop, heard, &self.settings)),
            Some(reply) if reply.code == 421 => Err(Error::refused(Step::Noop, reply.clone())),
            _ => Ok(()),
        }
    }
}

fn receipt(sent: Result<Response, Error>, heard: &Heard, count: usize) -> Receipt {
    let recipients = heard.recipients(count);
    match sent {
        Ok(response) => answered(reply_of(&response), recipients),
        Err(error) => failed(error, heard, recipients),
    }
}

/// lettre takes 3yz for success too; after the end of data it is no answer at all.
fn answered(reply: Reply, recipients: Vec<Option<Reply>>) -> Receipt {
    if reply.is_positive() {
        return Receipt::accepted(recipients, reply);
    }
    let error = Error::refused(Step::EndOfData, reply);
    Receipt { recipients, ..Receipt::unknown(error) }
}

fn failed(error: Error, heard: &Heard, recipients: Vec<Option<Reply>>) -> Receipt {
    // What was said before a connection was lost, or SMTP broken, refuses nothing.
    let is_refusal = !matches!(error.kind(), Kind::Lost | Kind::Protocol);
    let refused = error
        .server_reply()
        .filter(|reply| is_refusal && (reply.is_transient() || reply.is_permanent()));
    let in_transaction = error.step() >= Some(Step::Mail);
    let outcome = match refused {
        Some(_) if in_transaction => Outcome::Rejected,
        _ if heard.end_sent => return Receipt { recipients, ..Receipt::unknown(error) },
        _ => Outcome::NotSent,
    };
    let reply = refused.filter(|_| heard.end_sent).cloned();
    Receipt { outcome, recipients, reply, ..Receipt::not_sent(error) }
}

fn reply_of(response: &Response) -> Reply {
    let lines: Vec<_> = response.message().collect();
    Reply::new(response.code().into(), lines.join("\n"))
}

//! The session that both drivers share: it observes each call of lettre and reports the outcome as
//! [`Mailer`](mailer::Mailer) defines it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use lettre::{
    address::Envelope,
    transport::smtp::{Error as LettreError, response::Response},
};
use mailer::{Error, Kind, Mail, Receipt, Reply, Step};
use tracing::{Dispatch, dispatcher::with_default};

use crate::{
    content::Content,
    errors,
    observe::{self, Dialogue, Progress},
    render,
    settings::Settings,
};

/// A way to call lettre: through its pool, or one connection directly.
pub(crate) trait Driver: Send + Sized + 'static {
    /// The maximum number of bytes of content that lettre writes at once.
    const PIECE: usize = usize::MAX;

    /// Returns a driver without a connection.
    fn new(settings: &Arc<Settings>, dialogue: &Arc<Dialogue>) -> Self;

    /// Connects, starts TLS and authenticates.
    fn open(&mut self) -> Result<(), LettreError>;

    /// Sends one mail, and connects first if needed.
    fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Response, LettreError>;

    /// Sends QUIT and closes the connection, if one is open.
    fn close(&mut self) -> Result<(), LettreError>;
}

/// A driver with the state around it. Its calls run on the calling thread.
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
        let (opened, progress) = self.call(D::open);
        let opened = opened.and_then(|()| self.check_noop(&progress));
        self.is_open = opened.is_ok();
        if opened.is_err() {
            // If NOOP failed, the pool still has the connection.
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
        let (sent, progress) = self.call(|driver| driver.send(&envelope, content.bytes()));
        self.is_open = sent.is_ok();
        // Before MAIL, lettre checks the extensions that the server announced. If one is missing, it keeps
        // the connection.
        if sent.as_ref().is_err_and(|error| error.kind() != Kind::Message) {
            self.dialogue.closed();
        }
        let sent = sent.map_err(|error| naming_recipient(error, mail, &progress));
        receipt(sent, &progress, envelope.to().len())
    }

    pub(crate) fn close(&mut self) -> Result<(), Error> {
        self.is_open = false;
        self.dialogue.begin();
        let (closed, progress) = self.call(D::close);
        self.dialogue.closed();
        match progress.quit {
            Some(Some(reply)) if reply.is_positive() => Ok(()),
            Some(Some(reply)) => Err(Error::refused(Step::Quit, reply)),
            Some(None) => Err(errors::unanswered(Step::Quit, &progress, &self.settings)),
            // Nothing was open, or nothing could be written.
            None => closed.map_err(|error| error.with_step(Step::Quit)),
        }
    }

    /// Converts the mail to lettre's types.
    fn prepare(&self, mail: &Mail) -> Result<(Envelope, Content), Error> {
        let prepare = || {
            let envelope = render::envelope(mail.envelope())?;
            let content = Content::new(mail, &envelope)?;
            Ok((envelope, content))
        };
        catch_unwind(AssertUnwindSafe(prepare))
            .unwrap_or_else(|payload| Err(errors::panicked(payload.as_ref(), &self.settings)))
            .map_err(|error: Error| error.with_step(Step::Prepare))
    }

    /// Calls lettre. Returns its result and the progress that was observed.
    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut D) -> Result<T, LettreError>,
    ) -> (Result<T, Error>, Progress) {
        // After a panic, the driver is replaced, so no half-changed state is used again.
        let caught = || catch_unwind(AssertUnwindSafe(|| call(&mut self.driver)));
        let ended = with_default(&self.dispatch, caught);
        let progress = self.dialogue.progress();
        let result = match ended {
            Ok(result) => {
                result.map_err(|error| errors::from_lettre(&error, &progress, &self.settings))
            }
            Err(payload) => {
                self.driver = D::new(&self.settings, &self.dialogue);
                Err(errors::panicked(payload.as_ref(), &self.settings).with_step(progress.step))
            }
        };
        (result, progress)
    }

    /// Checks the reply to the NOOP with which lettre tests a connection. lettre accepts any reply, and
    /// none.
    fn check_noop(&self, progress: &Progress) -> Result<(), Error> {
        match &progress.reply {
            _ if progress.step != Step::Noop => Ok(()),
            None if !progress.answered => {
                Err(errors::unanswered(Step::Noop, progress, &self.settings))
            }
            Some(reply) if reply.code == 421 => Err(Error::refused(Step::Noop, reply.clone())),
            _ => Ok(()),
        }
    }
}

/// Returns the error of a refused recipient with its address. lettre stops at the first refusal, which is the
/// last reply to RCPT.
fn naming_recipient(error: Error, mail: &Mail, progress: &Progress) -> Error {
    let recipients = mail.envelope().recipients();
    let replies = progress.recipients(recipients.len());
    let refused = replies.iter().rposition(Option::is_some).and_then(|at| recipients.get(at));
    let is_refusal = matches!(error.kind(), Kind::Refused | Kind::Temporary);
    match (error.step(), error.reply(), refused) {
        (Some(Step::Recipient), Some(reply), Some(refused)) if is_refusal => {
            Error::recipient_refused(refused, reply.clone())
        }
        _ => error,
    }
}

fn receipt(sent: Result<Response, Error>, progress: &Progress, count: usize) -> Receipt {
    let recipients = progress.recipients(count);
    match sent {
        Ok(response) => answered(reply_of(&response), recipients),
        Err(error) => failed(error, progress, recipients),
    }
}

/// Returns the receipt for a reply that lettre calls a success. lettre includes 3yz, which has no meaning
/// after the end of data.
fn answered(reply: Reply, recipients: Vec<Option<Reply>>) -> Receipt {
    if reply.is_positive() {
        return Receipt::accepted(recipients, reply);
    }
    let error = Error::refused(Step::EndOfData, reply);
    Receipt::unknown(error).with_recipients(recipients)
}

fn failed(error: Error, progress: &Progress, recipients: Vec<Option<Reply>>) -> Receipt {
    // If the connection was lost or the reply was malformed, a code before that refuses nothing.
    let is_refusal = !matches!(error.kind(), Kind::Lost | Kind::Protocol);
    let refused =
        error.reply().filter(|reply| is_refusal && (reply.is_transient() || reply.is_permanent()));
    let in_transaction = error.step() >= Some(Step::Mail);
    let receipt = match refused {
        Some(_) if in_transaction => Receipt::rejected(error),
        _ if progress.end_sent => Receipt::unknown(error),
        _ => Receipt::not_sent(error),
    };
    receipt.with_recipients(recipients)
}

fn reply_of(response: &Response) -> Reply {
    let lines: Vec<_> = response.message().collect();
    Reply::new(response.code().into(), lines.join("\n"))
}

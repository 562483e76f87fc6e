//! Offers mails to the session, on a connection that the server may have given up meanwhile.

use std::time::{Duration, Instant};

use mailer::{Error, MessageReader};

use super::Connection;
use crate::{
    deadline::after,
    queue::{Offer, Queue},
};

/// A caller that took this long to give the next mail left the connection idle. Before MAIL, the loop
/// then looks at what arrived meanwhile.
const PAUSE: Duration = Duration::from_millis(10);
/// After this time without data from the server, the connection counts as quiet: the server may have
/// given it up without a reply.
const QUIET: Duration = Duration::from_secs(1);

impl Connection {
    /// Offers the next mail, unless the server gave up the connection while it was idle.
    pub(super) fn offer_next(&mut self, queue: &mut Queue<'_>) -> Result<(), Error> {
        // With replies outstanding the clock is not needed: reading it costs as much as a command.
        let asked = self.session.is_quiet().then(Instant::now);
        let has_mails = queue.has_mails();
        let was_idle = std::mem::take(&mut self.was_idle);
        if let Some(asked) = asked
            && has_mails
            && (was_idle || asked.elapsed() >= PAUSE)
        {
            self.check_idle()?;
        }
        let offer = queue.next_offer();
        if offer.is_none() || (self.session.looks_ahead() && !queue.may_have_more()) {
            self.session.no_more_mails();
        }
        self.content = offer.and_then(|offer| self.offer(offer));
        Ok(())
    }

    /// Passes a mail to the session and returns its content; `None` if it cannot be read.
    fn offer(&mut self, offer: Offer) -> Option<MessageReader> {
        let Offer { number, mail, content } = offer;
        match content {
            Ok(content) => {
                self.session.offer(number, mail);
                Some(content)
            }
            Err(error) => {
                self.session.offer_unsendable(number, mail, error);
                None
            }
        }
    }

    /// Looks, without waiting, at what arrived on an idle connection. Whatever it is, it answers no
    /// command: FIN, RST, the end of TLS, or a reply such as 421. The next mail then needs a new
    /// connection, and the server has not seen it on this one.
    fn check_idle(&mut self) -> Result<(), Error> {
        self.stream.set_deadline(after(self.server.timeouts.command));
        let step = self.session.step();
        match self.stream.read_now(self.buffer.as_mut_slice()) {
            Ok(None) if self.last_read.elapsed() < QUIET => Ok(()),
            Ok(None) => {
                self.session.mark_quiet();
                Ok(())
            }
            Ok(Some(count)) => {
                self.pass_on(count);
                Err(Error::lost(step))
            }
            Err(cause) => Err(self.io_error(step, cause)),
        }
    }
}

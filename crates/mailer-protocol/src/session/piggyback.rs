//! Commands that share a flight with mails: AUTH in the flight of the first mail, QUIT in the flight of
//! the last content, and what to do if the server refuses or drops commands that follow a content.

use std::time::Duration;

use mailer::{Error, Kind, Outcome, Reply, Step};

use super::{
    Session,
    stage::{Stage, Trigger},
    transaction::Cursor,
};
use crate::{command::Command, grouping::Grouping};

/// The time limit for a reply to a command that followed a content. A server that is silent for longer
/// has probably dropped the command. A wrong guess costs a connection, but no mail.
const DOUBT: Duration = Duration::from_secs(3);

impl Session {
    /// Whether [`Session::no_more_mails`] has an effect as early as when the last mail is offered. A
    /// caller that does not know which mail is the last need not find out: QUIT then has its own flight.
    #[must_use]
    pub fn looks_ahead(&self) -> bool {
        self.pipelining.pipeline_quit
    }

    /// Returns the step that is lost if the bytes to write, which end with `step`, cannot be written. A
    /// QUIT in the same flight as the end of a content is lost together with the content.
    #[must_use]
    pub fn step_lost(&self, step: Step) -> Step {
        let end = self.mails.current().and_then(|mail| mail.end());
        let is_content_lost = end.is_some_and(|end| !self.out.is_written(end));
        match step {
            Step::Quit if is_content_lost => Step::Content,
            // No mail has begun that shares a flight with an AUTH that is not answered.
            _ if !self.has_reached_mail() => self.step(),
            step => step,
        }
    }

    /// Whether the server refused or dropped commands that followed a content. The caller should not use
    /// [`Flow::Overlapped`](crate::Flow::Overlapped) with this server again.
    #[must_use]
    pub fn overlap_refused(&self) -> bool {
        self.piggyback.overlap_refused
    }

    /// Whether the server did not know the mechanism of a pipelined AUTH, and offers another one that fits.
    /// The caller should connect again without [`Pipelining::pipeline_auth`](crate::Pipelining): AUTH then
    /// waits for its reply, and the session tries the next mechanism.
    #[must_use]
    pub fn pipelined_mechanism_unknown(&self) -> bool {
        self.piggyback.mechanism_unknown
    }

    /// Reports that the limit of [`Next::Read`](crate::Next::Read) has passed.
    ///
    /// If the reply belongs to a command that followed a content, the server has probably dropped it.
    /// After a pipelined QUIT this is a normal end. A mail whose envelope was dropped is offered again on
    /// a new connection.
    pub fn reply_timed_out(&mut self) {
        let step = self.step();
        if !self.reply_is_in_doubt() {
            return self.fail(Error::timed_out(step, self.server.timeouts.for_step(step)));
        }
        if step == Step::Quit {
            return self.move_on(Trigger::QuitAnswered);
        }
        self.piggyback.overlap_refused = true;
        let what = "the server did not answer the commands that followed a content";
        self.fail(Error::new(Kind::TimedOut, what).with_step(step));
    }

    /// Whether mails may follow AUTH in the same flight. AUTH must be the last in its group unless its
    /// mechanism needs no challenge, as PLAIN (RFC 4954 §4), and groups need PIPELINING.
    pub(super) fn may_pipeline_auth(&self) -> bool {
        let has_groups = self.pipelining.flow.with(&self.capabilities).has_groups();
        self.pipelining.pipeline_auth && self.more_to_come && has_groups
    }

    /// Handles the reply to an AUTH that was followed by mails.
    pub(super) fn handle_pipelined_auth(&mut self, reply: &Reply) {
        if reply.is_positive() {
            return self.opened();
        }
        let is_challenge = reply.code == 334;
        let error = match is_challenge {
            true => Error::not_smtp(Step::Auth, "the server sent a challenge after all of PLAIN")
                .with_reply(reply.clone()),
            false => Error::refused(Step::Auth, reply.clone()),
        };
        self.piggyback.auth_refusal = Some(error.clone());
        self.piggyback.mechanism_unknown = self.may_try_next_mechanism(reply);
        // A server that requires no AUTH may now ask for content, and must not get any. If all content has
        // been written already, the replies to it are still read.
        let all_written = self.mails.in_flight().all(|mail| mail.cursor == Cursor::Nothing);
        if is_challenge || !all_written || !self.grouping.uses_bdat() {
            self.fail(error);
        }
        self.leave_if_auth_refused();
    }

    /// Ends the session once the mails that followed a refused AUTH are answered.
    pub(super) fn leave_if_auth_refused(&mut self) {
        if !self.replies.is_empty() || self.stage != Stage::Ready {
            return;
        }
        if let Some(error) = self.piggyback.auth_refusal.clone() {
            self.give_up(error);
        }
    }

    /// Reports the refused AUTH as the reason if the mail was rejected after it.
    pub(super) fn blame_auth(&mut self) {
        if let Some(error) = &self.piggyback.auth_refusal
            && self.mails.receipt.outcome == Outcome::Rejected
        {
            self.mails.receipt.outcome = Outcome::NotSent;
            self.mails.receipt.error = Some(error.clone());
        }
    }

    /// Sends QUIT in the flight of the last content, if the caller wants that. QUIT may follow a content as
    /// the last of its group (RFC 2920 §3.1).
    pub(super) fn pipeline_quit(&mut self) {
        let is_last = !self.more_to_come && self.grouping.has_groups();
        if self.pipelining.pipeline_quit && is_last {
            // chasquid drops what follows the dot in the same TLS record, and accepts it in another one.
            self.out.begin_record();
            self.send(&Command::Quit);
            self.piggyback.quit_sent = true;
        }
    }

    /// Returns the time limit for the next reply.
    pub(super) fn reply_limit(&self, step: Step) -> Duration {
        let limit = self.server.timeouts.for_step(step);
        if self.reply_is_in_doubt() { limit.min(DOUBT) } else { limit }
    }

    /// Whether the next reply belongs to a command that followed a content, which the server may have
    /// dropped.
    pub(super) fn reply_is_in_doubt(&self) -> bool {
        let is_overlapped =
            || self.mails.oldest().is_some_and(|mail| mail.follows_content && mail.awaits_reply());
        match self.grouping {
            Grouping::OVERLAPPED if is_overlapped() => true,
            _ => self.piggyback.quit_sent && self.replies.next_step() == Some(Step::Quit),
        }
    }
}

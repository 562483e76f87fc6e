//! AUTH in the flight of the first mail, QUIT in that of the last, and what to make of a server that
//! does not bear it.

use mailer::{Error, Kind, Outcome, Reply, Step};

use super::{Session, Stage, transaction::Cursor};
use crate::{Flow, command::Command};

impl Session {
    /// Whether [`Session::no_more_mails`] matters already when the last mail is offered. A caller who
    /// does not know then need not find out: QUIT has a flight of its own.
    #[must_use]
    pub fn looks_ahead(&self) -> bool {
        self.pipelining.pipeline_quit
    }

    /// RFC 4954 §4: AUTH is the last of its group, unless its mechanism says all in one line, as PLAIN
    /// does. That holds where PIPELINING is announced; in lockstep nothing stands behind anything.
    pub(super) fn mails_may_join_auth(&self) -> bool {
        let grouped = self.pipelining.flow.with(&self.capabilities) != Flow::Lockstep;
        self.pipelining.pipeline_auth && self.more_to_come && grouped
    }

    /// The reply to an AUTH that mails stand behind.
    pub(super) fn take_joined_auth(&mut self, reply: &Reply) {
        if reply.is_positive() {
            self.reached_mail = true;
            return;
        }
        let asks_on = reply.code == 334;
        let error = match asks_on {
            true => Error::not_smtp(Step::Auth, "the server asks on where PLAIN has said all")
                .with_reply(reply.clone()),
            false => Error::refused(Step::Auth, reply.clone()),
        };
        self.auth_refused = Some(error.clone());
        // A server that demands no AUTH may ask for content now, and must get none. Where all content
        // has left already, what the server made of it is still to be heard.
        let all_written = self.in_flight.iter().all(|t| t.cursor == Cursor::Nothing);
        if asks_on || !all_written || !self.flow.chunks() {
            self.fail(error);
        }
        self.leave_if_auth_refused();
    }

    /// Leaves as soon as the mails behind a refused AUTH are answered.
    pub(super) fn leave_if_auth_refused(&mut self) {
        if self.stage != Stage::Ready || !self.owed.is_empty() {
            return;
        }
        if let Some(error) = self.auth_refused.clone() {
            self.give_up(error);
        }
    }

    /// What was refused because AUTH was, is told so.
    pub(super) fn blame_auth(&mut self) {
        if let Some(error) = &self.auth_refused
            && self.receipt.outcome == Outcome::Rejected
        {
            self.receipt.outcome = Outcome::NotSent;
            self.receipt.error = Some(error.clone());
        }
    }

    /// RFC 2920 §3.1: QUIT may stand behind a content, as the last of its group.
    #[track_caller]
    pub(super) fn join_quit(&mut self) {
        let is_last = !self.more_to_come && self.flow != Flow::Lockstep;
        if self.pipelining.pipeline_quit && is_last {
            // One server drops what follows the dot in the same TLS record, and takes it in another.
            self.out.begin_record();
            self.say(&Command::Quit);
            self.quit_said = true;
        }
    }

    /// Whether the reply that is waited for belongs to what stood behind a content.
    pub(super) fn reply_is_in_doubt(&self) -> bool {
        let is_overlapped =
            || self.in_flight.front().is_some_and(|t| t.behind_content && t.is_owed());
        match self.flow {
            Flow::Overlapped if is_overlapped() => true,
            _ => self.quit_said && self.owed.front() == Some(&Step::Quit),
        }
    }

    /// Nothing came where a reply was in doubt (see [`Next::Read`](super::Next::Read)). If it is QUIT
    /// that was not heard, nothing depends on it. Else the group behind the content goes to a new
    /// connection, and no other is written like that to this server.
    pub fn reply_timed_out(&mut self) {
        if self.owed.front() == Some(&Step::Quit) {
            self.stage = Stage::Closed;
            return;
        }
        self.overlap_refused = true;
        let what = "the server did not answer what stood behind a content";
        self.fail(Error::new(Kind::TimedOut, what).with_step(self.step()));
    }
}

//! Injects faults: their actions replace the normal reply.

use std::time::Duration;

use super::Session;
use crate::{
    dialogue::{Answer, Then},
    fault::{Action, Point, Verdict, verdict},
    reply::Reply,
    socket::End,
};

impl Session<'_> {
    /// Carries out a command and replies, or performs the actions of a fault.
    pub(super) fn reply_at(
        &mut self,
        point: Point,
        obey: impl FnOnce(&mut Self) -> Answer,
    ) -> Result<Then, End> {
        let Some(actions) = self.shared.faults.reach(point) else {
            let answer = obey(self);
            return self.reply(answer);
        };
        let answer = match verdict(actions) {
            Verdict::Obey => Some(obey(self)),
            Verdict::Refuse => None,
        };
        self.act(actions, answer.as_ref().map(|a| &a.reply))?;
        Ok(answer.map_or(Then::Command, |answer| answer.then))
    }

    /// Performs the actions of a fault; `normal` is the reply without it.
    fn act(&mut self, actions: &[Action], normal: Option<&Reply>) -> Result<(), End> {
        // The normal reply, until an action replaces it.
        let mut due = normal;
        for action in actions {
            match action {
                Action::Reply(lines) => {
                    due = None;
                    for line in lines.split('\n') {
                        self.wire.output().extend_from_slice(line.as_bytes());
                        self.wire.output().extend_from_slice(b"\r\n");
                    }
                }
                Action::Raw(bytes) => {
                    due = None;
                    self.wire.output().extend_from_slice(bytes);
                    self.wire.flush()?;
                }
                Action::Delay(time) => self.pause(*time)?,
                Action::Drip(pause) => {
                    due.take().into_iter().for_each(|reply| self.write(reply));
                    self.wire.drip(*pause)?;
                }
                Action::StopReading(time) => {
                    due.take().into_iter().for_each(|reply| self.write(reply));
                    self.pause(*time)?;
                }
                Action::Close => return Err(End::Closed),
                Action::Reset => {
                    self.wire.flush()?;
                    return Err(End::Reset);
                }
                Action::InjectAfter(bytes) => {
                    due = None;
                    normal.into_iter().for_each(|reply| self.write(reply));
                    self.wire.output().extend_from_slice(bytes);
                }
                Action::Continue => {
                    due = None;
                    normal.into_iter().for_each(|reply| self.write(reply));
                }
                Action::Silence => due = None,
            }
        }
        due.into_iter().for_each(|reply| self.write(reply));
        Ok(())
    }

    /// Sends all output, then waits.
    fn pause(&mut self, time: Duration) -> Result<(), End> {
        self.wire.flush()?;
        if self.shared.stop.sleep(time) { Err(End::Stopping) } else { Ok(()) }
    }

    /// Performs the actions of a fault at a point without a reply. Returns whether they sent one.
    pub(super) fn fault_at(&mut self, point: Point) -> Result<bool, End> {
        let Some(actions) = self.shared.faults.reach(point) else { return Ok(false) };
        self.act(actions, None)?;
        self.wire.flush()?;
        Ok(actions.iter().any(|action| matches!(action, Action::Reply(_) | Action::Raw(_))))
    }
}

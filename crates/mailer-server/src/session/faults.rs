//! Injects faults: their actions replace the normal reply.

use std::time::Duration;

use super::Session;
use crate::{
    active_faults::Scene,
    command::Command,
    content_sink::ContentSink,
    dialogue::{Answer, Then},
    fault::{Action, Point, Verdict, verdict},
    pieces,
    reply::Reply,
    socket::End,
    transaction::Transaction,
};

impl Session<'_> {
    /// Carries out a command and replies, or performs the actions of a fault that matches the scene.
    pub(super) fn reply_at(
        &mut self,
        point: Point,
        scene: &Scene,
        obey: impl FnOnce(&mut Self) -> Answer,
    ) -> Result<Then, End> {
        self.reply_at_any(&[point], scene, obey)
    }

    /// Like [`Session::reply_at`], at a place that is several points: the first with a fault that matches counts.
    pub(super) fn reply_at_any(
        &mut self,
        points: &[Point],
        scene: &Scene,
        obey: impl FnOnce(&mut Self) -> Answer,
    ) -> Result<Then, End> {
        let faults = &self.shared.faults;
        let Some(actions) = points.iter().find_map(|point| faults.reach(*point, scene)) else {
            let answer = obey(self);
            return self.reply(answer);
        };
        let answer = match verdict(&actions) {
            Verdict::Obey => Some(obey(self)),
            Verdict::Refuse => None,
        };
        self.report_denial();
        self.act(&actions, answer.as_ref().map(|a| &a.reply))?;
        Ok(answer.map_or(Then::Command, |answer| answer.then))
    }

    /// Performs the actions of a fault at a point without a reply. Returns whether they sent one.
    pub(super) fn fault_at(&mut self, point: Point, scene: &Scene) -> Result<bool, End> {
        let Some(actions) = self.shared.faults.reach(point, scene) else {
            return Ok(false);
        };
        self.act(&actions, None)?;
        self.wire.flush()?;
        Ok(actions.iter().any(|action| matches!(action, Action::Reply(_) | Action::Raw(_))))
    }

    /// Returns what faults at a command are compared with; empty without faults.
    pub(super) fn scene(&self, line: &str, command: &Command) -> Scene {
        if !self.shared.faults.any() {
            return Scene::default();
        }
        let transaction = self.dialogue.transaction.as_ref();
        if *command == Command::Data {
            return self.content_scene(transaction, None);
        }
        let mut scene = Scene { text: line.to_owned(), ..Scene::in_transaction(transaction) };
        match command {
            Command::Mail(mail) => scene.sender = Some(mail.sender.clone().unwrap_or_default()),
            Command::Rcpt(rcpt) => scene.recipients = vec![rcpt.recipient.clone()],
            _ => {}
        }
        scene
    }

    /// Returns what faults at content are compared with; empty without faults.
    pub(super) fn content_scene(
        &self,
        transaction: Option<&Transaction>,
        sink: Option<&ContentSink>,
    ) -> Scene {
        let Some(known) = transaction.filter(|_| self.shared.faults.any()) else {
            return Scene::default();
        };
        let text = known.envelope_lines() + &sink_text(known, sink);
        Scene { text, ..Scene::in_transaction(transaction) }
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
                    self.wire.send_in_pieces(pieces::of_one_byte, *pause)?;
                }
                Action::Split(pause) => {
                    due.take().into_iter().for_each(|reply| self.write(reply));
                    self.wire.send_in_pieces(pieces::awkward, *pause)?;
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
}

/// Returns the content that has arrived: that of the sink, or that of the chunks.
fn sink_text(transaction: &Transaction, sink: Option<&ContentSink>) -> String {
    let chunks = transaction.chunks.as_ref().map(|chunks| &chunks.sink);
    let content = sink.or(chunks).map(ContentSink::in_memory).unwrap_or_default();
    String::from_utf8_lossy(content).into_owned()
}

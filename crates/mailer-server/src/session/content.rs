//! Moves content from the wire into the store, after DATA or BDAT.

use super::Session;
use crate::{
    active_faults::Scene,
    content::Unstuffer,
    content_sink::{ContentSink, LineEnds},
    dialogue::{Answer, Then},
    fault::Point,
    profile::{OversizedChunk, RefusedChunk},
    reply::{self, Reply},
    socket::End,
    transaction::{Chunks, Transaction},
};

impl Session<'_> {
    /// Reads the content after DATA.
    pub(super) fn content(&mut self) -> Result<Then, End> {
        let mut sink = ContentSink::new(&self.shared.store, self.size_limit());
        let mut unstuffer = Unstuffer::new();
        let answered = self.content_begins()?;
        loop {
            let step = unstuffer.decode(self.wire.input(), |bytes| sink.write(bytes));
            self.wire.consume(step.used);
            if step.ended {
                break;
            }
            self.more_content()?;
        }
        self.log_content(sink.received());
        let transaction = self.dialogue.transaction.take();
        self.apply_to_pipelined_input()?;
        if answered {
            return Ok(Then::Command);
        }
        if !self.wire.input().is_empty() && self.dialogue.forbids_input_after_content() {
            return self.reply(Answer { reply: reply::NO_PIPELINING, then: Then::Close });
        }
        if unstuffer.has_bare_line_end() {
            sink.refuse(reply::BARE_LINE_END);
        }
        let scene = self.content_scene(transaction.as_ref(), Some(&sink));
        let then = self.reply_at(Point::EndOfData, &scene, |s| {
            s.store(transaction.unwrap_or_default(), sink).into()
        })?;
        match then {
            Then::Command => self.refuse_pipelined_input(),
            then => Ok(then),
        }
    }

    /// Reads exactly the bytes of a chunk, even if it is refused (RFC 3030 §2, §4.2).
    pub(super) fn chunk(&mut self, size: u64, last: bool) -> Result<Then, End> {
        if let Some(reply) = self.dialogue.refuses_chunks() {
            return self.reply(Answer::to_bad_line(reply, size > 0));
        }
        let wanted = self.begin_chunk();
        if self.reads_chunk_as_commands(size) {
            self.dialogue.transaction = None;
            return self.reply_at(Point::Bdat, &Scene::default(), |_| reply::TOO_BIG.into());
        }
        let answered = size > 0 && self.content_begins()?;
        self.read_chunk(size, wanted.is_ok())?;
        self.log_content(size);
        // `chunk_ended` puts the transaction back after a good chunk that is not the last.
        let ends = wanted.is_ok() || (last && self.ends_with_refused_chunk());
        let mail = if ends { self.dialogue.transaction.take() } else { None };
        if answered {
            return Ok(Then::Command);
        }
        let open = mail.as_ref().or(self.dialogue.transaction.as_ref());
        let scene = self.content_scene(open, None);
        // The reply to the last chunk is the one that follows the dot after DATA.
        let points: &[Point] = match last && wanted.is_ok() {
            true => &[Point::EndOfData, Point::Bdat],
            false => &[Point::Bdat],
        };
        self.reply_at_any(points, &scene, |s| match (wanted, mail) {
            (Ok(()), Some(mail)) => s.chunk_ended(mail, size, last).into(),
            (wanted, _) => wanted.err().unwrap_or(reply::MAIL_FIRST).into(),
        })
    }

    /// Opens the sink before the first chunk.
    ///
    /// # Errors
    /// The reply that refuses the chunk.
    fn begin_chunk(&mut self) -> Result<(), Reply> {
        let (store, limit) = (&self.shared.store, self.size_limit());
        let mail = self.dialogue.for_chunk()?;
        mail.chunks.get_or_insert_with(|| Chunks {
            sink: ContentSink::new(store, limit),
            line_ends: LineEnds::default(),
        });
        Ok(())
    }

    /// Returns whether the profile reads this chunk as commands, because it exceeds SIZE.
    fn reads_chunk_as_commands(&self, size: u64) -> bool {
        let chunks = self.dialogue.transaction.as_ref().and_then(|mail| mail.chunks.as_ref());
        let (Some(limit), Some(chunks)) = (self.size_limit(), chunks) else { return false };
        self.shared.config.profile.oversized_chunk == OversizedChunk::ReadAsCommands
            && chunks.sink.received().saturating_add(size) > limit
    }

    fn ends_with_refused_chunk(&self) -> bool {
        self.shared.config.profile.refused_chunk == RefusedChunk::EndsTransaction
    }

    fn read_chunk(&mut self, size: u64, wanted: bool) -> Result<(), End> {
        let mut left = size;
        while left > 0 {
            if self.wire.input().is_empty() {
                self.more_content()?;
            }
            let input = self.wire.input();
            let here = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
            let chunks = self.dialogue.transaction.as_mut().and_then(|mail| mail.chunks.as_mut());
            if let (true, Some(chunks)) = (wanted, chunks) {
                let part = input.get(..here).unwrap_or(input);
                chunks.sink.write(part);
                chunks.line_ends.watch(part);
            }
            self.wire.consume(here);
            left -= here as u64;
        }
        Ok(())
    }

    /// Returns the reply to a chunk that was not refused before. A failed chunk ends the transaction,
    /// so that the following chunks get 503.
    fn chunk_ended(&mut self, mut mail: Transaction, size: u64, last: bool) -> Reply {
        let Some(chunks) = mail.chunks.take() else { return reply::MAIL_FIRST };
        if let Some(refusal) = chunks.sink.refusal() {
            return refusal.clone();
        }
        if last {
            return self.chunks_ended(mail, chunks);
        }
        mail.chunks = Some(chunks);
        self.dialogue.transaction = Some(mail);
        Reply::with_text(250, "2.0.0", format!("{size} bytes stored"))
    }

    fn chunks_ended(&mut self, mut mail: Transaction, chunks: Chunks) -> Reply {
        let Chunks { mut sink, line_ends } = chunks;
        if line_ends.has_bare() && !mail.body_binary {
            sink.refuse(reply::BARE_LINE_END);
        }
        mail.via_bdat = true;
        self.store(mail, sink)
    }

    /// Stores a complete message, and returns the reply.
    fn store(&mut self, transaction: Transaction, sink: ContentSink) -> Reply {
        let envelope = self.dialogue.envelope(self.id, transaction);
        let content = match sink.finish() {
            Ok(content) => content,
            Err(refusal) => return refusal,
        };
        if self.shared.store.add(content, envelope).is_err() {
            return reply::STORE_FAILED;
        }
        self.errors = 0;
        self.accepted += 1;
        Reply::with_text(250, "2.0.0", format!("Stored as {}-{}", self.id, self.accepted))
    }

    /// Waits for the first bytes of content. Returns whether a fault has answered them.
    fn content_begins(&mut self) -> Result<bool, End> {
        if self.wire.input().is_empty() {
            self.more_content()?;
        }
        let scene = self.content_scene(self.dialogue.transaction.as_ref(), None);
        self.fault_at(Point::Content, &scene)
    }

    fn more_content(&mut self) -> Result<(), End> {
        self.wire.begin_step(self.shared.config.limits.content);
        self.wire.fill()
    }

    fn log_content(&self, bytes: u64) {
        self.wire.log_received(|| format!("({bytes} bytes of content)"));
    }

    /// Returns the largest message in bytes. SIZE 0 is no limit (RFC 1870 §4).
    fn size_limit(&self) -> Option<u64> {
        self.shared.config.size_limit().filter(|limit| *limit > 0)
    }
}

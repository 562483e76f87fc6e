//! Content, by DATA or by BDAT, from the wire into the store.

use super::Session;
use crate::{
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
            let step = unstuffer.decode(self.wire.input(), |octets| sink.write(octets));
            self.wire.consume(step.used);
            if step.ended {
                break;
            }
            self.more_content()?;
        }
        self.heard_content(sink.received());
        let transaction = self.dialogue.transaction.take();
        self.apply_to_pipelined_input()?;
        if answered {
            return Ok(Then::Command);
        }
        if !self.wire.input().is_empty() && self.dialogue.forbids_input_after_content() {
            return self.say(Answer { reply: reply::NO_PIPELINING, then: Then::Close });
        }
        if unstuffer.has_bare_line_end() {
            sink.refuse(reply::BARE_LINE_END);
        }
        let then =
            self.turn(Point::EndOfData, |s| s.take(transaction.unwrap_or_default(), sink).into())?;
        match then {
            Then::Command => self.refuse_pipelined_input(),
            then => Ok(then),
        }
    }

    /// Reads a chunk, exactly its octets, whether they are wanted or not (RFC 3030 §2, §4.2).
    pub(super) fn chunk(&mut self, octets: u64, last: bool) -> Result<Then, End> {
        if let Some(reply) = self.dialogue.refuses_chunks() {
            return self.say(Answer::to_bad_line(reply, octets > 0));
        }
        let wanted = self.begin_chunk();
        if self.mistakes_chunk(octets) {
            self.dialogue.transaction = None;
            return self.turn(Point::Bdat, |_| reply::TOO_BIG.into());
        }
        let answered = octets > 0 && self.content_begins()?;
        self.read_chunk(octets, wanted.is_ok())?;
        self.heard_content(octets);
        // It is put back if the chunk was good and not the last.
        let ends = wanted.is_ok() || (last && self.ends_with_refused_chunk());
        let mail = if ends { self.dialogue.transaction.take() } else { None };
        if answered {
            return Ok(Then::Command);
        }
        self.turn(Point::Bdat, |s| match (wanted, mail) {
            (Ok(()), Some(mail)) => s.chunk_ended(mail, octets, last).into(),
            (wanted, _) => wanted.err().unwrap_or(reply::MAIL_FIRST).into(),
        })
    }

    /// Makes room with the first chunk; an error says why none is wanted.
    fn begin_chunk(&mut self) -> Result<(), Reply> {
        let (store, limit) = (&self.shared.store, self.size_limit());
        let mail = self.dialogue.for_chunk()?;
        mail.chunks.get_or_insert_with(|| Chunks {
            sink: ContentSink::new(store, limit),
            line_ends: LineEnds::default(),
        });
        Ok(())
    }

    /// Whether a chunk of so many octets is not read as one, because there is no room for it.
    fn mistakes_chunk(&self, octets: u64) -> bool {
        let chunks = self.dialogue.transaction.as_ref().and_then(|mail| mail.chunks.as_ref());
        let (Some(limit), Some(chunks)) = (self.size_limit(), chunks) else { return false };
        self.shared.config.profile.oversized_chunk == OversizedChunk::TakenForCommands
            && chunks.sink.received().saturating_add(octets) > limit
    }

    fn ends_with_refused_chunk(&self) -> bool {
        self.shared.config.profile.refused_chunk == RefusedChunk::EndsTransaction
    }

    fn read_chunk(&mut self, octets: u64, wanted: bool) -> Result<(), End> {
        let mut left = octets;
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

    /// The reply to a chunk that was wanted. One that fails ends the transaction: chunks that are
    /// under way after it find none and get 503.
    fn chunk_ended(&mut self, mut mail: Transaction, octets: u64, last: bool) -> Reply {
        let Some(chunks) = mail.chunks.take() else { return reply::MAIL_FIRST };
        if let Some(refusal) = chunks.sink.refusal() {
            return refusal.clone();
        }
        if last {
            return self.chunks_ended(mail, chunks);
        }
        mail.chunks = Some(chunks);
        self.dialogue.transaction = Some(mail);
        Reply::with_text(250, "2.0.0", format!("{octets} octets taken"))
    }

    fn chunks_ended(&mut self, mut mail: Transaction, chunks: Chunks) -> Reply {
        let Chunks { mut sink, line_ends } = chunks;
        if line_ends.has_bare() && !mail.body_binary {
            sink.refuse(reply::BARE_LINE_END);
        }
        mail.via_bdat = true;
        self.take(mail, sink)
    }

    /// Stores a mail that is complete.
    fn take(&mut self, transaction: Transaction, sink: ContentSink) -> Reply {
        let envelope = self.dialogue.envelope(self.id, transaction);
        let content = match sink.finish() {
            Ok(content) => content,
            Err(refusal) => return refusal,
        };
        if self.shared.store.take(content, envelope).is_err() {
            return reply::STORE_FAILED;
        }
        self.errors = 0;
        self.taken += 1;
        Reply::with_text(250, "2.0.0", format!("Stored as {}-{}", self.id, self.taken))
    }

    /// Waits for the first octets of content; whether a fault has answered them.
    fn content_begins(&mut self) -> Result<bool, End> {
        if self.wire.input().is_empty() {
            self.more_content()?;
        }
        self.interlude(Point::Content)
    }

    fn more_content(&mut self) -> Result<(), End> {
        self.wire.begin_step(self.shared.config.limits.content);
        self.wire.fill()
    }

    fn heard_content(&self, octets: u64) {
        self.wire.heard(|| format!("({octets} octets of content)"));
    }

    /// SIZE 0 is no limit (RFC 1870 §4).
    fn size_limit(&self) -> Option<u64> {
        self.shared.config.size_limit().filter(|limit| *limit > 0)
    }
}

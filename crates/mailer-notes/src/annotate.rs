//! From pieces to tokens: joins the pieces of a line, marks them, and cuts the marks at the pieces.

use mailer::Step;

use crate::{
    client::Client,
    piece::{Piece, Speaker, TlsRecord, Wire},
    scanner::Mark,
    server::mark_replies,
    tls::Handshake,
    token::{Annotated, Token},
    turning::TurningPoints,
};

/// Returns the tokens of each piece, in the order of the pieces.
///
/// Any bytes are accepted: what is not SMTP gets a note that admits it
/// ([`is_unknown`](crate::Note::is_unknown)).
///
/// ```
/// use mailer::Step;
/// use mailer_notes::{Piece, annotate};
///
/// let reply = b"354 Go ahead\r\n";
/// let [annotated] = annotate(&[Piece::server(Step::Data, reply)]).try_into().unwrap();
/// let titles: Vec<_> = annotated.tokens.iter().map(|token| token.note.title).collect();
/// assert_eq!(titles, ["3: go on", "5: mail system", "354", "SP after the code", "text", "CRLF"]);
/// ```
#[must_use]
pub fn annotate(pieces: &[Piece<'_>]) -> Vec<Annotated> {
    let mut annotator = Annotator::new(pieces);
    for (index, piece) in pieces.iter().enumerate() {
        match piece.wire {
            Wire::Bytes(bytes) => annotator.join(index, piece.speaker, Kind::new(piece), bytes),
            Wire::TlsRecords(records) => annotator.mark_tls(index, piece, records),
        }
    }
    annotator.finish(Speaker::Client);
    annotator.finish(Speaker::Server);
    let mut turning_points = TurningPoints::default();
    for (piece, annotated) in pieces.iter().zip(&mut annotator.annotated) {
        annotated.turning_points = turning_points.at(piece, &annotated.tokens);
    }
    annotator.annotated
}

/// What kind of bytes a piece has. Neighbouring pieces of one speaker and kind are read as one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Lines(Step),
    Content,
}

impl Kind {
    fn new(piece: &Piece<'_>) -> Self {
        match (piece.speaker, piece.step) {
            (Speaker::Client, Step::Content | Step::EndOfData) => Self::Content,
            (_, step) => Self::Lines(step),
        }
    }
}

/// Neighbouring pieces of one speaker and kind.
struct Run {
    kind: Kind,
    bytes: Vec<u8>,
    /// The index and the length of each piece.
    pieces: Vec<(usize, usize)>,
}

struct Annotator {
    annotated: Vec<Annotated>,
    client: Client,
    handshake: Handshake,
    client_run: Option<Run>,
    server_run: Option<Run>,
}

impl Annotator {
    fn new(pieces: &[Piece<'_>]) -> Self {
        Self {
            annotated: vec![Annotated::default(); pieces.len()],
            client: Client::default(),
            handshake: Handshake::default(),
            client_run: None,
            server_run: None,
        }
    }

    fn run(&mut self, speaker: Speaker) -> &mut Option<Run> {
        match speaker {
            Speaker::Client => &mut self.client_run,
            Speaker::Server => &mut self.server_run,
        }
    }

    fn join(&mut self, index: usize, speaker: Speaker, kind: Kind, bytes: &[u8]) {
        if self.run(speaker).as_ref().is_some_and(|run| run.kind != kind) {
            self.finish(speaker);
        }
        let run = self.run(speaker);
        let run = run.get_or_insert_with(|| Run { kind, bytes: Vec::new(), pieces: Vec::new() });
        run.bytes.extend_from_slice(bytes);
        run.pieces.push((index, bytes.len()));
    }

    fn finish(&mut self, speaker: Speaker) {
        let Some(run) = self.run(speaker).take() else { return };
        let mut marks = Vec::new();
        match (speaker, run.kind) {
            (Speaker::Server, Kind::Lines(step)) => mark_replies(step, &run.bytes, &mut marks),
            (Speaker::Client, Kind::Lines(step)) => {
                self.client.mark_lines(step, &run.bytes, &mut marks);
            }
            (_, Kind::Content) => self.client.mark_content(&run.bytes, &mut marks),
        }
        self.place(&run.pieces, marks);
    }

    fn mark_tls(&mut self, index: usize, piece: &Piece<'_>, records: &[TlsRecord]) {
        let marks = self.handshake.mark(piece.speaker, piece.step, records);
        let length = records.iter().map(|record| usize::from(record.size)).sum();
        self.place(&[(index, length)], marks);
    }

    /// Cuts marks at the ends of pieces, and gives each piece its tokens.
    fn place(&mut self, pieces: &[(usize, usize)], marks: Vec<Mark>) {
        let mut marks = marks.into_iter();
        let mut open: Option<Mark> = None;
        for &(index, length) in pieces {
            let mut at = 0;
            while at < length {
                let Some(mut mark) = open.take().or_else(|| marks.next()) else { break };
                let end = length.min(at + mark.length);
                let token = Token { range: at..end, note: mark.note, decoded: mark.decoded.take() };
                if let Some(piece) = self.annotated.get_mut(index) {
                    piece.tokens.push(token);
                }
                mark.length -= end - at;
                open = (mark.length > 0).then_some(mark);
                at = end;
            }
        }
    }
}

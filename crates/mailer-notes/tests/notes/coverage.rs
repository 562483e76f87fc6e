//! Whatever the bytes and the pieces are, the tokens cover every byte exactly once.

use mailer::Step;
use mailer_notes::{Annotated, Piece, Speaker, TlsRecord, Wire, annotate};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::known::SESSIONS;

#[derive(Clone, Debug)]
struct Drawn {
    speaker: Speaker,
    step: Step,
    bytes: Vec<u8>,
    records: Option<Vec<TlsRecord>>,
}

impl Drawn {
    fn piece(&self) -> Piece<'_> {
        let wire = match &self.records {
            Some(records) => Wire::TlsRecords(records),
            None => Wire::Bytes(&self.bytes),
        };
        Piece { speaker: self.speaker, step: self.step, wire }
    }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let bytes = prop_oneof![
        "[ -~\r\n\t=<>@.-]{0,40}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..40),
        select(lines()).prop_map(String::into_bytes),
    ];
    let speaker = select(vec![Speaker::Client, Speaker::Server]);
    let record = (any::<u8>(), any::<u16>());
    let record = record.prop_map(|(content_type, size)| TlsRecord { content_type, size });
    let records = proptest::option::weighted(0.1, vec(record, 0..5));
    let all = (speaker, select(Step::ALL.to_vec()), bytes, records);
    all.prop_map(|(speaker, step, bytes, records)| Drawn { speaker, step, bytes, records })
}

/// Lines of real sessions, whole and cut.
fn lines() -> Vec<String> {
    let texts = SESSIONS.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| line.get(3..));
    let whole: Vec<String> = texts.map(|line| format!("{line}\r\n")).collect();
    let cut = whole.iter().filter_map(|line| line.get(..line.len() / 2)).map(str::to_owned);
    whole.iter().cloned().chain(cut).collect()
}

#[track_caller]
fn covers(piece: &Piece<'_>, annotated: &Annotated) {
    let length = match piece.wire {
        Wire::Bytes(bytes) => bytes.len(),
        Wire::TlsRecords(records) => records.iter().map(|it| usize::from(it.size)).sum(),
    };
    let mut at = 0;
    for token in &annotated.tokens {
        assert_eq!(token.range.start, at, "{piece:?}");
        assert!(token.range.end > at, "{piece:?}");
        at = token.range.end;
    }
    assert_eq!(at, length, "{piece:?}");
}

proptest! {
    #[test]
    fn tokens_cover_every_byte_once(drawn in vec(drawn(), 0..12)) {
        let pieces: Vec<Piece<'_>> = drawn.iter().map(Drawn::piece).collect();
        let annotated = annotate(&pieces);
        prop_assert_eq!(annotated.len(), pieces.len());
        pieces.iter().zip(&annotated).for_each(|(piece, annotated)| covers(piece, annotated));
    }

    #[test]
    fn cutting_a_line_changes_no_note(line in select(lines()), step in select(Step::ALL.to_vec()),
        speaker in select(vec![Speaker::Client, Speaker::Server]), cut in 0_usize..80) {
        let (first, second) = line.as_bytes().split_at(cut.min(line.len()));
        let piece = |bytes| Piece { speaker, step, wire: Wire::Bytes(bytes) };
        let whole = annotate(&[piece(line.as_bytes())]);
        let parts = annotate(&[piece(first), piece(second)]);
        let notes = |annotated: &[Annotated]| -> Vec<&'static str> {
            let tokens = annotated.iter().flat_map(|piece| &piece.tokens);
            tokens.flat_map(|token| token.range.clone().map(|_| token.note.id)).collect()
        };
        prop_assert_eq!(notes(&whole), notes(&parts));
    }
}

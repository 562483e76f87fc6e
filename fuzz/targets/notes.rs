//! Notes on a dialogue: the tokens of each piece cover every byte once, and cutting a piece in two
//! changes no note. Decoded text controls no terminal and reveals nothing that a client sends in AUTH.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer::Step;
use mailer_notes::{Annotated, Piece, Speaker, TlsRecord, Wire, annotate};

fuzz_target!(|input: &[u8]| {
    let texts: Vec<&[u8]> = input.split(|&byte| byte == b'|').collect();
    let records: Vec<Vec<TlsRecord>> = texts.iter().map(|text| tls_records(text)).collect();
    let pieces: Vec<Piece<'_>> =
        texts.iter().zip(&records).filter_map(|(text, records)| piece(text, records)).collect();
    let annotated = annotate(&pieces);
    assert_eq!(annotated.len(), pieces.len());
    pieces.iter().zip(&annotated).for_each(|(piece, annotated)| is_sound(piece, annotated));
    let halves: Vec<Piece<'_>> = pieces.iter().flat_map(cut).collect();
    assert_eq!(notes(&annotate(&halves)), notes(&annotated));
});

/// `C` and `S` are the bytes of client and server, `c` and `s` their TLS records.
fn piece<'a>(text: &'a [u8], records: &'a [TlsRecord]) -> Option<Piece<'a>> {
    let [speaker, step, bytes @ ..] = text else { return None };
    // The steps by letter, from `a`.
    let step = Step::ALL[usize::from(step.wrapping_sub(b'a')) % Step::ALL.len()];
    Some(match speaker {
        b'S' => Piece::server(step, bytes),
        b's' => Piece::tls_records(Speaker::Server, step, records),
        b'c' => Piece::tls_records(Speaker::Client, step, records),
        _ => Piece::client(step, bytes),
    })
}

/// Two bytes are the content type and the size of a record.
fn tls_records(text: &[u8]) -> Vec<TlsRecord> {
    let bytes = text.get(2..).unwrap_or_default();
    let record = |pair: &[u8; 2]| TlsRecord { content_type: pair[0], size: pair[1].into() };
    bytes.as_chunks().0.iter().map(record).collect()
}

fn is_sound(piece: &Piece<'_>, annotated: &Annotated) {
    let mut at = 0;
    for token in &annotated.tokens {
        assert_eq!(token.range.start, at);
        assert!(token.range.end > at);
        at = token.range.end;
        let decoded = token.decoded.as_deref().unwrap_or_default();
        assert!(!decoded.contains(mailer::is_unsafe), "{decoded:?}");
        if (piece.speaker, piece.step) == (Speaker::Client, Step::Auth) {
            assert_eq!(decoded.replace("****", "").replace(" NUL ", ""), "");
        }
    }
    assert_eq!(at, length(piece));
}

fn length(piece: &Piece<'_>) -> usize {
    match piece.wire {
        Wire::Bytes(bytes) => bytes.len(),
        Wire::TlsRecords(records) => records.iter().map(|record| usize::from(record.size)).sum(),
    }
}

fn cut<'a>(piece: &Piece<'a>) -> Vec<Piece<'a>> {
    let Wire::Bytes(bytes) = piece.wire else { return vec![*piece] };
    let (first, second) = bytes.split_at(bytes.len() / 2);
    [first, second].map(|bytes| Piece { wire: Wire::Bytes(bytes), ..*piece }).to_vec()
}

/// The note on each byte.
fn notes(annotated: &[Annotated]) -> Vec<&'static str> {
    let tokens = annotated.iter().flat_map(|piece| &piece.tokens);
    tokens.flat_map(|token| token.range.clone().map(|_| token.note.id)).collect()
}

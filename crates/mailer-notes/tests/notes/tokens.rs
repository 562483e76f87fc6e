//! Single lines, and the notes on their tokens.

use std::collections::BTreeSet;

use mailer::Step;
use mailer_notes::{Piece, Speaker, TlsRecord, annotate, notes};

use crate::{
    known::SESSIONS,
    transcript::{annotated, parse, tokens},
};

const RARE: &str = include_str!("sessions/rare.txt");

/// Returns the tokens of one piece, as text and id.
fn tokens_of(piece: Piece<'_>, bytes: &[u8]) -> Vec<(String, &'static str)> {
    let annotated = annotate(&[piece]);
    let all = annotated.iter().flat_map(|piece| &piece.tokens);
    let text = |range| String::from_utf8_lossy(&bytes[range]).into_owned();
    all.map(|token| (text(token.range.clone()), token.note.id)).collect()
}

#[track_caller]
fn assert_client(step: Step, line: &str, expected: &[(&str, &str)]) {
    assert_tokens(Piece::client(step, line.as_bytes()), line, expected);
}

#[track_caller]
fn assert_server(step: Step, line: &str, expected: &[(&str, &str)]) {
    assert_tokens(Piece::server(step, line.as_bytes()), line, expected);
}

#[track_caller]
fn assert_tokens(piece: Piece<'_>, line: &str, expected: &[(&str, &str)]) {
    let found = tokens_of(piece, line.as_bytes());
    let found: Vec<(&str, &str)> = found.iter().map(|(text, id)| (text.as_str(), *id)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_reply_is_read_digit_by_digit() {
    assert_server(
        Step::Recipient,
        "550-5.1.1 No such user\r\n",
        &[
            ("5", "first-5"),
            ("5", "second-5"),
            ("0", "code-550"),
            ("-", "more-lines"),
            ("5", "class-5"),
            (".", "enhanced-dot"),
            ("1", "subject-1"),
            (".", "enhanced-dot"),
            ("1", "detail-1-1"),
            (" ", "space"),
            ("No such user", "reply-text"),
            ("\r\n", "crlf"),
        ],
    );
}

#[test]
fn an_enhanced_code_of_another_class_is_text() {
    assert_server(
        Step::Mail,
        "250 5.1.0",
        &[
            ("2", "first-2"),
            ("5", "second-5"),
            ("0", "code-250"),
            (" ", "last-line"),
            ("5.1.0", "reply-text"),
        ],
    );
}

#[test]
fn an_unknown_extension_is_admitted() {
    let reply = "250-mail.example.test\r\n250 X-OTHER 1\r\n";
    let ids: Vec<&str> = tokens_of(Piece::server(Step::Ehlo, reply.as_bytes()), reply.as_bytes())
        .iter()
        .map(|(_, id)| *id)
        .filter(|id| id.starts_with("unknown"))
        .collect();
    assert_eq!(ids, ["unknown-extension", "unknown-extension-parameter"]);
}

#[test]
fn a_bracket_in_a_quoted_local_part_does_not_end_the_path() {
    assert_client(
        Step::Recipient,
        "RCPT TO:<\"a> b\\\"c\"@[192.0.2.1]>\n",
        &[
            ("RCPT", "rcpt"),
            (" ", "space"),
            ("TO:", "to"),
            ("<", "path-open"),
            ("\"a> b\\\"c\"", "quoted-local-part"),
            ("@", "at"),
            ("[192.0.2.1]", "address-literal"),
            (">", "path-close"),
            ("\n", "bare-lf"),
        ],
    );
}

#[test]
fn content_in_the_piece_of_its_chunk_is_not_read_as_a_command() {
    assert_client(
        Step::Data,
        "BDAT 7 LAST\r\n\r\nQUIT\nQUIT\r\n",
        &[
            ("BDAT", "bdat"),
            (" ", "space"),
            ("7", "bdat-size"),
            (" ", "space"),
            ("LAST", "bdat-last"),
            ("\r\n", "crlf"),
            ("\r\n", "header-end"),
            ("QUIT", "body-text"),
            ("\n", "bare-lf"),
            ("QUIT", "quit"),
            ("\r\n", "crlf"),
        ],
    );
}

#[test]
fn responses_of_auth_are_never_decoded() {
    let secrets = ["dGlt", "c2VjcmV0", "AGFubgBzZXNhbWU="];
    let text = "C: AUTH LOGIN dGlt\nC: c2VjcmV0\nC: AUTH XOAUTH2 dGlt\nC: AUTH PLAIN\n\
        C: AGFubgBzZXNhbWU=\nC: c2VjcmV0\n";
    let annotated = annotated(&parse(text));
    let tokens = annotated.iter().flat_map(|piece| &piece.tokens);
    let decoded: Vec<&str> = tokens.filter_map(|token| token.decoded.as_deref()).collect();
    assert_eq!(decoded, ["****", "****", "****", "**** NUL **** NUL ****", "****"]);
    assert!(decoded.iter().all(|text| !secrets.contains(text)));
}

#[test]
fn the_first_response_of_login_is_the_user_and_the_second_the_password() {
    for text in ["C: AUTH LOGIN\nC: ****\nC: ****\n", "C: AUTH LOGIN ****\nC: ****\n"] {
        let ids: Vec<&str> = tokens(text)
            .iter()
            .map(|(_, note)| note.id)
            .filter(|id| id.starts_with("auth-"))
            .collect();
        assert_eq!(ids, ["auth-user", "auth-password"]);
    }
}

#[test]
fn each_message_of_scram_and_of_tokens_has_its_note() {
    let ids = |text: &str| -> Vec<&str> {
        let ids = tokens(text).into_iter().map(|(_, note)| note.id);
        ids.filter(|id| id.starts_with("auth-")).collect()
    };
    // r=a,s=b,i=4096 and v=c
    let scram = "C: AUTH SCRAM-SHA-256 ****\nS: 334 cj1hLHM9YixpPTQwOTY=\nC: ****\nS: 334 dj1j\n";
    assert_eq!(
        ids(scram),
        [
            "auth-scram-client-first",
            "auth-scram-server-first",
            "auth-scram-client-final",
            "auth-scram-server-final",
        ]
    );
    // {"status":"401"}
    let refused = |mechanism: &str, answer: &str| {
        ids(&format!("C: AUTH {mechanism} ****\nS: 334 eyJzdGF0dXMiOiI0MDEifQ==\nC: {answer}\n"))
    };
    let explained = ["auth-token-message", "auth-token-error"];
    assert_eq!(refused("OAUTHBEARER", "AQ=="), [&explained[..], &["auth-token-answer"]].concat());
    // The answer is an empty line.
    assert_eq!(refused("XOAUTH2", ""), explained);
    assert_eq!(ids("S: 334 ****\n"), ["auth-masked-challenge"]);
}

#[test]
fn mime_is_decoded() {
    let (_, text) = SESSIONS.iter().find(|(name, _)| *name == "mime").expect("it is there");
    let annotated = annotated(&parse(text));
    let tokens = annotated.iter().flat_map(|piece| &piece.tokens);
    let decoded: Vec<&str> = tokens.filter_map(|token| token.decoded.as_deref()).collect();
    assert_eq!(decoded, ["Änn E", "Grüße", "é", "Grüße"]);
}

#[test]
fn decoded_text_cannot_control_a_terminal() {
    let content = b"Subject: =?utf-8?q?=1B[2J?=\r\n\r\n";
    let annotated = annotate(&[Piece::client(Step::Content, content)]);
    let decoded = annotated[0].tokens.iter().find_map(|token| token.decoded.as_deref());
    assert_eq!(decoded, Some("\\u{1b}[2J"));
}

#[test]
fn a_field_is_folded_over_pieces() {
    let pieces = [
        Piece::client(Step::Content, b"Subject: one\r"),
        Piece::client(Step::Content, b"\n two\r\n"),
    ];
    let ids = |at: usize| -> Vec<&str> {
        annotate(&pieces)[at].tokens.iter().map(|token| token.note.id).collect()
    };
    assert_eq!(ids(0), ["field-subject", "colon", "field-space", "value-text", "fold"]);
    assert_eq!(ids(1), ["fold", "fold", "value-text", "crlf"]);
}

/// Records by content type and size.
fn records<const N: usize>(records: [(u8, u16); N]) -> [TlsRecord; N] {
    records.map(|(content_type, size)| TlsRecord { content_type, size })
}

#[test]
fn tls_records_are_named_by_content_type_and_order() {
    let hello = records([(22, 517)]);
    let answer = records([(22, 127), (20, 6), (23, 32), (23, 900)]);
    let finished = records([(20, 6), (23, 74), (23, 50)]);
    let pieces = [
        Piece::tls_records(Speaker::Client, Step::Tls, &hello),
        Piece::tls_records(Speaker::Server, Step::Tls, &answer),
        Piece::tls_records(Speaker::Client, Step::EhloAgain, &finished),
    ];
    let annotated = annotate(&pieces);
    let ids: Vec<Vec<&str>> = annotated
        .iter()
        .map(|piece| piece.tokens.iter().map(|token| token.note.id).collect())
        .collect();
    assert_eq!(ids[0], ["tls-client-hello"]);
    let hidden = "tls-encrypted-handshake";
    assert_eq!(ids[1], ["tls-server-hello", "tls-change-cipher-spec", hidden, hidden]);
    assert_eq!(ids[2], ["tls-change-cipher-spec", "tls-client-finished", "tls-data"]);
    let refusal = records([(21, 7)]);
    let refused = annotate(&[Piece::tls_records(Speaker::Server, Step::Tls, &refusal)]);
    assert_eq!(refused[0].tokens[0].note.id, "tls-alert");
    assert_eq!(annotated[1].tokens[3].range, 165..1065);
}

/// The notes on these records: each with its sender, its step and its content types.
fn record_notes(sent: &[(Speaker, Step, &[u8])]) -> Vec<Vec<&'static str>> {
    let record = |&content_type: &u8| TlsRecord { content_type, size: 9 };
    let records: Vec<Vec<TlsRecord>> =
        sent.iter().map(|(_, _, types)| types.iter().map(record).collect()).collect();
    let pieces = sent.iter().zip(&records);
    let pieces =
        pieces.map(|((speaker, step, _), records)| Piece::tls_records(*speaker, *step, records));
    let annotated = annotate(&pieces.collect::<Vec<_>>()).into_iter();
    annotated.map(|piece| piece.tokens.iter().map(|token| token.note.id).collect()).collect()
}

#[test]
fn a_session_ticket_is_no_record_of_the_handshake() {
    use Speaker::{Client, Server};
    let begin: [(Speaker, Step, &[u8]); 3] = [
        (Client, Step::Tls, &[22]),
        (Server, Step::Tls, &[22, 20, 23]),
        (Client, Step::Tls, &[20, 23]),
    ];
    let then = |step| record_notes(&[&begin[..], &[(Server, step, &[23])]].concat())[3].clone();
    assert_eq!(then(Step::Tls), ["tls-after-handshake"]);
    assert_eq!(then(Step::EhloAgain), ["tls-after-handshake"]);
    // With TLS from the first byte it may be the greeting.
    assert_eq!(then(Step::Greeting), ["tls-data"]);
    // Once a command may have left, it may be a reply.
    let flight: [(Speaker, Step, &[u8]); 2] =
        [(Client, Step::EhloAgain, &[23]), (Server, Step::EhloAgain, &[23])];
    assert_eq!(record_notes(&[&begin[..], &flight].concat())[4], ["tls-data"]);
}

#[test]
fn in_tls_1_2_the_first_encrypted_data_is_a_command() {
    use Speaker::{Client, Server};
    let notes = record_notes(&[
        (Client, Step::Tls, &[22]),
        (Server, Step::Tls, &[22, 22, 22]),
        (Client, Step::Tls, &[22, 20, 22]),
        (Server, Step::Tls, &[20, 22]),
        (Client, Step::EhloAgain, &[23]),
        (Server, Step::EhloAgain, &[23]),
    ]);
    assert_eq!((notes[4].as_slice(), notes[5].as_slice()), (&["tls-data"][..], &["tls-data"][..]));
}

#[test]
fn every_note_is_reached() {
    let sessions = SESSIONS.iter().map(|(_, text)| *text).chain([RARE]);
    let mut reached: BTreeSet<&str> = sessions.flat_map(tokens).map(|(_, note)| note.id).collect();
    let handshake = records([(22, 517), (22, 74)]);
    let (server, finished) =
        (records([(22, 127), (20, 6), (23, 90), (21, 7)]), records([(23, 74)]));
    let closed = records([(23, 50), (99, 8)]);
    let pieces = [
        Piece::tls_records(Speaker::Client, Step::Tls, &handshake),
        Piece::tls_records(Speaker::Server, Step::Tls, &server),
        Piece::tls_records(Speaker::Client, Step::Tls, &finished),
        Piece::tls_records(Speaker::Server, Step::EhloAgain, &finished),
        Piece::tls_records(Speaker::Client, Step::Quit, &closed),
        Piece::client(Step::Mail, b"MAIL FROM:<a@b.example> BODY=BINARYMIME\n"),
    ];
    let annotated = annotate(&pieces).into_iter();
    reached.extend(annotated.flat_map(|piece| piece.tokens).map(|token| token.note.id));
    let missing: Vec<&str> =
        notes().map(|note| note.id).filter(|id| !reached.contains(id)).collect();
    assert!(missing.is_empty(), "no session has {missing:?}");
}

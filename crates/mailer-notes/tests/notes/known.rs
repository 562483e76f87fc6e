//! Known sessions: every token has a note that knows it.

use crate::transcript::{annotated, parse, tokens};

const NOTEBOOK: &str = include_str!("../../../../docs/notebook/trace.txt");

/// Sessions by name. None of them has a token that is not known here.
pub(crate) const SESSIONS: [(&str, &str); 4] = [
    ("pipelined", include_str!("sessions/pipelined.txt")),
    ("bdat", include_str!("sessions/bdat.txt")),
    ("login", include_str!("sessions/login.txt")),
    ("mime", include_str!("sessions/mime.txt")),
];

#[test]
fn known_sessions_have_no_unknown_token() {
    for (name, text) in SESSIONS {
        assert_known(name, text);
    }
}

#[test]
fn the_notebook_has_no_unknown_token() {
    assert_known("notebook", NOTEBOOK);
    let ids: Vec<&str> = tokens(NOTEBOOK).iter().map(|(_, note)| note.id).collect();
    for id in ["auth-user", "auth-password", "challenge", "stuffed-dot", "final-dot", "header-end"]
    {
        assert!(ids.contains(&id), "{id}");
    }
}

#[test]
fn the_challenges_of_login_are_decoded() {
    let lines = parse(NOTEBOOK);
    let all = annotated(&lines);
    let decoded =
        all.iter().flat_map(|piece| &piece.tokens).filter_map(|token| token.decoded.as_deref());
    assert_eq!(decoded.collect::<Vec<_>>(), ["Username:", "Password:"]);
}

#[track_caller]
fn assert_known(name: &str, text: &str) {
    let tokens = tokens(text);
    assert!(tokens.len() > 100, "{name} was read");
    for (text, note) in tokens {
        assert!(!note.is_unknown(), "{name}: {text:?} is {}", note.id);
    }
}

//! Tokens of an AUTH exchange. What a client sends in it may be a secret, so it is never decoded.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    note::Note,
    scanner::{Mark, Scanner},
    table::auth as table,
};

/// What is shown in place of a secret.
const MASK: &str = "****";

/// What the client sends next in the exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expected {
    /// There is no exchange, or its mechanism does not show what comes next.
    #[default]
    Unknown,
    /// LOGIN: the user name, then the password.
    User,
    /// LOGIN: the password.
    Password,
    /// PLAIN: its one message.
    PlainMessage,
    /// SCRAM: the first message, then the proof.
    ScramFirst,
    /// SCRAM: the proof.
    ScramProof,
    /// OAUTHBEARER and XOAUTH2: the message with the token, then the answer to a refusal.
    Token,
    /// OAUTHBEARER and XOAUTH2: the answer to a refusal.
    TokenAnswer,
}

impl Expected {
    fn after_command(mechanism: &[u8]) -> Self {
        match mechanism.to_ascii_uppercase().as_slice() {
            b"LOGIN" => Self::User,
            b"PLAIN" => Self::PlainMessage,
            b"OAUTHBEARER" | b"XOAUTH2" => Self::Token,
            name if name.starts_with(b"SCRAM-SHA-") => Self::ScramFirst,
            _ => Self::Unknown,
        }
    }

    fn note(self) -> &'static Note {
        match self {
            Self::Unknown => &table::RESPONSE,
            Self::User => &table::USER,
            Self::Password => &table::PASSWORD,
            Self::PlainMessage => &table::PLAIN_MESSAGE,
            Self::ScramFirst => &table::CLIENT_FIRST,
            Self::ScramProof => &table::CLIENT_FINAL,
            Self::Token => &table::TOKEN_MESSAGE,
            Self::TokenAnswer => &table::TOKEN_ANSWER,
        }
    }

    fn next(self) -> Self {
        match self {
            Self::User => Self::Password,
            Self::ScramFirst => Self::ScramProof,
            Self::Token => Self::TokenAnswer,
            _ => Self::Unknown,
        }
    }
}

/// Marks the arguments of AUTH. Returns what the client sends next.
pub(crate) fn take_arguments(scanner: &mut Scanner<'_, '_>) -> Expected {
    scanner.take_spaces();
    let mechanism = scanner.word();
    scanner.take_word(table::mechanism(mechanism));
    scanner.take_spaces();
    let expected = Expected::after_command(mechanism);
    if scanner.is_empty() {
        return expected;
    }
    take_response(scanner, expected)
}

/// Marks a response to a challenge. Returns what the client sends next.
pub(crate) fn mark_response(line: &[u8], expected: Expected, marks: &mut Vec<Mark>) -> Expected {
    take_response(&mut Scanner::new(line, marks), expected)
}

fn take_response(scanner: &mut Scanner<'_, '_>, expected: Expected) -> Expected {
    let response = scanner.ahead();
    match response {
        b"*" => scanner.take(1, &table::CANCEL),
        b"=" => scanner.take(1, &table::EMPTY_RESPONSE),
        _ => scanner.take_decoded(response.len(), expected.note(), masked(response, expected)),
    }
    if response == b"*" { Expected::Unknown } else { expected.next() }
}

/// Returns the form of a response in base64, with every field masked.
fn masked(response: &[u8], expected: Expected) -> Option<String> {
    let decoded = STANDARD.decode(response).ok()?;
    let fields = match expected {
        Expected::PlainMessage => decoded.split(|&byte| byte == 0).count(),
        _ => 1,
    };
    Some(vec![MASK; fields].join(" NUL "))
}

/// Marks the text of a reply 334.
pub(crate) fn mark_challenge(text: &[u8], marks: &mut Vec<Mark>) {
    let decoded = STANDARD.decode(text).ok();
    let note = match &decoded {
        Some(message) => challenge(message),
        None if text == MASK.as_bytes() => &table::MASKED_CHALLENGE,
        None => &table::CHALLENGE_TEXT,
    };
    let shown = decoded.map(|bytes| mailer::escape(&String::from_utf8_lossy(&bytes)).into_owned());
    Scanner::new(text, marks).take_decoded(text.len(), note, shown);
}

/// Returns the note on a challenge. Its form shows the mechanism: a reply does not name it.
fn challenge(message: &[u8]) -> &'static Note {
    let has = |part: &[u8]| message.windows(part.len()).any(|window| window == part);
    match message {
        [b'r', b'=', ..] if has(b",s=") && has(b",i=") => &table::SERVER_FIRST,
        [b'v', b'=', ..] => &table::SERVER_FINAL,
        [b'e', b'=', ..] => &table::SERVER_ERROR,
        [b'{', ..] => &table::TOKEN_ERROR,
        _ => &table::CHALLENGE,
    }
}

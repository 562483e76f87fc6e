//! The checks of a trial: those of its case, and those that apply to every case.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Content, Error, Mail, Receipt, Security};
use mailer_server::{Conversation, Peer, ReceivedContent};
use mailer_tests::contender::Contender;

use crate::{
    case::{Case, Expected, SHORT},
    trial::Observed,
};

/// A client that has deadlines finishes within this time, even on a busy machine.
const PROMPT: Duration = Duration::from_secs(9);
/// A backend without deadlines of its own finishes when all its time-outs have passed: ten before the
/// message, seven within it, and one for QUIT.
const TIMEOUTS: u32 = 18;

/// Checks everything.
///
/// # Errors
/// All that is wrong.
pub(crate) fn check(
    case: &Case,
    expected: &[Expected],
    contender: Contender,
    seen: &Observed,
) -> Result<(), String> {
    check_outcome(case, expected, contender, seen, Duration::ZERO)?;
    let mut wrong = missing_lines(case, contender, seen);
    wrong.extend(
        seen.conversations.iter().flat_map(|conversation| forbidden_lines(case, conversation)),
    );
    if_none(&wrong)
}

/// Checks everything but the lines of the client, which differ where the outcome differs. The client may wait
/// this much longer than usual.
///
/// # Errors
/// All that is wrong.
pub(crate) fn check_outcome(
    case: &Case,
    expected: &[Expected],
    contender: Contender,
    seen: &Observed,
    waits: Duration,
) -> Result<(), String> {
    let mut wrong = wrong_receipts(expected, &seen.receipts);
    wrong.extend(too_slow(case, contender, seen, waits));
    wrong.extend(wrong_closing(case, seen));
    wrong
        .extend(seen.conversations.iter().flat_map(|conversation| wrong_input(case, conversation)));
    wrong.extend(leaks(case, seen));
    wrong.extend(wrong_count(case, seen));
    if contender.backend.has_flows {
        wrong.extend(unexplained(case, &seen.receipts));
    }
    if_none(&wrong)
}

fn if_none(wrong: &[String]) -> Result<(), String> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Checks the outcome and error of each receipt.
fn wrong_receipts(expected: &[Expected], receipts: &[Receipt]) -> Vec<String> {
    let result = |receipt: &Receipt| Expected {
        outcome: receipt.outcome,
        error: receipt.error.as_ref().and_then(|error| Some((error.kind(), error.step()?))),
    };
    let found: Vec<Expected> = receipts.iter().map(result).collect();
    expect("the results of the messages", &expected, &found.as_slice()).into_iter().collect()
}

/// Checks that the client finished in time.
fn too_slow(case: &Case, contender: Contender, seen: &Observed, waits: Duration) -> Option<String> {
    let bound = if case.is_stalled() && !contender.backend.has_flows {
        PROMPT + SHORT * TIMEOUTS
    } else {
        PROMPT
    };
    (seen.took > bound + waits).then(|| format!("the trial took {:?}", seen.took))
}

fn wrong_closing(case: &Case, seen: &Observed) -> Option<String> {
    let found = seen.closed.as_ref().err().map(|error| (error.kind(), error.step()));
    let wanted = case.closing?.map(|(kind, step)| (kind, Some(step)));
    expect("closing", &wanted, &found)
}

/// Finds what the client sent although the case forbids it.
fn forbidden_lines(case: &Case, conversation: &Conversation) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(conversation.deviation.clone().filter(|_| !case.may_deviate));
    wrong.extend(shared_flight(conversation).filter(|_| case.without_groups));
    let is_forbidden =
        |line: &[u8]| case.client_never_sends.iter().any(|verb| line.starts_with(verb.as_bytes()));
    let bytes = [conversation.received(false), conversation.received(true)].concat();
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| is_forbidden(line));
    wrong.extend(lines.map(|line| format!("the client sent \"{}\"", line.escape_ascii())));
    wrong
}

/// Finds what no client may ever send.
fn wrong_input(case: &Case, conversation: &Conversation) -> Vec<String> {
    let mut wrong = Vec::new();
    for inside_tls in [false, true] {
        let bytes = conversation.received(inside_tls);
        // A TLS record, in answer to a failed handshake.
        let is_text = !bytes.contains(&0x16);
        if is_text && has_bare_line_end(&bytes) {
            wrong.push("a CR without LF, or LF without CR, was sent".to_owned());
        }
    }
    wrong.extend(early_content(conversation));
    for content in &conversation.contents {
        if !case.mails.iter().any(|mail| is_content_of(content, mail)) {
            wrong.push(format!(
                "the server received content of no message: \"{}\"",
                content.bytes.escape_ascii()
            ));
        }
    }
    wrong
}

fn has_bare_line_end(bytes: &[u8]) -> bool {
    let before = |at: usize| at.checked_sub(1).and_then(|at| bytes.get(at));
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'\n' => before(at) != Some(&b'\r'),
        b'\r' => bytes.get(at + 1).is_some_and(|next| *next != b'\n'),
        _ => false,
    })
}

/// Finds content before a 354 or BDAT, which a server would read as commands.
fn early_content(conversation: &Conversation) -> Option<String> {
    let (mut replies, mut announced) = (Vec::new(), false);
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    for transfer in &conversation.transfers {
        if transfer.from == Peer::Server {
            replies.extend_from_slice(&transfer.bytes);
            continue;
        }
        announced |= has(&transfer.bytes, "BDAT");
        if has(&transfer.bytes, "Subject:") && !announced && !has(&replies, "354") {
            return Some("content was sent before the server asked for it".to_owned());
        }
    }
    None
}

/// Finds commands that the client sent together although PIPELINING was not announced.
fn shared_flight(conversation: &Conversation) -> Option<String> {
    let by_client = conversation.transfers.iter().filter(|transfer| transfer.from == Peer::Client);
    let lines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
    let is_group = |bytes: &[u8]| bytes.starts_with(b"MAIL") && lines(bytes) > 1;
    let group = by_client.map(|transfer| &transfer.bytes).find(|bytes| is_group(bytes))?;
    Some(format!("the client sent \"{}\" together", group.escape_ascii()))
}

/// Checks that the server received one content per message.
fn wrong_count(case: &Case, seen: &Observed) -> Option<String> {
    let count: usize = seen.conversations.iter().map(|c| c.contents.len()).sum();
    expect("the number of contents", &case.mails.len(), &count).filter(|_| case.content_arrives)
}

/// Returns whether this is the content of a message: unchanged by BDAT, with stuffed dots by DATA.
fn is_content_of(received: &ReceivedContent, mail: &Mail) -> bool {
    let Content::Message(message) = mail.content() else { return true };
    let Ok(given) = message.to_vec() else { return false };
    let stuffed = || {
        let lines = given.split_inclusive(|&byte| byte == b'\n');
        let stuff = |line: &[u8]| match line.first() {
            Some(b'.') => [b".", line].concat(),
            _ => line.to_vec(),
        };
        lines.flat_map(stuff).collect::<Vec<u8>>()
    };
    received.bytes == if received.by_bdat { given.clone() } else { stuffed() }
}

/// Finds the password in clear text on the wire, and in receipts and errors.
fn leaks(case: &Case, seen: &Observed) -> Vec<String> {
    let secrets = secrets(case);
    let has = |bytes: &[u8]| {
        secrets.iter().any(|secret| bytes.windows(secret.len()).any(|w| w == secret.as_bytes()))
    };
    let mut wrong = Vec::new();
    let in_clear = seen.conversations.iter().any(|conversation| has(&conversation.received(false)));
    if in_clear && case.security != Security::None {
        wrong.push("the password was sent in the clear".to_owned());
    }
    let errors = seen.receipts.iter().filter_map(|receipt| receipt.error.as_ref()).map(sentence);
    let shown = format!("{:?}{:?}{}", seen.receipts, seen.closed, errors.collect::<String>());
    if has(shown.as_bytes()) {
        wrong.push("a receipt or an error shows the password".to_owned());
    }
    wrong
}

/// The password in the forms in which AUTH PLAIN and LOGIN send it.
fn secrets(case: &Case) -> Vec<String> {
    let Some((user, password)) = case.login.as_ref().filter(|(_, password)| password.len() > 3)
    else {
        return Vec::new();
    };
    let plain = format!("\0{user}\0{password}");
    vec![password.clone(), STANDARD.encode(password), STANDARD.encode(plain)]
}

/// Finds texts that the error should contain.
fn unexplained(case: &Case, receipts: &[Receipt]) -> Vec<String> {
    let error = receipts.iter().find_map(|receipt| receipt.error.as_ref());
    let text = error.map(sentence).unwrap_or_default();
    let missing = case.error_contains.iter().filter(|part| !text.contains(**part));
    missing.map(|part| format!("\"{text}\" does not contain \"{part}\"")).collect()
}

/// Returns all the text of an error.
fn sentence(error: &Error) -> String {
    let cause = error.cause().unwrap_or_default();
    format!("{error}: {cause}; {}", error.hint().unwrap_or_default())
}

/// Finds lines that the client should have sent.
fn missing_lines(case: &Case, contender: Contender, seen: &Observed) -> Vec<String> {
    let all = |inside_tls| {
        let bytes = seen.conversations.iter().flat_map(move |c| c.received(inside_tls));
        String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
    };
    let text = all(false) + &all(true);
    let missing = case.client_sends.iter().filter(|line| !text.contains(line.as_str()));
    missing.map(|line| format!("{} did not send {line:?}", contender.backend.name)).collect()
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &T, found: &T) -> Option<String> {
    (wanted != found).then(|| format!("{what}: {found:?}, and not {wanted:?}"))
}

//! What came of a case, against what should have come of it, and against what always holds.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Content, Error, Mail, Receipt, Security};
use mailer_server::{Conversation, Peer, ReceivedContent};
use mailer_tests::contender::Contender;

use crate::{
    case::{Case, Fate, SHORT},
    scene::Seen,
};

/// A client that has deadlines ends within this, whatever else the machine does.
const PROMPT: Duration = Duration::from_secs(9);
/// One that is given up does when all its deadlines have passed: ten before the mail, seven with it,
/// one for the farewell.
const GIVEN_UP: u32 = 18;

/// All that is wrong.
pub(crate) fn all(
    case: &Case,
    fates: &[Fate],
    contender: Contender,
    seen: &Seen,
) -> Result<(), String> {
    what_became(case, fates, contender, seen)?;
    let mut wrong = said(case, contender, seen);
    wrong.extend(seen.conversations.iter().flat_map(|conversation| misspoken(case, conversation)));
    none(&wrong)
}

/// The same for who differs: what it says follows from what becomes of its mails.
pub(crate) fn what_became(
    case: &Case,
    fates: &[Fate],
    contender: Contender,
    seen: &Seen,
) -> Result<(), String> {
    let mut wrong = fated(fates, &seen.receipts);
    wrong.extend(in_time(case, contender, seen));
    wrong.extend(closed(case, seen));
    wrong.extend(seen.conversations.iter().flat_map(|conversation| heard(case, conversation)));
    wrong.extend(leaks(case, seen));
    wrong.extend(arrived(case, seen));
    if contender.backend.has_flows {
        wrong.extend(explained(case, &seen.receipts));
    }
    none(&wrong)
}

fn none(wrong: &[String]) -> Result<(), String> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The receipts say what they should.
fn fated(fates: &[Fate], receipts: &[Receipt]) -> Vec<String> {
    let of = |receipt: &Receipt| Fate {
        outcome: receipt.outcome,
        error: receipt.error.as_ref().and_then(|error| Some((error.kind(), error.step()?))),
    };
    let found: Vec<Fate> = receipts.iter().map(of).collect();
    expect("the fates of the mails", &fates, &found.as_slice()).into_iter().collect()
}

/// Whatever the server does, it ends.
fn in_time(case: &Case, contender: Contender, seen: &Seen) -> Option<String> {
    let bound = if case.is_stalled() && !contender.backend.has_flows {
        PROMPT + SHORT * GIVEN_UP
    } else {
        PROMPT
    };
    (seen.took > bound).then(|| format!("it took {:?}", seen.took))
}

fn closed(case: &Case, seen: &Seen) -> Option<String> {
    let found = seen.closed.as_ref().err().map(|error| (error.kind(), error.step()));
    let wanted = case.closing?.map(|(kind, step)| (kind, Some(step)));
    expect("closing", &wanted, &found)
}

/// What this case wants unsaid, or said otherwise.
fn misspoken(case: &Case, conversation: &Conversation) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(conversation.deviation.clone().filter(|_| !case.may_deviate));
    wrong.extend(shared_flight(conversation).filter(|_| case.one_by_one));
    let unsaid = |line: &[u8]| case.unsaid.iter().any(|verb| line.starts_with(verb.as_bytes()));
    let octets = [conversation.received(false), conversation.received(true)].concat();
    let lines = octets.split(|&octet| octet == b'\n').filter(|line| unsaid(line));
    wrong.extend(lines.map(|line| format!("\"{}\" was said", line.escape_ascii())));
    wrong
}

/// What always holds for what a client says.
fn heard(case: &Case, conversation: &Conversation) -> Vec<String> {
    let mut wrong = Vec::new();
    for inside_tls in [false, true] {
        let octets = conversation.received(inside_tls);
        // What answers a TLS handshake that is none.
        let is_text = !octets.contains(&0x16);
        if is_text && has_bare_line_end(&octets) {
            wrong.push("a CR without LF, or LF without CR, was sent".to_owned());
        }
    }
    wrong.extend(early_content(conversation));
    for taken in &conversation.contents {
        if !case.mails.iter().any(|mail| is_content_of(taken, mail)) {
            wrong.push(format!("this is of no mail: \"{}\"", taken.bytes.escape_ascii()));
        }
    }
    wrong
}

fn has_bare_line_end(octets: &[u8]) -> bool {
    let before = |at: usize| at.checked_sub(1).and_then(|at| octets.get(at));
    octets.iter().enumerate().any(|(at, octet)| match octet {
        b'\n' => before(at) != Some(&b'\r'),
        b'\r' => octets.get(at + 1).is_some_and(|next| *next != b'\n'),
        _ => false,
    })
}

/// Content is data only behind a 354, or behind BDAT; before, a server would take it for commands.
fn early_content(conversation: &Conversation) -> Option<String> {
    let (mut asked, mut announced) = (Vec::new(), false);
    let has = |octets: &[u8], text: &str| octets.windows(text.len()).any(|w| w == text.as_bytes());
    for said in &conversation.transfers {
        if said.from == Peer::Server {
            asked.extend_from_slice(&said.bytes);
            continue;
        }
        announced |= has(&said.bytes, "BDAT");
        if has(&said.bytes, "Subject:") && !announced && !has(&asked, "354") {
            return Some("content was sent before the server asked for it".to_owned());
        }
    }
    None
}

/// Commands that left together, though PIPELINING was not announced.
fn shared_flight(conversation: &Conversation) -> Option<String> {
    let by_client = conversation.transfers.iter().filter(|said| said.from == Peer::Client);
    let lines = |octets: &[u8]| octets.iter().filter(|&&octet| octet == b'\n').count();
    let is_group = |octets: &[u8]| octets.starts_with(b"MAIL") && lines(octets) > 1;
    let group = by_client.map(|said| &said.bytes).find(|octets| is_group(octets))?;
    Some(format!("\"{}\" left together", group.escape_ascii()))
}

/// As many contents as mails.
fn arrived(case: &Case, seen: &Seen) -> Option<String> {
    let count: usize = seen.conversations.iter().map(|c| c.contents.len()).sum();
    expect("contents that arrived", &case.mails.len(), &count).filter(|_| case.arrives)
}

/// Whether it is what was given: canonical by BDAT, with its dots doubled by DATA.
fn is_content_of(taken: &ReceivedContent, mail: &Mail) -> bool {
    let Content::Message(message) = mail.content() else { return true };
    let Ok(given) = message.to_vec() else { return false };
    let doubled = || {
        let lines = given.split_inclusive(|&octet| octet == b'\n');
        let stuffed = |line: &[u8]| match line.first() {
            Some(b'.') => [b".", line].concat(),
            _ => line.to_vec(),
        };
        lines.flat_map(stuffed).collect::<Vec<u8>>()
    };
    taken.bytes == if taken.by_bdat { given.clone() } else { doubled() }
}

/// The password is told to nobody but the server, and to it only inside TLS.
fn leaks(case: &Case, seen: &Seen) -> Vec<String> {
    let secrets = secrets(case);
    let has = |octets: &[u8]| {
        secrets.iter().any(|secret| octets.windows(secret.len()).any(|w| w == secret.as_bytes()))
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

/// The error tells what it has to.
fn explained(case: &Case, receipts: &[Receipt]) -> Vec<String> {
    let error = receipts.iter().find_map(|receipt| receipt.error.as_ref());
    let text = error.map(sentence).unwrap_or_default();
    let missing = case.says.iter().filter(|part| !text.contains(**part));
    missing.map(|part| format!("\"{text}\" does not say \"{part}\"")).collect()
}

/// All that a person reads of it.
fn sentence(error: &Error) -> String {
    let cause = error.cause().unwrap_or_default();
    format!("{error}: {cause}; {}", error.hint().unwrap_or_default())
}

/// The client said what it had to.
fn said(case: &Case, contender: Contender, seen: &Seen) -> Vec<String> {
    let all = |inside_tls| {
        let octets = seen.conversations.iter().flat_map(move |c| c.received(inside_tls));
        String::from_utf8_lossy(&octets.collect::<Vec<u8>>()).into_owned()
    };
    let text = all(false) + &all(true);
    let missing = case.said.iter().filter(|line| !text.contains(line.as_str()));
    missing.map(|line| format!("{} did not say {line:?}", contender.backend.name)).collect()
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &T, found: &T) -> Option<String> {
    (wanted != found).then(|| format!("{what}: {found:?}, and not {wanted:?}"))
}

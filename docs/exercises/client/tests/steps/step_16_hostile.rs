//! Exercise 16: your client meets twenty hostile servers.
//!
//! Nothing new is to be written. Each test is a case of this repository's hostile suite, and runs `send` of
//! step 15 against a server that attacks, breaks the rules, or just dies at the worst moment. If your client
//! does the wrong thing, the test says what would have been lost. Mend it in the step where it belongs, and
//! see that the tests of that step still pass.
//!
//! RFC 5321 §4.5.3.1 (limits), §4.5.3.2 (time limits), §6.1; RFC 3207 §6; RFC 2920 §3.1

use std::time::Duration;

use mailer_server::{Conversation, Script};
use smtp_client::{
    given::{Mail, Outcome, Server},
    step_15_pipelining::send,
};

use crate::{
    hostile_scripts::scripts,
    lab::{Lab, PASSWORD, describe_outcome, mail},
};

/// How long a client may take: it may wait for its time limit more than once.
const LIMIT: Duration = Duration::from_secs(15);
/// The outcome of a client that does not return in time.
const NO_RETURN: &str = "none: send does not return";
const BOB: &[&str] = &["bob@example.test"];

/// A case: what the server does, what the client sends, and what must become of it.
struct Case {
    attack: &'static str,
    /// Whether the client requires TLS and logs in.
    is_secured: bool,
    to: &'static [&'static str],
    /// How the description of the outcome must begin.
    wanted: &'static str,
    /// Whether the server asks for the letter.
    asks_for_letter: bool,
    /// Where to look.
    step: &'static str,
}

/// Declares one test for each case, under its name in the hostile suite.
macro_rules! cases {
    ($($family:ident: $($name:ident),+;)+) => {
        $(mod $family {
            $(#[test]
            fn $name() {
                let name = concat!(stringify!($family), "::", stringify!($name));
                super::run(name, super::send).unwrap_or_else(|failure| panic!("{failure}"));
            })+
        })+

        /// The names of all cases.
        pub(crate) const NAMES: &[&str] =
            &[$($(concat!(stringify!($family), "::", stringify!($name))),+),+];
    };
}

cases! {
    replies: byte_by_byte, another_code_in_the_second_line_at_mail, endless_line_at_greeting,
        sends_every_reply_at_once, answers_mail_twice, closed_at_end_of_data,
        closed_between_lines_at_end_of_data, silent_at_end_of_data;
    starttls: not_offered, refused_by_454, plaintext_after_220, announces_auth_outside_tls_only;
    certificates: of_another_name_required;
    auth: plain_gets_535;
    transaction: refuses_eve_by_550, sends_354_after_refusing_every_recipient, data_gets_554,
        end_of_data_gets_452;
    content: lf_dot_lf;
    quit: quit_closes;
}

/// Returns the case of this name.
fn case(name: &str) -> Case {
    let plain = |attack, wanted: &'static str, step| Case {
        attack,
        is_secured: false,
        to: BOB,
        wanted,
        asks_for_letter: !wanted.starts_with("NotSent") && !wanted.starts_with("Rejected"),
        step,
    };
    let secured = |attack, wanted, step| Case { is_secured: true, ..plain(attack, wanted, step) };
    match name {
        "replies::byte_by_byte" => plain("every reply arrives byte by byte", "Accepted", "1"),
        "replies::another_code_in_the_second_line_at_mail" => plain(
            "the reply to MAIL is a 250 in its first line, and a 550 in its second",
            "NotSent",
            "2",
        ),
        "replies::endless_line_at_greeting" => plain(
            "the first line has no end: it is 100 MB of x",
            "NotSent(Protocol)",
            "1: set a limit",
        ),
        "replies::sends_every_reply_at_once" => plain(
            "all replies arrive at once, before the client has sent anything",
            "NotSent",
            "3: is there an unread reply before a command?",
        ),
        "replies::answers_mail_twice" => plain(
            "MAIL gets two replies, and from then on each reply is one too early",
            "NotSent",
            "3: is there an unread reply before a command?",
        ),
        "replies::closed_at_end_of_data" => {
            plain("the connection ends instead of the last reply", "Unknown", "14")
        }
        "replies::closed_between_lines_at_end_of_data" => {
            plain("the connection ends within the last reply", "Unknown", "2 and 14")
        }
        "replies::silent_at_end_of_data" => plain(
            "the last reply never comes, and the connection stays open",
            "Unknown",
            "1 and 14",
        ),
        "starttls::not_offered" => secured("STARTTLS is not announced", "NotSent", "5"),
        "starttls::refused_by_454" => secured("STARTTLS is refused", "NotSent", "5"),
        "starttls::plaintext_after_220" => {
            secured("an attacker adds a reply to EHLO after the 220 to STARTTLS", "NotSent", "5")
        }
        "starttls::announces_auth_outside_tls_only" => {
            secured("AUTH is announced before TLS, and not inside it", "NotSent", "7 and 10")
        }
        "certificates::of_another_name_required" => {
            secured("the certificate is made out to another server", "NotSent", "6")
        }
        "auth::plain_gets_535" => secured("the password is refused", "NotSent", "10 and 14"),
        "transaction::refuses_eve_by_550" => Case {
            to: &["ann@example.test", "bob@example.test", "eve@example.test"],
            ..plain("one of three recipients is refused", "Partial(eve@example.test 550)", "15")
        },
        "transaction::sends_354_after_refusing_every_recipient" => plain(
            "every recipient is refused, and the server asks for the letter all the same",
            "Rejected",
            "15: end the empty letter at once",
        ),
        "transaction::data_gets_554" => plain("DATA is refused", "Rejected", "15"),
        "transaction::end_of_data_gets_452" => Case {
            asks_for_letter: true,
            ..plain("the letter is refused", "Rejected", "13 and 15")
        },
        "content::lf_dot_lf" => {
            plain("the letter has a LF, a dot, a LF, and commands after it", "Accepted", "12")
        }
        "quit::quit_closes" => plain("the connection ends at QUIT", "Accepted", "14 and 15"),
        unknown => panic!("there is no case {unknown}"),
    }
}

/// The letter of a case.
fn letter(name: &str, to: &[&str]) -> Mail {
    let smuggled = "MAIL FROM:<eve@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n";
    let content = format!("Subject: x\r\n\r\none\n.\n{smuggled}");
    match name {
        "content::lf_dot_lf" => Mail { content: content.into_bytes(), ..mail(to) },
        _ => mail(to),
    }
}

/// Runs a client against the server of a case. The error says what would have been lost.
pub(crate) fn run(
    name: &'static str,
    client: impl FnOnce(&Server, &Mail) -> Outcome + Send + 'static,
) -> Result<(), String> {
    let case = case(name);
    let lab = Lab::scripted(script(name));
    let server = if case.is_secured { lab.server() } else { lab.bare_server() };
    // This must exceed what a busy machine needs for one reply.
    let server = Server { timeout: Duration::from_secs(3), ..server };
    let letter = letter(name, case.to);
    let outcome = lab.run_within(LIMIT, move || client(&server, &letter));
    let found = outcome.as_ref().map_or_else(|| NO_RETURN.into(), describe_outcome);
    let lost = lost(&case, &found, &lab.conversations());
    if lost.is_empty() {
        return Ok(());
    }
    Err(format!(
        "\n{name}: {}\n\nThe outcome\n  should be  {}\n  but is     {found}\n\nLost: {}\n\n{}\n\n\
         Where to look: step {}\n",
        case.attack,
        case.wanted,
        lost.join("\n      "),
        lab.shown_dialogue(),
        case.step
    ))
}

fn script(name: &str) -> Script {
    let found = scripts().into_iter().find(|(given, _)| *given == name);
    found.unwrap_or_else(|| panic!("{name} has no script")).1
}

/// Says what would have been lost; nothing if the client did the right thing.
fn lost(case: &Case, found: &str, conversations: &[Conversation]) -> Vec<&'static str> {
    let mut lost = Vec::new();
    let in_clear: Vec<u8> = conversations.iter().flat_map(|c| c.received(false)).collect();
    // The base64 of the password, and of "\0ann\0sesame".
    let secrets = [PASSWORD, "c2VzYW1l", "AGFubgBzZXNhbWU="];
    if secrets.iter().any(|secret| contains(&in_clear, secret.as_bytes())) {
        lost.push("the password: it was sent without TLS, and everyone on the path can read it");
    }
    let contents: Vec<_> = conversations.iter().flat_map(|c| &c.contents).collect();
    let inside_tls: Vec<u8> = conversations.iter().flat_map(|c| c.received(true)).collect();
    let has_letter = contains(&in_clear, b"Subject:") || contains(&inside_tls, b"Subject:");
    if has_letter && !case.asks_for_letter {
        lost.push("the letter: the server did not ask for it, and reads it as commands");
    }
    if contents.iter().any(|content| has_bare_line_end(&content.bytes)) {
        lost.push("your user's name: a LF without CR was sent, and with it a second message can be smuggled in");
    }
    if conversations.iter().any(|conversation| conversation.deviation.is_some()) {
        lost.push("the thread: the server takes what follows for something else");
    }
    if !found.starts_with(case.wanted) {
        lost.push(wrong_outcome(case.wanted, found));
    }
    lost
}

/// Says what a wrong outcome costs.
fn wrong_outcome(wanted: &str, found: &str) -> &'static str {
    let is = |outcome: &str, name: &str| outcome.starts_with(name);
    match () {
        () if found == NO_RETURN => {
            "time and memory: the client goes on for as long as the server likes"
        }
        () if is(wanted, "NotSent(Protocol") && is(found, "NotSent") => {
            "memory: the client keeps whatever a server sends, until nothing is left for other programs"
        }
        () if is(found, "Accepted") && is(wanted, "Partial") => {
            "the message to eve: your user believes that she has it"
        }
        () if is(found, "Accepted") => "the message: your user believes that it has arrived",
        () if is(wanted, "Accepted") => {
            "your user's trust: the message has arrived, and is sent again"
        }
        () if is(wanted, "Unknown") => {
            "the truth: the message may have arrived, and is sent again by a user who is told that it has not"
        }
        () if is(wanted, "Partial") => "the message to ann and bob, or the knowledge about eve",
        () if is(found, "Unknown") => {
            "time: your user has to find out whether the message arrived, and it was not even sent"
        }
        () => "the reason: your user cannot tell whether to try again",
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn has_bare_line_end(bytes: &[u8]) -> bool {
    let crs = bytes.iter().filter(|&&byte| byte == b'\r').count();
    let lfs = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let pairs = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    crs != pairs || lfs != pairs
}

//! SCRAM-SHA-256: servers that do not know the password, ask for too much work, or break the grammar. The client
//! sends no proof to a server that it cannot trust, and no message without the server's signature.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{
    Kind::{Authentication, Lost, Protocol, TimedOut},
    Mechanism::ScramSha256,
    Step,
};
use mailer_server::Script;

use crate::{
    auth::NO_MAIL,
    case::{Case, Expected, RAW, not_sent, until},
};

const RFC_5802: &str = "RFC 5802 §5, §5.1, §7, §9; RFC 7677 §4; CWE-400";
const BREACH: Expected = not_sent(Protocol, Step::Auth);
/// The beginning of the client's last message, in base64: it has the proof.
const NO_PROOF: &[&str] = &["Yz1", "MAIL", "DATA", "BDAT"];

/// The server's first messages that are invalid. NONCE stands for the client's nonce.
const FIRST_MESSAGES: &[(&str, &str)] = &[
    ("has_only_the_clients_nonce", "r=NONCE,s=c2FsdA==,i=4096"),
    ("has_another_nonce", "r=another,s=c2FsdA==,i=4096"),
    ("has_a_nonce_that_does_not_begin_with_the_clients", "r=xNONCEx,s=c2FsdA==,i=4096"),
    ("has_an_empty_nonce", "r=,s=c2FsdA==,i=4096"),
    ("has_a_nonce_with_a_space", "r=NONCE x,s=c2FsdA==,i=4096"),
    ("has_a_nonce_with_8_bits", "r=NONCE\u{e4},s=c2FsdA==,i=4096"),
    ("has_no_nonce", "s=c2FsdA==,i=4096"),
    ("has_two_nonces", "r=NONCEx,r=NONCEx,s=c2FsdA==,i=4096"),
    ("has_no_salt", "r=NONCEx,i=4096"),
    ("has_an_empty_salt", "r=NONCEx,s=,i=4096"),
    ("has_two_salts", "r=NONCEx,s=c2FsdA==,s=c2FsdA==,i=4096"),
    ("has_a_salt_that_is_no_base64", "r=NONCEx,s=*salt*,i=4096"),
    ("has_no_rounds", "r=NONCEx,s=c2FsdA=="),
    ("has_rounds_before_the_salt", "r=NONCEx,i=4096,s=c2FsdA=="),
    ("has_rounds_that_are_empty", "r=NONCEx,s=c2FsdA==,i="),
    ("has_rounds_that_are_no_number", "r=NONCEx,s=c2FsdA==,i=4096x"),
    ("has_rounds_below_zero", "r=NONCEx,s=c2FsdA==,i=-4096"),
    ("has_rounds_with_a_sign", "r=NONCEx,s=c2FsdA==,i=+4096"),
    ("has_no_rounds_of_work", "r=NONCEx,s=c2FsdA==,i=0"),
    ("has_one_round", "r=NONCEx,s=c2FsdA==,i=1"),
    ("has_one_round_too_few", "r=NONCEx,s=c2FsdA==,i=4095"),
    ("has_one_round_too_many", "r=NONCEx,s=c2FsdA==,i=1000001"),
    ("has_rounds_for_hours", "r=NONCEx,s=c2FsdA==,i=4294967295"),
    ("has_rounds_that_fit_no_integer", "r=NONCEx,s=c2FsdA==,i=99999999999999999999999"),
    ("wants_an_extension", "m=ext,r=NONCEx,s=c2FsdA==,i=4096"),
    ("is_the_last_message", "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ("is_empty", ""),
    ("is_a_comma", ","),
    ("is_many_commas", ",,,,,,,,,,,,,,,,"),
    ("has_attributes_in_upper_case", "R=NONCEx,S=c2FsdA==,I=4096"),
];

/// The server's last messages that are invalid.
const LAST_MESSAGES: &[(&str, &str)] = &[
    ("has_another_signature", "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ("has_a_short_signature", "v=AAAA"),
    ("has_an_empty_signature", "v="),
    ("has_a_signature_that_is_no_base64", "v=*signature*"),
    ("has_no_signature", "x=AAAA"),
    ("has_the_signature_second", "x=1,v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ("is_empty", ""),
    ("is_the_first_message_again", "r=NONCEx,s=c2FsdA==,i=4096"),
];

/// What a server says that knows neither user nor password, and text that would change a terminal.
const ERRORS: &[(&str, &str)] = &[
    ("unknown_user", "e=unknown-user"),
    ("invalid_proof", "e=invalid-proof"),
    ("other_error", "e=other-error,x=1"),
    ("an_empty_error", "e="),
    ("an_error_with_controls", "e=\u{1b}[2J\u{7}\u{202e}"),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = first_messages();
    cases.extend(last_messages());
    cases.extend(errors());
    cases.extend(encodings());
    cases.extend(ends());
    cases
}

/// A case in which a login with SCRAM-SHA-256 fails.
fn login(name: impl Into<String>, script: Script, expected: Expected) -> Case {
    Case::new(name, RFC_5802, script)
        .secured()
        .mechanism(ScramSha256)
        .backends(RAW)
        .expects([expected])
        .client_never_sends(NO_MAIL)
}

fn offered() -> Script {
    until("AUTH").announcing(&["STARTTLS", "PIPELINING", "AUTH SCRAM-SHA-256"])
}

/// A server that answers the client's first message with this one.
fn first(message: &str) -> Script {
    let message = message.to_owned();
    offered().answer_by("AUTH SCRAM-SHA-256 ", move |line| challenge(&message, line))
}

/// A server whose first message is right.
fn begun() -> Script {
    first("r=NONCEx,s=c2FsdA==,i=4096")
}

/// Returns the challenge with this message, in which the client's nonce replaces NONCE.
fn challenge(message: &str, line: &str) -> String {
    let sent = line.rsplit(' ').next().and_then(|text| STANDARD.decode(text).ok());
    let sent = String::from_utf8(sent.unwrap_or_default()).unwrap_or_default();
    let nonce = sent.split_once("r=").map_or("", |(_, nonce)| nonce);
    format!("334 {}", STANDARD.encode(message.replace("NONCE", nonce)))
}

fn first_messages() -> Vec<Case> {
    let case = |&(name, message): &(&str, &str)| {
        let case = login(format!("the_first_message_{name}"), first(message).serve(), BREACH);
        let case = case.client_never_sends(NO_PROOF);
        match name {
            "has_only_the_clients_nonce" => {
                case.error_contains(&["nonce", "impostor"]).documented_as(
                    "its first SCRAM message repeats the client's nonce and adds nothing",
                )
            }
            "has_one_round_too_few" => case
                .error_contains(&["4095 rounds", "impostor"])
                .documented_as("it asks for 4095 rounds of SCRAM's hash"),
            "has_rounds_for_hours" => case
                .error_contains(&["too many rounds"])
                .documented_as("it asks for 4294967295 rounds of SCRAM's hash"),
            "wants_an_extension" => {
                case.error_contains(&["extension"]).documented_as("it wants an extension of SCRAM")
            }
            "is_empty" => case.documented_as("its first SCRAM message is empty"),
            _ => case,
        }
    };
    FIRST_MESSAGES.iter().map(case).collect()
}

fn last_messages() -> Vec<Case> {
    let case = |&(name, message): &(&str, &str)| {
        let script = begun().answer("Yz1", &format!("334 {}", STANDARD.encode(message))).serve();
        let case = login(format!("the_last_message_{name}"), script, BREACH);
        match name {
            "has_another_signature" => case
                .error_contains(&["signature", "does not know the password", "impostor"])
                .documented_as("its SCRAM signature is wrong"),
            _ => case,
        }
    };
    let by_success = |name: &str, script: Script| {
        login(name, script.answer("", "235 welcome").serve(), BREACH)
            .error_contains(&["without SCRAM's proof", "impostor"])
    };
    let cases = LAST_MESSAGES.iter().map(case);
    cases
        .chain([
            by_success("accepts_the_first_message", offered()),
            by_success("accepts_the_proof_without_a_signature", begun())
                .documented_as("it accepts SCRAM's proof and sends no signature"),
        ])
        .collect()
}

/// The server refuses with a message of SCRAM; the client cancels with `*`.
fn errors() -> Vec<Case> {
    let refused = not_sent(Authentication, Step::Auth);
    let cancelled = |script: Script| script.answer("*", "501 5.7.0 cancelled").serve();
    let mut cases = Vec::new();
    for &(name, error) in ERRORS {
        let reply = format!("334 {}", STANDARD.encode(error));
        let at_first = offered().answer("AUTH", &reply);
        let at_last = begun().answer("Yz1", &reply);
        let case = login(format!("says_{name}_at_the_proof"), cancelled(at_last), refused);
        let case = match name {
            "invalid_proof" => case
                .error_contains(&["invalid-proof"])
                .documented_as("it answers SCRAM's proof with the error `invalid-proof`"),
            "an_error_with_controls" => case.error_contains(&["\\u{1b}[2J\\u{7}\\u{202e}"]),
            _ => case,
        };
        cases.push(case);
        cases.push(login(format!("says_{name}_at_the_user"), cancelled(at_first), refused));
    }
    let unknown = format!("334 {}", STANDARD.encode("e=unknown-user"));
    let then = |reply: &str| begun().answer("Yz1", &unknown).answer("*", reply).serve();
    cases.push(login("accepts_after_an_error", then("235 welcome"), BREACH));
    cases.push(login("challenges_after_an_error", then("334 "), BREACH));
    cases
}

/// Challenges that are no message at all.
fn encodings() -> Vec<Case> {
    let breach = |name: &str, script: Script| login(name, script.serve(), BREACH);
    let early = |name: &str, reply: &str| {
        breach(name, offered().answer("AUTH", reply)).client_never_sends(NO_PROOF)
    };
    let long = format!("334 {}", "QUFB".repeat(4000));
    let long_nonce = format!("r=NONCE{},s=c2FsdA==,i=4096", "x".repeat(1000));
    let endless = (0..40).fold(begun(), |script, _| script.answer("", "334 "));
    vec![
        early("a_challenge_is_no_base64", "334 *not base64*"),
        early("a_challenge_is_no_utf_8", "334 //79"),
        early("a_challenge_is_too_long", &long),
        breach("a_challenge_is_binary", offered().expect("AUTH").send(*b"334 \xff\xfe\r\n"))
            .client_never_sends(NO_PROOF),
        breach("a_nonce_is_long", first(&long_nonce).answer("Yz1", "334 dj0=")),
        breach("challenges_have_no_end", endless).documented_as("SCRAM's challenges do not end"),
        breach("success_is_354", begun().answer("Yz1", "354 go ahead")),
    ]
}

/// Refusals, and connections that end, at each step.
fn ends() -> Vec<Case> {
    let mut cases = Vec::new();
    for (step, script) in
        [("the_user", offered().expect("AUTH")), ("the_proof", begun().expect("Yz1"))]
    {
        let script = || script.clone();
        let refused = script().reply("535 5.7.8 no").serve();
        let case = |name: &str, script, kind| {
            login(format!("{name}_at_{step}"), script, not_sent(kind, Step::Auth))
        };
        cases.push(case("refuses", refused, Authentication));
        cases.push(case("closes", script().close(), Lost));
        cases.push(case("resets", script().reset(), Lost));
        cases.push(case("cuts_a_challenge", script().send("334 cj1").cut(), Lost));
        cases.push(case("is_silent", script().hang(), TimedOut).stalled(Step::Auth));
    }
    cases
}

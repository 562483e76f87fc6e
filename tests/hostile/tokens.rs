//! Access tokens (OAUTHBEARER and XOAUTH2): explanations of a refusal that are long, invalid, or without an end.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{
    Kind::{Authentication, Lost, Protocol, Temporary, TimedOut},
    Mechanism::{self, OAuthBearer, XOAuth2},
    Step,
};
use mailer_server::Script;

use crate::{
    auth::NO_MAIL,
    case::{Case, Expected, RAW, USER, not_sent, until},
};

const RFC_7628: &str = "RFC 7628 §3.2.2, §3.2.3; CWE-150";
const TOKEN: &str = "ya29.Zq7s3same";
const REFUSED: Expected = not_sent(Authentication, Step::Auth);
const BREACH: Expected = not_sent(Protocol, Step::Auth);

/// Explanations, and what raw's error must contain.
const EXPLANATIONS: &[(&str, &str, &[&str])] = &[
    ("json", r#"{"status":"invalid_token","scope":"mail"}"#, &["status invalid_token, scope mail"]),
    ("json_of_google", r#"{"status":"401","schemes":"bearer","scope":"mail"}"#, &["status 401"]),
    ("no_json", "go away", &["access token: go away"]),
    ("half_of_json", r#"{"status":"inval"#, &["access token"]),
    ("json_that_is_no_object", "[1,2,3]", &["access token"]),
    ("json_without_known_members", r#"{"error":"late"}"#, &["access token"]),
    ("json_with_wrong_types", r#"{"status":{"a":[1]},"scope":null}"#, &["status"]),
    ("json_with_controls", r#"{"status":"\u001b[2J\u0007\r\n"}"#, &["\\u{1b}[2J\\u{7}"]),
    ("controls", "\u{1b}[2J\u{7}\u{9b}\u{202e}", &["\\u{1b}[2J\\u{7}"]),
    ("nothing", "", &["access token"]),
];

pub(crate) fn cases() -> Vec<Case> {
    [OAuthBearer, XOAuth2].into_iter().flat_map(cases_of).collect()
}

/// The cases of one mechanism.
fn cases_of(mechanism: Mechanism) -> Vec<Case> {
    let mut cases = explanations(mechanism);
    cases.extend(breaches(mechanism));
    cases.extend(ends(mechanism));
    cases
}

/// A case in which a login with an access token fails.
fn login(name: &str, mechanism: Mechanism, script: Script, expected: Expected) -> Case {
    Case::new(format!("{}_{name}", mechanism.name().to_lowercase()), RFC_7628, script)
        .secured()
        .logs_in_as(USER, TOKEN)
        .mechanism(mechanism)
        .backends(RAW)
        .expects([expected])
        .client_never_sends(NO_MAIL)
}

fn offered() -> Script {
    until("AUTH").announcing(&["STARTTLS", "PIPELINING", "AUTH OAUTHBEARER XOAUTH2"])
}

/// The client's answer to an explanation: one byte with the value 1 in base64, or an empty line.
fn answer_to_refusal(mechanism: Mechanism) -> &'static str {
    if mechanism == OAuthBearer { "AQ==" } else { "" }
}

/// A server that explains a refusal, and has read the client's answer.
fn explained(mechanism: Mechanism, explanation: &str) -> Script {
    let challenge = format!("334 {}", STANDARD.encode(explanation));
    offered().answer("AUTH", &challenge).expect(answer_to_refusal(mechanism))
}

fn explanations(mechanism: Mechanism) -> Vec<Case> {
    let case = |name: &str, explanation: &str| {
        let script = explained(mechanism, explanation).reply("535 5.7.8 no").serve();
        login(&format!("explains_with_{name}"), mechanism, script, REFUSED)
    };
    let given = EXPLANATIONS.iter().map(|&(name, explanation, shown)| {
        let case = case(name, explanation).error_contains(shown);
        let is_documented = name == "json" && mechanism == OAuthBearer;
        match is_documented {
            true => case.documented_as("it refuses an access token, and explains that with JSON"),
            false => case,
        }
    });
    // As much as fits a line of a reply.
    let long = format!(r#"{{"status":"{}"}}"#, "x".repeat(1200));
    let deep = format!(r#"{{"status":{}"#, "[".repeat(1200));
    given
        .chain(
            [case("long_json", &long), case("deep_json", &deep)]
                .map(|case| case.error_contains(&["access token"])),
        )
        .collect()
}

fn breaches(mechanism: Mechanism) -> Vec<Case> {
    let json = r#"{"status":"401"}"#;
    let breach = |name, script: Script| login(name, mechanism, script.serve(), BREACH);
    let refused_by = |reply: &str| explained(mechanism, json).reply(reply);
    let endless = (0..40).fold(refused_by("334 "), |script, _| script.answer("", "334 "));
    let long = format!("334 {}", "QUFB".repeat(4000));
    let mut cases = vec![
        breach("explains_without_base64", offered().answer("AUTH", "334 *not base64*")),
        breach("explains_in_binary", offered().expect("AUTH").send(*b"334 \xff\xfe\r\n")),
        breach("explains_too_long", offered().answer("AUTH", &long)),
        breach("accepts_after_a_refusal", refused_by("235 welcome")),
        breach("explains_twice", refused_by(&format!("334 {}", STANDARD.encode(json)))),
        breach("explanations_have_no_end", endless),
        breach("success_is_354", offered().answer("AUTH", "354 go ahead")),
    ];
    if mechanism == OAuthBearer {
        let accepted = cases.remove(3);
        cases.push(accepted.documented_as("it refuses an access token, and accepts it then"));
    }
    cases
}

/// Refusals without an explanation, and connections that end, at each step.
fn ends(mechanism: Mechanism) -> Vec<Case> {
    let mut cases = Vec::new();
    let steps = [
        ("the_token", offered().expect("AUTH")),
        ("the_explanation", explained(mechanism, r#"{"status":"401"}"#)),
    ];
    for (step, script) in steps {
        let script = || script.clone();
        let case = |name: &str, script, kind| {
            let expected = not_sent(kind, Step::Auth);
            login(&format!("{name}_at_{step}"), mechanism, script, expected)
        };
        cases.push(case("refuses", script().reply("535 5.7.8 no").serve(), Authentication));
        cases.push(case("cannot_check", script().reply("454 4.7.0 later").serve(), Temporary));
        cases.push(case("closes", script().close(), Lost));
        cases.push(case("resets", script().reset(), Lost));
        cases.push(case("cuts_a_challenge", script().send("334 eyJ").cut(), Lost));
        cases.push(case("is_silent", script().hang(), TimedOut).stalled(Step::Auth));
    }
    cases
}

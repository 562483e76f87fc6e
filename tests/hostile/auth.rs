//! AUTH: logins that are refused, cut, or never end; passwords of all kinds.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{
    Kind::{Authentication, Lost, Protocol, Temporary, TimedOut},
    Mechanism::{self, Login, Plain},
    Step,
};
use mailer_server::Script;

use crate::case::{Case, Expected, PASSWORD, RAW, USER, not_sent, until};

const RFC_4954: &str = "RFC 4954 §4, §4.7.3, §6";
const CURL: &str = "curl tests 933 to 953: AUTH is cut, refused, or never ends";
/// Commands that the client must not send after a failed login.
pub(crate) const NO_MAIL: &[&str] = &["MAIL", "RCPT", "DATA", "BDAT"];
const NO_AUTH: &[&str] = &["AUTH", "MAIL", "RCPT", "DATA", "BDAT"];

/// "Username:" and "Password:"
const USER_PROMPT: &str = "334 VXNlcm5hbWU6";
const PASSWORD_PROMPT: &str = "334 UGFzc3dvcmQ6";

const REPLIES: &[(&str, Expected)] = &[
    ("421 4.7.0 too many of you", not_sent(Temporary, Step::Auth)),
    ("432 4.7.12 a new password is due", not_sent(Temporary, Step::Auth)),
    ("451 4.7.0 later", not_sent(Temporary, Step::Auth)),
    // Not a wrong password.
    ("454 4.7.0 cannot check it now", not_sent(Temporary, Step::Auth)),
    ("500 5.5.6 line too long", not_sent(Authentication, Step::Auth)),
    ("501 5.5.2 not base64", not_sent(Authentication, Step::Auth)),
    ("502 5.5.1 not implemented", not_sent(Authentication, Step::Auth)),
    ("503 5.5.1 not now", not_sent(Authentication, Step::Auth)),
    ("504 5.5.4 not implemented", not_sent(Authentication, Step::Auth)),
    ("530 5.7.0 TLS first", not_sent(Authentication, Step::Auth)),
    ("534 5.7.9 app password needed", not_sent(Authentication, Step::Auth)),
    ("535 5.7.8 wrong password", not_sent(Authentication, Step::Auth)),
    ("538 5.7.11 TLS first", not_sent(Authentication, Step::Auth)),
    ("554 5.7.0 no", not_sent(Authentication, Step::Auth)),
];

/// Announcements that offer no usable mechanism.
const OFFERS: &[(&str, &[&str])] = &[
    ("nothing", &["STARTTLS", "PIPELINING"]),
    ("no_names", &["STARTTLS", "AUTH"]),
    ("only_others", &["STARTTLS", "AUTH XOAUTH2 GSSAPI NTLM"]),
    ("names_that_begin_alike", &["STARTTLS", "AUTH PLAIN-CLIENTTOKEN LOGINX"]),
    ("another_keyword", &["STARTTLS", "XAUTH PLAIN LOGIN"]),
];

/// Announcements of usable mechanisms in unusual spelling.
const SPELLINGS: &[(&str, &str)] = &[
    ("with_an_equals_sign", "AUTH=LOGIN"),
    ("with_an_equals_sign_and_more", "AUTH=LOGIN PLAIN"),
    ("in_lower_case", "auth login plain"),
    ("with_spaces", "AUTH  LOGIN   PLAIN "),
    ("with_a_tab", "AUTH\tPLAIN"),
    ("twice_the_same", "AUTH PLAIN PLAIN PLAIN"),
    ("after_many_others", "AUTH A B C D E F G H I J K L M N O P Q R S T U V W X Y Z PLAIN"),
];

const PASSWORDS: &[(&str, &str)] = &[
    ("empty", ""),
    ("of_spaces", "   "),
    ("of_quotes", "\"'`\\\"\\\\"),
    ("in_utf_8", "p\u{e4}ssw\u{f6}rd \u{6771}\u{4eac} \u{1f511}"),
    ("with_line_ends", "one\r\nQUIT"),
    ("of_controls", "\u{1}\t\u{7f}\u{1b}[2J"),
    ("of_percent_signs", "%40%00%"),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = refused();
    cases.extend(offers());
    cases.extend(challenges());
    cases.extend(lost());
    cases.extend(passwords());
    cases
}

/// A case in which a login inside TLS fails.
fn login(name: impl Into<String>, by: Mechanism, script: Script, expected: Expected) -> Case {
    Case::new(name, RFC_4954, script)
        .secured()
        .mechanism(by)
        .expects([expected])
        .client_never_sends(NO_MAIL)
}

fn refused() -> Vec<Case> {
    let by_plain = REPLIES.iter().map(|&(reply, expected)| {
        let script = until("AUTH").answer("AUTH PLAIN ", reply).serve();
        let case = login(format!("plain_gets_{}", &reply[..3]), Plain, script, expected);
        match &reply[..3] {
            "421" | "454" | "504" | "534" | "535" => {
                case.documented_as(format!("AUTH gets `{reply}`"))
            }
            _ => case,
        }
    });
    let by_login = REPLIES.iter().map(|&(reply, expected)| {
        let script = until("AUTH")
            .answer("AUTH LOGIN", USER_PROMPT)
            .answer("", PASSWORD_PROMPT)
            .answer("", reply);
        login(format!("login_gets_{}", &reply[..3]), Login, script.serve(), expected)
    });
    let user = until("AUTH")
        .answer("AUTH LOGIN", USER_PROMPT)
        .answer("", "535 5.7.8 unknown user")
        .serve();
    let expected = not_sent(Authentication, Step::Auth);
    // An error may end up in a bug report, so it must not show the password that the server echoes.
    let echo = |secret: &str| {
        until("AUTH").answer("AUTH", &format!("535 5.7.8 {secret} is wrong")).serve()
    };
    let encoded = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    let others = [
        login("login_is_refused_at_the_user", Login, user, expected)
            .client_never_sends(&["c2VzYW1l", "MAIL"]),
        login("the_server_echoes_the_password", Plain, echo(PASSWORD), expected)
            .error_contains(&["****"]),
        login("the_server_echoes_its_base64", Plain, echo(&encoded), expected)
            .error_contains(&["****"]),
    ];
    by_plain.chain(by_login).chain(others).collect()
}

fn offers() -> Vec<Case> {
    let useless = OFFERS.iter().map(|&(name, announced)| {
        let script = until("MAIL").announcing(announced).serve();
        let case = Case::new(format!("offers_{name}"), RFC_4954, script).secured();
        let case = case.expects([not_sent(Authentication, Step::Auth)]).client_never_sends(NO_AUTH);
        match name {
            "nothing" => case.documented_as("it offers no AUTH, and the client has a user name"),
            "only_others" => {
                case.documented_as("it offers no AUTH mechanism that the client supports")
            }
            _ => case,
        }
    });
    let unusual = SPELLINGS.iter().map(|&(name, announced)| {
        let script = until("STARTTLS").serve().announcing(&["STARTTLS", announced]);
        let case =
            Case::new(format!("is_offered_{name}"), "RFC 5321 §2.4; draft-myers-smtp-auth", script);
        let case = case.secured().client_sends("AUTH ");
        // The form with an equals sign is not standard, and lettre does not support it.
        if announced.contains('=') { case.backends(RAW) } else { case }
    });
    useless.chain(unusual).collect()
}

/// Challenges that never end, or are invalid.
fn challenges() -> Vec<Case> {
    let breach = not_sent(Protocol, Step::Auth);
    let challenges_with = |challenge: &str| until("AUTH").answer("AUTH LOGIN", challenge).serve();
    let endless =
        |script: Script| (0..40).fold(script, |script, _| script.answer("", PASSWORD_PROMPT));
    let long = format!("334 {}", "QUFB".repeat(4000));
    let secret = &["c2VzYW1l", "MAIL"];
    let case = |name: &str, by, script| login(name, by, script, breach).backends(RAW);
    vec![
        case(
            "login_challenges_have_no_end",
            Login,
            endless(until("AUTH").answer("AUTH", USER_PROMPT)),
        )
        .documented_as("the challenges of AUTH do not end"),
        case("plain_challenges_have_no_end", Plain, endless(until("AUTH").answer("AUTH", "334 "))),
        case("a_challenge_is_no_base64", Login, challenges_with("334 *not base64*"))
            .client_never_sends(secret)
            .documented_as("a challenge of AUTH is not base64"),
        case("a_challenge_has_half_a_group", Login, challenges_with("334 VXN"))
            .client_never_sends(secret),
        case("a_challenge_is_binary", Login, {
            until("AUTH").expect("AUTH").send(*b"334 \xff\xfe\r\n").serve()
        })
        .client_never_sends(secret),
        case("a_challenge_is_too_long", Login, challenges_with(&long)).client_never_sends(secret),
        case("success_is_354", Plain, until("AUTH").answer("AUTH", "354 go ahead").serve()),
        case("success_is_no_reply", Plain, until("AUTH").answer("AUTH", "welcome").serve()),
        // Two replies to one command: a refused login must not look like an accepted one.
        case("success_and_refusal", Plain, {
            until("AUTH").answer("AUTH", "235 welcome\n535 no").answer("", "250 ok").serve()
        })
        .may_deviate(),
    ]
}

fn lost() -> Vec<Case> {
    let case = |name: &str, by, script, kind| {
        login(name, by, script, not_sent(kind, Step::Auth)).source(CURL)
    };
    let begun = || until("AUTH").answer("AUTH LOGIN", USER_PROMPT);
    let pause = Duration::from_millis(100);
    let drip = || until("AUTH").expect("AUTH").drip("235 2.7.0 welcome ".repeat(50), pause);
    vec![
        case("closed_at_auth", Plain, until("AUTH").expect("AUTH").close(), Lost)
            .documented_as("the connection ends at AUTH"),
        case("reset_at_auth", Plain, until("AUTH").expect("AUTH").reset(), Lost),
        case("cut_in_a_challenge", Login, until("AUTH").expect("AUTH").send("334 VXN").cut(), Lost),
        case("closed_at_the_user", Login, begun().expect("").close(), Lost),
        case(
            "closed_at_the_password",
            Login,
            begun().answer("", PASSWORD_PROMPT).expect("").close(),
            Lost,
        ),
        case("silent_at_auth", Plain, until("AUTH").expect("AUTH").hang(), TimedOut)
            .stalled(Step::Auth)
            .documented_as("AUTH gets no reply"),
        case(
            "silent_at_the_password",
            Login,
            begun().answer("", PASSWORD_PROMPT).expect("").hang(),
            TimedOut,
        )
        .stalled(Step::Auth),
        case("drips_at_auth", Plain, drip(), TimedOut).stalled(Step::Auth),
    ]
}

/// Passwords arrive unchanged.
fn passwords() -> Vec<Case> {
    let long = "x".repeat(3000);
    let all = PASSWORDS.iter().copied().chain([("long", long.as_str())]);
    let both = all.flat_map(|(name, password)| {
        let case = |by: Mechanism, line: String| {
            let name = format!("password_{name}_by_{}", by.name().to_lowercase());
            let case =
                Case::new(name, "RFC 4616 §2; RFC 4954 §4: 12288 bytes", until("QUIT").serve());
            case.secured().logs_in_as(USER, password).mechanism(by).client_sends(line)
        };
        let plain = STANDARD.encode(format!("\0{USER}\0{password}"));
        [case(Plain, plain), case(Login, format!("{}\r\n", STANDARD.encode(password)))]
    });
    both.collect()
}

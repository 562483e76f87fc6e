//! Replies that are cut, endless, wrong, missing or superfluous.

use std::time::Duration;

use mailer::{
    Kind::{self, Lost, Protocol, Refused, Temporary, TimedOut},
    Step,
};
use mailer_server::Script;

use crate::case::{ACCEPTED, Case, Expected, RAW, greets, not_sent, rejected, unknown, until};

const REPLIES: &str = "RFC 5321 §4.2, §4.2.1, §4.3.2";
const LIMITS: &str = "RFC 5321 §4.5.3.1.5; curl test 1098; CWE-400";
const TIME_LIMITS: &str = "RFC 5321 §4.5.3.2";

/// A point of the session at which a reply is due.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    /// The command before the reply: empty for the greeting, "." for the end of the content.
    verb: &'static str,
    pub(crate) step: Step,
    /// A good reply there.
    good: &'static str,
}

pub(crate) const PLACES: &[Place] = &[
    place("greeting", "", Step::Greeting, "220 mail.example.test"),
    place("ehlo", "EHLO", Step::Ehlo, "250-mail.example.test\r\n250 SIZE"),
    place("mail", "MAIL", Step::Mail, "250 ok"),
    place("rcpt", "RCPT", Step::Recipient, "250 ok"),
    place("data", "DATA", Step::Data, "354 go"),
    place("end_of_data", ".", Step::EndOfData, "250 ok"),
];

const fn place(name: &'static str, verb: &'static str, step: Step, good: &'static str) -> Place {
    Place { name, verb, step, good }
}

impl Place {
    /// A server that behaves correctly until this reply is due. It announces no extension, so that the
    /// client waits for each reply.
    pub(crate) fn reached(&self) -> Script {
        let begins = match self.verb {
            "" => Script::new(),
            "." => until("."),
            verb => until(verb).expect(verb),
        };
        begins.announcing(&[])
    }

    /// The expected result of a message if the connection fails here.
    pub(crate) fn expected(&self, kind: Kind) -> Expected {
        if self.step == Step::EndOfData {
            unknown(kind, self.step)
        } else {
            not_sent(kind, self.step)
        }
    }

    fn replies_with(&self, bytes: impl Into<Vec<u8>>) -> Script {
        self.reached().send(bytes).read_exact(1 << 20)
    }

    /// A server that sends these bytes, and then behaves correctly.
    fn replies_and_continues(&self, bytes: impl Into<Vec<u8>>) -> Script {
        let script = self.reached().send(bytes);
        match self.step {
            Step::Data => {
                script.serve_until("Subject:").read_until("\r\n.\r\n").reply("250 ok").serve()
            }
            _ => script.serve(),
        }
    }
}

/// Bytes that are not a valid reply at any point.
const NO_REPLIES: &[(&str, &[u8])] = &[
    ("garbage", b"hello\r\n"),
    ("a_banner_of_another_protocol", b"SSH-2.0-server\r\n"),
    ("nothing_but_a_line_end", b"\r\n"),
    ("two_digits", b"25 ok\r\n"),
    ("four_digits", b"2500 ok\r\n"),
    ("code_199", b"199 ok\r\n"),
    ("code_600", b"600 ok\r\n"),
    ("code_000", b"000 ok\r\n"),
    ("code_with_a_letter", b"25o ok\r\n"),
    ("space_before_the_code", b" 250 ok\r\n"),
    ("no_space_after_the_code", b"250ok\r\n"),
    ("nul_in_the_text", b"250 o\0k\r\n"),
    ("nul_before_the_code", b"\x00250 ok\r\n"),
    ("bare_lf", b"250 ok\n"),
    ("bare_cr", b"250 o\rk\r\n"),
    ("another_code_in_the_second_line", b"250-ok\r\n550 no\r\n"),
    ("another_good_code_in_the_second_line", b"250-ok\r\n251 ok\r\n"),
    ("garbage_in_the_second_line", b"250-ok\r\nhello\r\n"),
];

/// Good replies in unusual forms.
const FORMS: &[(&str, &str)] = &[
    ("without_text", "{code}\r\n"),
    ("with_nothing_after_the_space", "{code} \r\n"),
    ("with_an_empty_first_line", "{code}-\r\n{code} ok\r\n"),
    ("without_text_in_several_lines", "{code}-\r\n{code}-\r\n{code}\r\n"),
    ("with_a_tab", "{code} \tok\r\n"),
    ("in_utf_8", "{code} gr\u{fc}\u{df} Gott\r\n"),
    ("of_many_lines", "{code}-a line of many\r\n{code}-and more\r\n{code} ok\r\n"),
    ("with_an_escape_sequence", "{code} \u{1b}[2Jok\r\n"),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for place in PLACES {
        cases.extend(no_replies(place));
        cases.extend(wrong_codes(place));
        cases.extend(unusual_codes(place));
        cases.push(code_571(place));
        cases.extend(forms(place));
        cases.extend(lost(place));
        cases.extend(slow(place));
        cases.extend(endless(place));
    }
    cases.extend(superfluous());
    cases.extend(greetings());
    cases.push(byte_by_byte());
    cases
}

fn no_replies(place: &Place) -> Vec<Case> {
    let case = |&(name, bytes): &(&str, &[u8])| {
        let case =
            Case::new(format!("{name}_at_{}", place.name), REPLIES, place.replies_with(bytes));
        let case = case.backends(RAW).expects([place.expected(Protocol)]);
        match (name, place.step) {
            ("garbage", Step::Greeting | Step::Mail | Step::EndOfData) => {
                case.documented_as(format!("{} gets `hello`", place.description()))
            }
            ("a_banner_of_another_protocol", Step::Greeting) => {
                case.documented_as("it speaks another protocol")
            }
            ("bare_lf", Step::Greeting) => {
                case.documented_as("a line of the greeting ends in a bare LF")
            }
            ("nul_in_the_text", Step::Greeting) => {
                case.documented_as("the greeting contains a NUL")
            }
            ("another_code_in_the_second_line", Step::Mail) => case
                .documented_as("a reply changes its code on its second line")
                .error_contains(&["ok / 550 no"]),
            ("garbage_in_the_second_line", _) => case.error_contains(&["ok / hello"]),
            _ => case,
        }
    };
    NO_REPLIES.iter().map(case).collect()
}

impl Place {
    /// What docs/errors.md calls the command.
    fn description(&self) -> &'static str {
        match self.step {
            Step::Greeting => "a new connection",
            Step::EndOfData => "the end of the data",
            _ => self.verb,
        }
    }
}

/// Replies with a code that has no meaning at this point.
fn wrong_codes(place: &Place) -> Vec<Case> {
    let codes: &[&str] = match place.step {
        Step::Greeting => &["354", "334"],
        // A second greeting.
        Step::Ehlo => &["220", "221", "354", "334"],
        Step::Data => &["250", "220", "334", "355"],
        _ => &["354", "334"],
    };
    let case = |code: &&str| {
        let name = format!("code_{code}_at_{}", place.name);
        let case = Case::new(name, REPLIES, place.replies_with(format!("{code} well\r\n")));
        let case = case
            .backends(RAW)
            .expects([place.expected(Protocol)])
            .error_contains(&["no meaning here"]);
        match (place.step, *code) {
            (Step::Data, "250") | (Step::EndOfData, "354") => {
                case.documented_as(format!("{} gets `{code} well`", place.description()))
            }
            _ => case,
        }
    };
    codes.iter().map(case).collect()
}

/// Positive replies with another code than the usual one: the first digit decides (RFC 5321 §4.2.1).
fn unusual_codes(place: &Place) -> Vec<Case> {
    let codes: &[&str] = match place.step {
        Step::Data => &[],
        _ => &["200", "211", "251", "259"],
    };
    let case = |code: &&str| {
        let script = place.replies_and_continues(format!("{code} well\r\n"));
        Case::new(format!("code_{code}_at_{}", place.name), "RFC 5321 §4.2.1", script)
    };
    codes.iter().map(case).collect()
}

/// A refusal whose second digit the grammar does not have (RFC 5321 §4.2). Servers send it for 5.7.1, and the first
/// digit decides.
fn code_571(place: &Place) -> Case {
    let script = place.reached().send("571 no\r\n").serve();
    let expected = match place.step {
        Step::Greeting => not_sent(Refused, place.step),
        // HELO follows.
        Step::Ehlo => ACCEPTED,
        step => rejected(Refused, step),
    };
    Case::new(format!("code_571_at_{}", place.name), REPLIES, script).expects([expected])
}

fn forms(place: &Place) -> Vec<Case> {
    let code = &place.good[..3];
    let case = |&(name, text): &(&str, &str)| {
        let script = place.replies_and_continues(text.replace("{code}", code));
        let case = Case::new(format!("{}_{name}", place.name), REPLIES, script);
        if place.step == Step::Ehlo { case.backends(RAW) } else { case }
    };
    let latin_1 = place.replies_and_continues([code.as_bytes(), b" gr\xfc\xdf\r\n"].concat());
    let latin_1 = Case::new(format!("{}_in_latin_1", place.name), REPLIES, latin_1);
    FORMS.iter().map(case).chain([latin_1]).collect()
}

/// The connection ends, also within a reply.
fn lost(place: &Place) -> Vec<Case> {
    let ends = |name: &str, script: Script| {
        Case::new(format!("{name}_at_{}", place.name), "RFC 5321 §3.8", script)
            .expects([place.expected(Lost)])
    };
    let half = |bytes: &str| place.reached().send(bytes);
    let mut cases = vec![
        ends("closed", place.reached().close()),
        ends("closed_in_a_reply", half(&place.good[..2]).close()),
        ends("closed_in_a_line", half(&place.good[..5]).close()),
        ends("closed_between_cr_and_lf", half("250 ok\r").close()),
        ends("closed_between_lines", half("250-ok\r\n").close()),
    ];
    // An RST before the greeting may arrive while the client is still connecting.
    if place.step != Step::Greeting {
        cases.push(ends("reset", place.reached().reset()));
    }
    cases.into_iter().map(|case| with_row_if_listed(place, case)).collect()
}

fn with_row_if_listed(place: &Place, case: Case) -> Case {
    let is_listed = matches!(place.step, Step::Greeting | Step::Recipient | Step::EndOfData);
    if is_listed && case.name.starts_with("closed_at") {
        return case.documented_as(format!(
            "{} gets no reply, and the connection closes",
            place.description()
        ));
    }
    case
}

/// The server sends nothing, or too little, or too slowly.
fn slow(place: &Place) -> Vec<Case> {
    let pause = Duration::from_millis(100);
    let stalls = |name: &str, script: Script| {
        Case::new(format!("{name}_at_{}", place.name), TIME_LIMITS, script)
            .stalled(place.step)
            .expects([place.expected(TimedOut)])
            .error_contains(&["within 0.5 s"])
    };
    let silent = stalls("silent", place.reached().hang());
    let drip = format!("{} {}", &place.good[..3], "x".repeat(1000));
    vec![
        match place.step {
            Step::Greeting | Step::Mail | Step::EndOfData => {
                silent.documented_as(format!("{} gets no reply", place.description()))
            }
            _ => silent,
        },
        stalls("silent_in_a_reply", place.reached().send(&place.good[..5]).hang()),
        stalls(
            "silent_between_lines",
            place.reached().send(format!("{}-more\r\n", &place.good[..3])).hang(),
        ),
        stalls("drips", place.reached().drip(drip, pause)),
    ]
}

/// The server never stops sending.
fn endless(place: &Place) -> Vec<Case> {
    let floods = |name: &str, begins: &str, bytes: Vec<u8>| {
        let script = place.reached().send(begins).flood(bytes, 10_000);
        Case::new(format!("{name}_at_{}", place.name), LIMITS, script)
            .backends(RAW)
            .expects([place.expected(Protocol)])
    };
    let code = &place.good[..3];
    let line = floods("endless_line", &format!("{code} "), vec![b'x'; 10_000]);
    let lines = floods("endless_reply", "", format!("{code}-more\r\n").repeat(1000).into_bytes());
    let (line, lines) =
        (line.error_contains(&["line is longer"]), lines.error_contains(&["reply is longer"]));
    vec![
        if place.step == Step::Greeting {
            line.documented_as("a line of a reply never ends")
        } else {
            line
        },
        if place.step == Step::Ehlo {
            lines.documented_as("a reply of many lines never ends")
        } else {
            lines
        },
        floods("endless_line_of_nothing", "", vec![b'x'; 10_000]),
    ]
}

/// Superfluous replies. A client matches replies by counting them, so a superfluous one must not make a
/// message look accepted (RFC 2920 §3.1).
fn superfluous() -> Vec<Case> {
    const SOURCE: &str = "RFC 2920 §3.1; Exim Bug 2822";
    let twice = |name: &str, verb: &str, replies: &str, step: Step| {
        let script = until(verb).announcing(&[]).answer(verb, replies).serve();
        Case::new(name, SOURCE, script).backends(RAW).expects([not_sent(Protocol, step)])
    };
    let end = |reply: &str| until(".").announcing(&[]).reply(reply).serve();
    vec![
        twice("answers_ehlo_twice", "EHLO", "250 ok\n250 ok", Step::Ehlo)
            .documented_as("it replies to a command that the client did not send"),
        twice("answers_mail_twice", "MAIL", "250 ok\n250 ok", Step::Mail),
        twice("answers_rcpt_twice", "RCPT", "250 ok\n250 ok", Step::Recipient),
        // The first reply counts: the message is accepted.
        Case::new("answers_the_end_twice", SOURCE, end("250 ok\n250 ok")),
        Case::new("accepts_the_mail_and_then_refuses_it", SOURCE, end("250 ok\n550 no")),
        Case::new("refuses_the_mail_and_then_accepts_it", SOURCE, end("550 no\n250 ok"))
            .expects([rejected(Refused, Step::EndOfData)]),
        Case::new("sends_every_reply_at_once", SOURCE, {
            Script::new()
                .reply("220 hi\n250 hi\n250 ok\n250 ok\n354 go\n250 ok")
                .read_exact(1 << 20)
        })
        .backends(RAW)
        .expects([not_sent(Protocol, Step::Ehlo)]),
    ]
}

/// Greetings and replies to EHLO that refuse service (RFC 5321 §3.1).
fn greetings() -> Vec<Case> {
    let greets_with = |reply: &str, expected: Expected| {
        let name = format!("greets_with_{}", &reply[..3]);
        Case::new(name, "RFC 5321 §3.1, §4.2.2", Script::new().reply(reply).serve())
            .expects([expected])
            .documented_as(format!("the greeting is `{reply}`"))
    };
    let ehlo = |reply: &'static str, expected: Expected| {
        let name = format!("ehlo_and_helo_get_{}", &reply[..3]);
        let script =
            until("EHLO").answer("EHLO", reply).serve_until("HELO").answer("HELO", reply).serve();
        Case::new(name, "RFC 5321 §4.1.1.1, §4.1.4", script).expects([expected])
    };
    let helo = |reply: &'static str| {
        let name = format!("ehlo_gets_{}_and_helo_is_accepted", &reply[..3]);
        Case::new(name, "RFC 5321 §3.2", greets().answer("EHLO", reply).serve())
            .client_sends("HELO ")
    };
    let busy = |reply: &'static str| {
        let name = format!("ehlo_gets_{}", &reply[..3]);
        let case = Case::new(name, "RFC 5321 §3.8", greets().answer("EHLO", reply).serve());
        case.expects([not_sent(Temporary, Step::Ehlo)])
            .documented_as(format!("EHLO gets `{reply}`"))
    };
    vec![
        greets_with("421 4.3.2 too busy", not_sent(Temporary, Step::Greeting)),
        greets_with("451 4.3.0 later", not_sent(Temporary, Step::Greeting)),
        greets_with("500 what?", not_sent(Refused, Step::Greeting)),
        greets_with("554 5.7.1 no mail from here", not_sent(Refused, Step::Greeting)),
        ehlo("502 5.5.1 what?", not_sent(Refused, Step::Ehlo))
            .documented_as("it accepts neither EHLO nor HELO"),
        ehlo("550 5.7.1 not you", not_sent(Refused, Step::Ehlo)),
        helo("500 what?"),
        helo("502 not implemented"),
        helo("504 what?"),
        helo("554 what?"),
        busy("421 4.3.2 too busy"),
        busy("450 4.3.0 later"),
        Case::new("ehlo_has_a_thousand_lines", LIMITS, {
            let lines = "250-X-EXTENSION\n".repeat(1000) + "250 8BITMIME";
            greets().answer("EHLO", &lines).serve()
        })
        .backends(RAW),
    ]
}

/// Every reply of a session arrives byte by byte.
fn byte_by_byte() -> Case {
    let slowly = |script: Script, bytes: &str| script.drip(bytes, Duration::ZERO);
    let mut script = Script::new();
    for place in PLACES {
        script = match place.verb {
            "" => script,
            "." => script.read_until("\r\n.\r\n"),
            verb => script.expect(verb),
        };
        script = slowly(script, &format!("{}\r\n", place.good));
    }
    Case::new("byte_by_byte", "RFC 5321 §4.2: splitting a reply does not change it", script.serve())
        .expects([ACCEPTED])
}

//! Replies that are cut, endless, wrong, missing, or too many.

use std::time::Duration;

use mailer::{
    Kind::{self, Lost, Protocol, Refused, Temporary, TimedOut},
    Step,
};
use mailer_server::Script;

use crate::case::{ACCEPTED, Case, Fate, RAW, greets, not_sent, rejected, unknown, until};

const REPLIES: &str = "RFC 5321 §4.2, §4.2.1, §4.3.2";
const LIMITS: &str = "RFC 5321 §4.5.3.1.5; curl test 1098; CWE-400";
const PATIENCE: &str = "RFC 5321 §4.5.3.2";

/// A place where a reply is due: what is said there, and the step.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    /// What the client says; nothing before the greeting, "." at the end of a content.
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
    /// A server that is well-behaved until this reply is due, and announces nothing, so that each
    /// command waits for its reply.
    pub(crate) fn reached(&self) -> Script {
        let begins = match self.verb {
            "" => Script::new(),
            "." => until("."),
            verb => until(verb).expect(verb),
        };
        begins.announcing(&[])
    }

    /// What becomes of a mail that is lost here.
    pub(crate) fn fate(&self, kind: Kind) -> Fate {
        if self.step == Step::EndOfData {
            unknown(kind, self.step)
        } else {
            not_sent(kind, self.step)
        }
    }

    fn says(&self, octets: impl Into<Vec<u8>>) -> Script {
        self.reached().send(octets).read_exact(1 << 20)
    }

    /// A server that says this, and is well-behaved again.
    fn goes_on_behind(&self, octets: impl Into<Vec<u8>>) -> Script {
        let said = self.reached().send(octets);
        match self.step {
            Step::Data => {
                said.serve_until("Subject:").read_until("\r\n.\r\n").reply("250 ok").serve()
            }
            _ => said.serve(),
        }
    }
}

/// What is no reply, or not one that could stand anywhere.
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
    ("no_space_behind_the_code", b"250ok\r\n"),
    ("nul_in_the_text", b"250 o\0k\r\n"),
    ("nul_before_the_code", b"\x00250 ok\r\n"),
    ("bare_lf", b"250 ok\n"),
    ("bare_cr", b"250 o\rk\r\n"),
    ("another_code_in_the_second_line", b"250-ok\r\n550 no\r\n"),
    ("another_good_code_in_the_second_line", b"250-ok\r\n251 ok\r\n"),
    ("garbage_in_the_second_line", b"250-ok\r\nhello\r\n"),
];

/// Good replies in unusual form; their first octet is that of the code.
const FORMS: &[(&str, &str)] = &[
    ("without_text", "{code}\r\n"),
    ("with_nothing_behind_the_space", "{code} \r\n"),
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
        cases.extend(forms(place));
        cases.extend(lost(place));
        cases.extend(slow(place));
        cases.extend(endless(place));
    }
    cases.extend(numbers());
    cases.extend(greetings());
    cases.push(octet_by_octet());
    cases
}

fn no_replies(place: &Place) -> Vec<Case> {
    let case = |&(name, octets): &(&str, &[u8])| {
        let case = Case::new(format!("{name}_at_{}", place.name), REPLIES, place.says(octets));
        let case = case.backends(RAW).ends([place.fate(Protocol)]);
        match (name, place.step) {
            ("garbage", Step::Greeting | Step::Mail | Step::EndOfData) => {
                case.told(format!("{} gets `hello`", place.told()))
            }
            ("a_banner_of_another_protocol", Step::Greeting) => {
                case.told("it speaks another protocol")
            }
            ("bare_lf", Step::Greeting) => case.told("a line of the greeting ends in LF alone"),
            ("nul_in_the_text", Step::Greeting) => case.told("the greeting has a NUL"),
            ("another_code_in_the_second_line", Step::Mail) => case
                .told("a reply begins with one code and goes on with another")
                .says(&["ok / 550 no"]),
            ("garbage_in_the_second_line", _) => case.says(&["ok / hello"]),
            _ => case,
        }
    };
    NO_REPLIES.iter().map(case).collect()
}

impl Place {
    /// What the table of errors calls it.
    fn told(&self) -> &'static str {
        match self.step {
            Step::Greeting => "a new connection",
            Step::EndOfData => "the end of the data",
            _ => self.verb,
        }
    }
}

/// Replies whose code means nothing where it comes.
fn wrong_codes(place: &Place) -> Vec<Case> {
    let codes: &[&str] = match place.step {
        Step::Greeting => &["211", "250", "354", "334"],
        Step::Ehlo => &["220", "251", "354", "334"],
        Step::Data => &["250", "220", "334", "355"],
        _ => &["354", "334"],
    };
    let case = |code: &&str| {
        let name = format!("code_{code}_at_{}", place.name);
        let case = Case::new(name, REPLIES, place.says(format!("{code} well\r\n")));
        let case = case.backends(RAW).ends([place.fate(Protocol)]).says(&["no meaning here"]);
        match (place.step, *code) {
            (Step::Data, "250") | (Step::EndOfData, "354") => {
                case.told(format!("{} gets `{code} well`", place.told()))
            }
            _ => case,
        }
    };
    codes.iter().map(case).collect()
}

fn forms(place: &Place) -> Vec<Case> {
    let code = &place.good[..3];
    let case = |&(name, text): &(&str, &str)| {
        let script = place.goes_on_behind(text.replace("{code}", code));
        let case = Case::new(format!("{}_{name}", place.name), REPLIES, script);
        if place.step == Step::Ehlo { case.backends(RAW) } else { case }
    };
    let latin_1 = place.goes_on_behind([code.as_bytes(), b" gr\xfc\xdf\r\n"].concat());
    let latin_1 = Case::new(format!("{}_in_latin_1", place.name), REPLIES, latin_1);
    FORMS.iter().map(case).chain([latin_1]).collect()
}

/// The connection ends, in the middle of a reply too.
fn lost(place: &Place) -> Vec<Case> {
    let ends = |name: &str, script: Script| {
        Case::new(format!("{name}_at_{}", place.name), "RFC 5321 §3.8", script)
            .ends([place.fate(Lost)])
    };
    let half = |octets: &str| place.reached().send(octets);
    let mut cases = vec![
        ends("closed", place.reached().close()),
        ends("closed_in_a_reply", half(&place.good[..2]).close()),
        ends("closed_in_a_line", half(&place.good[..5]).close()),
        ends("closed_between_cr_and_lf", half("250 ok\r").close()),
        ends("closed_between_lines", half("250-ok\r\n").close()),
    ];
    // One that comes before the client has said anything may find it still connecting.
    if place.step != Step::Greeting {
        cases.push(ends("reset", place.reached().reset()));
    }
    cases.into_iter().map(|case| lost_and_told(place, case)).collect()
}

fn lost_and_told(place: &Place, case: Case) -> Case {
    let is_listed = matches!(place.step, Step::Greeting | Step::Recipient | Step::EndOfData);
    if is_listed && case.name.starts_with("closed_at") {
        return case.told(format!("{} gets no reply: it closes", place.told()));
    }
    case
}

/// It says nothing, or not enough, or too slowly.
fn slow(place: &Place) -> Vec<Case> {
    let pause = Duration::from_millis(100);
    let stalls = |name: &str, script: Script| {
        Case::new(format!("{name}_at_{}", place.name), PATIENCE, script)
            .stalled(place.step)
            .ends([place.fate(TimedOut)])
            .says(&["within 0.5 s"])
    };
    let silent = stalls("silent", place.reached().hang());
    let drip = format!("{} {}", &place.good[..3], "x".repeat(1000));
    vec![
        match place.step {
            Step::Greeting | Step::Mail | Step::EndOfData => {
                silent.told(format!("{} gets no reply", place.told()))
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

/// It never stops.
fn endless(place: &Place) -> Vec<Case> {
    let floods = |name: &str, begins: &str, octets: Vec<u8>| {
        let script = place.reached().send(begins).flood(octets, 10_000);
        Case::new(format!("{name}_at_{}", place.name), LIMITS, script)
            .backends(RAW)
            .ends([place.fate(Protocol)])
    };
    let code = &place.good[..3];
    let line = floods("endless_line", &format!("{code} "), vec![b'x'; 10_000]);
    let lines = floods("endless_reply", "", format!("{code}-more\r\n").repeat(1000).into_bytes());
    let (line, lines) = (line.says(&["line is longer"]), lines.says(&["reply is longer"]));
    vec![
        if place.step == Step::Greeting { line.told("a line of a reply never ends") } else { line },
        if place.step == Step::Ehlo {
            lines.told("a reply of many lines never ends")
        } else {
            lines
        },
        floods("endless_line_of_nothing", "", vec![b'x'; 10_000]),
    ]
}

/// Replies too many. Replies are matched by counting, so that one too many must not end in a mail
/// that is taken for accepted (RFC 2920 §3.1).
fn numbers() -> Vec<Case> {
    const SOURCE: &str = "RFC 2920 §3.1; Exim Bug 2822";
    let twice = |name: &str, verb: &str, replies: &str, step: Step| {
        let script = until(verb).announcing(&[]).answer(verb, replies).serve();
        Case::new(name, SOURCE, script).backends(RAW).ends([not_sent(Protocol, step)])
    };
    let end = |reply: &str| until(".").announcing(&[]).reply(reply).serve();
    vec![
        twice("answers_ehlo_twice", "EHLO", "250 ok\n250 ok", Step::Ehlo)
            .told("a reply comes to what was not said"),
        twice("answers_mail_twice", "MAIL", "250 ok\n250 ok", Step::Mail),
        twice("answers_rcpt_twice", "RCPT", "250 ok\n250 ok", Step::Recipient),
        // The mail is accepted, whatever else is said.
        Case::new("answers_the_end_twice", SOURCE, end("250 ok\n250 ok")),
        Case::new("takes_the_mail_and_takes_it_back", SOURCE, end("250 ok\n550 no")),
        Case::new("refuses_the_mail_and_takes_it", SOURCE, end("550 no\n250 ok"))
            .ends([rejected(Refused, Step::EndOfData)]),
        Case::new("says_everything_at_once", SOURCE, {
            Script::new()
                .reply("220 hi\n250 hi\n250 ok\n250 ok\n354 go\n250 taken")
                .read_exact(1 << 20)
        })
        .backends(RAW)
        .ends([not_sent(Protocol, Step::Ehlo)]),
    ]
}

/// Greetings that refuse, and none (RFC 5321 §3.1).
fn greetings() -> Vec<Case> {
    let greets_with = |reply: &str, fate: Fate| {
        let name = format!("greets_with_{}", &reply[..3]);
        Case::new(name, "RFC 5321 §3.1, §4.2.2", Script::new().reply(reply).serve())
            .ends([fate])
            .told(format!("the greeting is `{reply}`"))
    };
    let ehlo = |reply: &'static str, fate: Fate| {
        let name = format!("ehlo_and_helo_get_{}", &reply[..3]);
        let script =
            until("EHLO").answer("EHLO", reply).serve_until("HELO").answer("HELO", reply).serve();
        Case::new(name, "RFC 5321 §4.1.1.1, §4.1.4", script).ends([fate])
    };
    let helo = |reply: &'static str| {
        let name = format!("ehlo_gets_{}_and_helo_is_taken", &reply[..3]);
        Case::new(name, "RFC 5321 §3.2", greets().answer("EHLO", reply).serve()).said("HELO ")
    };
    let busy = |reply: &'static str| {
        let name = format!("ehlo_gets_{}", &reply[..3]);
        let case = Case::new(name, "RFC 5321 §3.8", greets().answer("EHLO", reply).serve());
        case.ends([not_sent(Temporary, Step::Ehlo)]).told(format!("EHLO gets `{reply}`"))
    };
    vec![
        greets_with("421 4.3.2 too busy", not_sent(Temporary, Step::Greeting)),
        greets_with("451 4.3.0 later", not_sent(Temporary, Step::Greeting)),
        greets_with("500 what?", not_sent(Refused, Step::Greeting)),
        greets_with("554 5.7.1 no mail from here", not_sent(Refused, Step::Greeting)),
        ehlo("502 5.5.1 what?", not_sent(Refused, Step::Ehlo))
            .told("neither EHLO nor HELO is taken"),
        ehlo("550 5.7.1 not you", not_sent(Refused, Step::Ehlo)),
        helo("500 what?"),
        helo("502 not built"),
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

/// Every reply of a whole session arrives octet by octet.
fn octet_by_octet() -> Case {
    let slowly = |script: Script, octets: &str| script.drip(octets, Duration::ZERO);
    let mut script = Script::new();
    for place in PLACES {
        script = match place.verb {
            "" => script,
            "." => script.read_until("\r\n.\r\n"),
            verb => script.expect(verb),
        };
        script = slowly(script, &format!("{}\r\n", place.good));
    }
    Case::new(
        "octet_by_octet",
        "RFC 5321 §4.2: a reply is what it is, however it is cut",
        script.serve(),
    )
    .ends([ACCEPTED])
}

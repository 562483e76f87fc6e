//! QUIT refused, ignored, cut: a mail that was accepted stays accepted.

use std::time::Duration;

use mailer::{
    Kind::{self, Lost, Protocol, Refused, Temporary, TimedOut},
    Step,
};
use mailer_server::Script;

use crate::case::{Case, RAW, until};

const SOURCE: &str = "RFC 5321 §4.1.1.10; curl tests 808 and 1451: what becomes of QUIT";

/// What is said to QUIT, and what closing makes of it.
const REPLIES: &[(&str, &[u8], Option<Kind>)] = &[
    ("gets_221", b"221 bye\r\n", None),
    ("gets_250", b"250 bye\r\n", None),
    ("gets_221_in_lines", b"221-so\r\n221-long\r\n221 bye\r\n", None),
    ("gets_more_than_a_reply", b"221 bye\r\n500 and more\r\nhello\r\n", None),
    ("gets_421", b"421 4.3.0 closing\r\n", Some(Temporary)),
    ("gets_450", b"450 4.3.0 stay\r\n", Some(Temporary)),
    ("gets_500", b"500 what?\r\n", Some(Refused)),
    ("gets_503", b"503 not now\r\n", Some(Refused)),
    ("gets_554", b"554 no\r\n", Some(Refused)),
    ("gets_354", b"354 go ahead\r\n", Some(Protocol)),
    ("gets_garbage", b"hello\r\n", Some(Protocol)),
    ("gets_a_bare_lf", b"221 bye\n", Some(Protocol)),
    ("gets_nul", b"\0\0\0", Some(Protocol)),
];

pub(crate) fn cases() -> Vec<Case> {
    let replies = REPLIES.iter().map(|&(name, octets, kind)| {
        case(name, until("QUIT").expect("QUIT").send(octets).close(), kind)
    });
    replies.chain(ends()).collect()
}

fn ends() -> Vec<Case> {
    let asked = || until("QUIT").expect("QUIT");
    let pause = Duration::from_millis(100);
    let stalls = |name, script| case(name, script, Some(TimedOut)).stalled(Step::Quit);
    vec![
        case("closes", asked().close(), Some(Lost)),
        case("is_reset", asked().reset(), Some(Lost)),
        case("closes_in_the_reply", asked().send("22").close(), Some(Lost)),
        case("closes_before", until(".").reply("250 ok").close(), Some(Lost)),
        case("floods", asked().flood("221-bye\r\n".repeat(1000), 10_000), Some(Protocol)),
        stalls("is_ignored", asked().hang()),
        stalls("drips", asked().drip("221 bye".repeat(100), pause)),
    ]
}

/// The mail is accepted, whatever QUIT comes to.
fn case(name: &str, script: Script, kind: Option<Kind>) -> Case {
    // What becomes of QUIT is not told by every backend; that the mail stays accepted is.
    let case = Case::new(format!("quit_{name}"), SOURCE, script);
    let strict = matches!(kind, Some(Protocol)) || name == "gets_more_than_a_reply";
    let case = case.closing(kind.map(|kind| (kind, Step::Quit)));
    if strict { case.backends(RAW) } else { case }
}

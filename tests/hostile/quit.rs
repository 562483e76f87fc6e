//! QUIT is refused, ignored or cut: an accepted message stays accepted.

use std::time::Duration;

use mailer::{
    Kind::{self, Lost, Protocol, Refused, Temporary, TimedOut},
    Step,
};
use mailer_server::Script;

use crate::case::{Case, RAW, until};

const SOURCE: &str = "RFC 5321 §4.1.1.10; curl tests 808 and 1451";

/// The reply to QUIT, and the error of closing.
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
    let replies = REPLIES.iter().map(|&(name, bytes, kind)| {
        case(name, until("QUIT").expect("QUIT").send(bytes).close(), kind)
    });
    replies.chain(ends()).collect()
}

fn ends() -> Vec<Case> {
    let at_quit = || until("QUIT").expect("QUIT");
    let pause = Duration::from_millis(100);
    let stalls = |name, script| case(name, script, Some(TimedOut)).stalled(Step::Quit);
    vec![
        case("closes", at_quit().close(), Some(Lost)),
        case("is_reset", at_quit().reset(), Some(Lost)),
        case("closes_in_the_reply", at_quit().send("22").close(), Some(Lost)),
        case("closes_before", until(".").reply("250 ok").close(), Some(Lost)),
        case("floods", at_quit().flood("221-bye\r\n".repeat(1000), 10_000), Some(Protocol)),
        stalls("is_ignored", at_quit().hang()),
        stalls("drips", at_quit().drip("221 bye".repeat(100), pause)),
    ]
}

/// A case in which the message is accepted, with any reply to QUIT.
fn case(name: &str, script: Script, kind: Option<Kind>) -> Case {
    // Not every backend reports the reply to QUIT. All of them report the message as accepted.
    let case = Case::new(format!("quit_{name}"), SOURCE, script);
    let strict = matches!(kind, Some(Protocol)) || name == "gets_more_than_a_reply";
    let case = case.closing(kind.map(|kind| (kind, Step::Quit)));
    if strict { case.backends(RAW) } else { case }
}

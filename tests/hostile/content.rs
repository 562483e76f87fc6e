//! Contents that try to end early, or to become two messages: each arrives as one message, and only
//! CRLF ends a line.

use mailer_backends::Flow;
use mailer_tests::mails;

use crate::case::{Case, TO, greets};

const SMUGGLING: &str =
    "SMTP smuggling (SEC Consult 2023), CVE-2023-51764/51765/51766; RFC 5321 §2.3.8";
const RFC_5321: &str = "RFC 5321 §4.5.2, §4.5.3.1.6; RFC 5322 §2.1.1";

/// One flow with DATA, which stuffs dots, and one with BDAT, which does not.
const BOTH: &[Flow] = &[Flow::Pipelined, Flow::Chunked];
/// The commands of a message within a message.
const INNER: &str = "MAIL FROM:<eve@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n";

const LINE_ENDS: [(&str, &str); 3] = [("cr", "\r"), ("lf", "\n"), ("crlf", "\r\n")];

const CONTENTS: &[(&str, &str)] = &[
    ("empty", ""),
    ("of_one_dot", "."),
    ("of_one_dot_line", ".\r\n"),
    ("of_dots", ".\r\n..\r\n...\r\n.\r\n"),
    ("that_begins_with_an_empty_line", "\r\n.\r\n"),
    ("that_ends_without_a_line_end", "Subject: x\r\n\r\none"),
    ("that_ends_with_a_dot", "Subject: x\r\n\r\none\r\n."),
    ("that_ends_with_cr", "Subject: x\r\n\r\none\r"),
    ("that_ends_with_dot_and_cr", "Subject: x\r\n\r\none\r\n.\r"),
    ("that_ends_with_dot_and_lf", "Subject: x\r\n\r\none\r\n.\n"),
    ("of_bare_cr", "Subject: x\r\rone\rtwo\r"),
    ("of_bare_lf", "Subject: x\n\none\ntwo\n"),
    ("of_line_ends", "\r\r\r\n\n\n\r\n\r\r\n\n"),
    ("of_cr_cr_lf", "Subject: x\r\r\n\r\r\n.\r\r\n"),
    ("of_8_bits", "Subject: x\r\n\r\n\u{e4}\u{6771}\u{1f511}\r\n"),
    ("of_commands", "Subject: x\r\n\r\nQUIT\r\nRSET\r\nDATA\r\n"),
    ("of_controls", "Subject: x\r\n\r\n\u{1}\u{8}\u{b}\u{c}\u{1b}\u{7f}\r\n"),
    ("with_telnet_codes", "Subject: x\r\n\r\n\u{ff}\u{fd}\u{1}\r\n"),
];

pub(crate) fn cases() -> Vec<Case> {
    combinations().chain(contents()).chain(lines()).chain(blocks()).collect()
}

/// CR, LF and CRLF around a dot, followed by a second message.
fn combinations() -> impl Iterator<Item = Case> {
    LINE_ENDS.iter().flat_map(|(before, left)| {
        LINE_ENDS.iter().map(move |(after, right)| {
            let content = format!("Subject: x\r\n\r\none{left}.{right}{INNER}");
            case(format!("{before}_dot_{after}"), SMUGGLING, content)
        })
    })
}

fn contents() -> impl Iterator<Item = Case> {
    CONTENTS.iter().map(|&(name, content)| case(format!("content_{name}"), RFC_5321, content))
}

/// Lines around the longest allowed length. Longer lines are not split, which would change the content.
fn lines() -> impl Iterator<Item = Case> {
    [997, 998, 999, 1000, 1001, 70_000, 1_000_000].into_iter().map(|length| {
        let content = format!("Subject: x\r\n\r\n.{}\r\n.\r\n", "x".repeat(length - 1));
        case(format!("line_of_{length}"), RFC_5321, content)
    })
}

/// A line of one dot at each position around the end of a block of 64 KiB.
fn blocks() -> impl Iterator<Item = Case> {
    const BLOCK: usize = 64 * 1024;
    (0..8).map(|bytes| {
        let head = "Subject: x\r\n\r\n";
        let filler = "y".repeat(BLOCK - head.len() - bytes);
        let content = format!("{head}{filler}\r\n.\r\n{INNER}.\r\n{}", "z\r\n".repeat(BLOCK / 3));
        case(format!("dot_line_{bytes}_before_a_block_ends"), SMUGGLING, content)
    })
}

/// A case in which exactly one content arrives.
fn case(name: String, source: &'static str, content: impl Into<Vec<u8>>) -> Case {
    let script = greets().serve();
    Case::by_flow(name, source, move |_| script.clone())
        .sends([mails::prepared(&[TO], content)])
        .flows(BOTH)
        .content_arrives()
}

//! Contents that the server refuses before their end, or does not read.

use mailer::{
    Kind::{Protocol, Refused, Temporary, TimedOut},
    Mail, Step,
};
use mailer_backends::Flow;
use mailer_server::Script;
use mailer_tests::mails;

use crate::case::{BY_DATA, Case, Expected, RAW, TO, not_sent, rejected, until};

const SOURCE: &str =
    "RFC 5321 §4.5.4.1; RFC 3030 §2; RFC 2920 §3.1: a client reads while it writes";

/// More than the buffers of the path hold, so that the client notices a server that does not read.
const LARGE: usize = 12 * 1024 * 1024;

pub(super) fn cases() -> Vec<Case> {
    let large = &large();
    let early = |name: &str, reply: &'static str, expected: Expected| {
        let script = move |flow| within_content(flow).reply(reply).read_exact(LARGE * 2);
        Case::by_flow(name, SOURCE, script).sends([large.clone()]).expects([expected]).backends(RAW)
    };
    let closes = |name: &str, reply: &'static str, expected: Expected| {
        let script = move |flow| within_content(flow).reply(reply).close();
        Case::by_flow(name, SOURCE, script).sends([large.clone()]).expects([expected]).backends(RAW)
    };
    vec![
        early("content_is_refused_early", "552 5.3.4 too much", rejected(Refused, Step::Content))
            .documented_as("it refuses the content early, with `552 5.3.4 too much`"),
        early("content_is_refused_early_for_now", "452 4.3.1 full", {
            rejected(Temporary, Step::Content)
        }),
        closes("content_is_refused_early_and_closes", "552 5.3.4 too much", {
            rejected(Refused, Step::Content)
        }),
        closes("content_meets_421", "421 4.3.2 bye", rejected(Temporary, Step::Content)),
        early("content_is_accepted_early", "250 2.0.0 ok", not_sent(Protocol, Step::Content)),
        Case::by_flow("content_is_not_read", SOURCE, |flow| within_content(flow).hang())
            .sends([large.clone()])
            .flows(&[Flow::Pipelined, Flow::Chunked])
            .backends(RAW)
            .stalled(Step::Content)
            .expects([not_sent(TimedOut, Step::Content)])
            .documented_as("it stops reading within the content"),
        Case::by_flow("content_meets_a_flood", SOURCE, |_| {
            let flood = "250-more\r\n".repeat(1000);
            let go = format!("354 go ahead\r\n{flood}");
            until("DATA").expect("DATA").send(go).flood(flood, 10_000)
        })
        .sends([large.clone()])
        .flows(BY_DATA)
        .backends(RAW)
        .expects([not_sent(Protocol, Step::Content)]),
        Case::by_flow("chunk_meets_a_flood", SOURCE, |_| {
            let flood = "250-more\r\n".repeat(1000);
            until("RCPT").expect("RCPT").send(flood.clone()).flood(flood, 10_000)
        })
        .sends([large.clone()])
        .flows(&[Flow::Chunked, Flow::Streamed])
        .backends(RAW)
        .expects([not_sent(Protocol, Step::Recipient)]),
    ]
}

/// A server that has read a part of the content.
fn within_content(flow: Flow) -> Script {
    let begun = match flow {
        Flow::Chunked | Flow::Streamed => until("BDAT").expect("BDAT"),
        _ => until("DATA").answer("DATA", "354 go ahead"),
    };
    begun.read_exact(1000)
}

fn large() -> Mail {
    let line = format!("{}\r\n", "x".repeat(998));
    let content = format!("Subject: large\r\n\r\n{}", line.repeat(LARGE / line.len()));
    mails::prepared(&[TO], content)
}

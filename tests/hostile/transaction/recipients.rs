//! Servers that refuse any subset of the recipients.

use mailer::{
    Kind::{Refused, Temporary},
    Step,
};
use mailer_backends::Flow;
use mailer_tests::mails;

use super::{RFC_5321, rest};
use crate::case::{ACCEPTED, Case, Expected, FLOWS, RAW, partial, rejected, until};

const THREE: &[&str] = &["ann@example.test", "bob@example.test", "eve@example.test"];
/// The flows that send DATA before the replies to RCPT.
const AHEAD: &[Flow] = &[Flow::Pipelined, Flow::Overlapped];

pub(super) fn cases() -> Vec<Case> {
    let subsets =
        (1_u8..8).flat_map(|subset| [subset_refused(subset, 550), subset_refused(subset, 450)]);
    subsets.chain(others()).collect()
}

/// A case in which the recipients whose bit is set are refused.
fn subset_refused(subset: u8, code: u16) -> Case {
    let kind = super::kind(code);
    let is_refused = move |index: usize| subset & (1 << index) != 0;
    let names: Vec<&str> = (0..3).filter(|&i| is_refused(i)).map(|i| &THREE[i][..3]).collect();
    let script = move |flow| {
        let script = (0..3).fold(until("RCPT"), |script, index| {
            let refusal = format!("{code} not {}", THREE[index]);
            script.answer("RCPT", if is_refused(index) { &refusal } else { "250 ok" })
        });
        if subset == 7 { script.then(rest(flow, Step::Recipient)).serve() } else { script.serve() }
    };
    let name = format!("refuses_{}_by_{code}", names.join("_and_"));
    let expected: Expected =
        if subset == 7 { rejected(kind, Step::Recipient) } else { partial(kind) };
    let case =
        Case::by_flow(name, RFC_5321, script).sends([mails::small(THREE)]).expects([expected]);
    match (subset, code) {
        (0b100, _) => {
            case.documented_as(format!("one of three recipients gets `{code} not {}`", THREE[2]))
        }
        // A client that gives up at the first refusal does not send the others.
        (7, 550) => case.may_deviate().documented_as("all three recipients get a `550`"),
        (7, _) => case.may_deviate(),
        _ => case,
    }
}

fn others() -> Vec<Case> {
    let two = |first: &'static str, second: &'static str| {
        move |_: Flow| until("RCPT").answer("RCPT", first).answer("RCPT", second).serve()
    };
    // RFC 2920 §3.1: the client must send a lone dot to this server, and never the content.
    let all_refused = until("RCPT")
        .answer("RCPT", "550 no")
        .answer("DATA", "354 go")
        .answer(".", "554 5.5.1 no valid recipients")
        .serve();
    let mail_refused = until("MAIL")
        .answer("MAIL", "550 no")
        .answer("RCPT", "250 ok")
        .answer("DATA", "354 go")
        .read_exact(1 << 20);
    vec![
        Case::by_flow("will_not_verify_or_will_forward", "RFC 5321 §3.5.3, §4.2.2", {
            two("251 forwarded", "252 cannot verify")
        })
        .sends([mails::small(&THREE[..2])])
        .expects([ACCEPTED])
        .flows(FLOWS),
        // The message to both cannot be delivered unchanged.
        Case::by_flow("refuses_one_for_now_and_one_for_good", RFC_5321, |flow| {
            let both = until("RCPT").answer("RCPT", "450 later").answer("RCPT", "550 never");
            both.then(rest(flow, Step::Recipient)).serve()
        })
        .sends([mails::small(&THREE[..2])])
        .expects([rejected(Refused, Step::Recipient)]),
        Case::by_flow("has_too_many_recipients", "RFC 5321 §4.5.3.1.10", {
            two("250 ok", "452 4.5.3 too many recipients")
        })
        .sends([mails::small(&THREE[..2])])
        .expects([partial(Temporary)]),
        Case::by_flow("sends_354_after_refusing_every_recipient", "RFC 2920 §3.1", move |_| {
            all_refused.clone()
        })
        .flows(AHEAD)
        .backends(RAW)
        .expects([rejected(Refused, Step::Recipient)])
        .client_sends("\r\n.\r\n"),
        Case::by_flow("sends_354_after_refusing_mail", "RFC 2920 §3.1", move |_| {
            mail_refused.clone()
        })
        .flows(AHEAD)
        .backends(RAW)
        .expects([rejected(Refused, Step::Mail)]),
    ]
}

//! Any subset of the recipients refused.

use mailer::{
    Kind::{Refused, Temporary},
    Step,
};
use mailer_backends::Flow;
use mailer_tests::mails;

use super::{RFC_5321, rest};
use crate::case::{ACCEPTED, Case, FLOWS, Fate, RAW, partial, rejected, until};

const THREE: &[&str] = &["ann@example.test", "bob@example.test", "eve@example.test"];
/// The flows that have said DATA before they know.
const AHEAD: &[Flow] = &[Flow::Pipelined, Flow::Overlapped];

pub(super) fn cases() -> Vec<Case> {
    let subsets =
        (1_u8..8).flat_map(|subset| [subset_refused(subset, 550), subset_refused(subset, 450)]);
    subsets.chain(others()).collect()
}

/// Those whose bit is set are refused.
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
    let fate: Fate = if subset == 7 { rejected(kind, Step::Recipient) } else { partial(kind) };
    let case = Case::by_flow(name, RFC_5321, script).sends([mails::small(THREE)]).ends([fate]);
    match (subset, code) {
        (0b100, _) => case.told(format!("one of three recipients gets `{code} not {}`", THREE[2])),
        // Who gives up at the first does not say the others.
        (7, 550) => case.may_deviate().told("all three recipients get a `550`"),
        (7, _) => case.may_deviate(),
        _ => case,
    }
}

fn others() -> Vec<Case> {
    let two = |first: &'static str, second: &'static str| {
        move |_: Flow| until("RCPT").answer("RCPT", first).answer("RCPT", second).serve()
    };
    // RFC 2920 §3.1: a lone dot, and never the content, to a server that does this.
    let nobody = until("RCPT")
        .answer("RCPT", "550 no")
        .answer("DATA", "354 go")
        .answer(".", "554 5.5.1 no valid recipients")
        .serve();
    let nothing = until("MAIL")
        .answer("MAIL", "550 no")
        .answer("RCPT", "250 ok")
        .answer("DATA", "354 go")
        .read_exact(1 << 20);
    vec![
        Case::by_flow("will_not_verify_or_will_forward", "RFC 5321 §3.5.3, §4.2.2", {
            two("251 forwarded", "252 cannot verify")
        })
        .sends([mails::small(&THREE[..2])])
        .ends([ACCEPTED])
        .flows(FLOWS),
        // The mail to both cannot go through unchanged, whichever of them is told so.
        Case::by_flow("refuses_one_for_now_and_one_for_good", RFC_5321, |flow| {
            let both = until("RCPT").answer("RCPT", "450 later").answer("RCPT", "550 never");
            both.then(rest(flow, Step::Recipient)).serve()
        })
        .sends([mails::small(&THREE[..2])])
        .ends([rejected(Refused, Step::Recipient)]),
        Case::by_flow("has_too_many_recipients", "RFC 5321 §4.5.3.1.10", {
            two("250 ok", "452 4.5.3 too many recipients")
        })
        .sends([mails::small(&THREE[..2])])
        .ends([partial(Temporary)]),
        Case::by_flow("says_354_though_it_took_nobody", "RFC 2920 §3.1", move |_| nobody.clone())
            .flows(AHEAD)
            .backends(RAW)
            .ends([rejected(Refused, Step::Recipient)])
            .said("\r\n.\r\n"),
        Case::by_flow("says_354_though_it_refused_mail", "RFC 2920 §3.1", move |_| {
            nothing.clone()
        })
        .flows(AHEAD)
        .backends(RAW)
        .ends([rejected(Refused, Step::Mail)]),
    ]
}

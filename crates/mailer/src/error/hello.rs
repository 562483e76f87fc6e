//! Refusals of the name in EHLO that a server sends only after a later command.

use super::Setting;
use crate::{Reply, Step};

/// The hint for a server that does not accept the name in EHLO.
pub(super) const HINT: (&str, &[Setting]) = (
    "the server does not accept the name that this machine sent in EHLO; send one that resolves to this \
     machine",
    &[Setting::Hello],
);

/// Whether a reply to a later command refuses the name in EHLO: Postfix checks the name with MAIL and
/// RCPT (`smtpd_delay_reject`), and Exim may check it with DATA.
///
/// Only the words of the reply distinguish it from other refusals. The codes 500, 502 and 503 are about
/// the syntax and order of commands, and words in angle brackets or addresses are ignored: they are names.
pub(super) fn is_refused(step: Step, reply: &Reply) -> bool {
    let is_late = matches!(step, Step::Mail | Step::Recipient | Step::Data);
    let is_refusal = matches!(reply.code, 400..=599) && !matches!(reply.code, 500 | 502 | 503);
    let is_hello = |word: &str| ["helo", "ehlo"].iter().any(|it| it.eq_ignore_ascii_case(word));
    let mut words = reply.text.split_whitespace().filter(|word| !word.contains(['<', '@']));
    is_late
        && is_refusal
        && words.any(|word| word.split(|c: char| !c.is_ascii_alphanumeric()).any(is_hello))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn a_refusal_after_ehlo_is_recognised_by_its_words() {
        let is_about_hello = |step, code, text: &str| {
            Error::refused(step, Reply::new(code, text)).settings() == [Setting::Hello]
        };
        for (step, code, text) in [
            (
                Step::Recipient,
                504,
                "5.5.2 <vm>: Helo command rejected: need fully-qualified hostname",
            ),
            (Step::Recipient, 450, "4.7.1 <vm>: Helo command rejected: Host not found"),
            (Step::Mail, 550, "5.7.1 Invalid HELO name (See RFC2821 4.1.1.1)"),
            (Step::Data, 550, "Access denied\nHELO/EHLO is not a hostname"),
            (Step::Mail, 501, "bad EHLO."),
        ] {
            assert!(is_about_hello(step, code, text), "{text}");
        }
        for (step, code, text) in [
            (Step::Mail, 503, "5.5.1 Error: send HELO/EHLO first"),
            (Step::Recipient, 550, "5.1.1 <helo@example.com>: no such user"),
            (Step::Recipient, 550, "ehlo@example.com does not exist"),
            (Step::Recipient, 550, "hello, no such user"),
            (Step::EndOfData, 554, "spam, whatever your HELO"),
        ] {
            assert!(!is_about_hello(step, code, text), "{text}");
        }
    }
}

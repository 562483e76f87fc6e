//! Addresses that look like commands, and every other field that reaches a command or a header. Allowed
//! values arrive unchanged, and the types refuse values that would break a line.

use libtest_mimic::Trial;
use mailer::{
    Address, Credentials, HeaderText, HelloName, HostName, Mailbox, MediaType, MessageId, ServerUrl,
};
use mailer_tests::mails;

use crate::case::{Case, greets};

const RFC_5321: &str = "RFC 5321 §4.1.2; RFC 6531 §3.3; RFC 5890 §2.3.2.1";
const INJECTION: &str = "CWE-93; CVE-2021-32823: a line break in an address becomes a command";

/// An address, and the path in RCPT.
const ADDRESSES: &[(&str, &str, &str)] = &[
    ("plain", "bob@example.test", "<bob@example.test>"),
    ("with_a_tag", "bob+a=b.c-d_e@example.test", "<bob+a=b.c-d_e@example.test>"),
    ("with_all_signs", "!#$%&'*+-/=?^_`{|}~@example.test", "<!#$%&'*+-/=?^_`{|}~@example.test>"),
    ("with_a_literal", "bob@[192.0.2.1]", "<bob@[192.0.2.1]>"),
    ("with_a_literal_of_ipv6", "bob@[IPv6:2001:db8::1]", "<bob@[IPv6:2001:db8::1]>"),
    ("with_a_long_local_part", LONG, LONG_PATH),
    ("with_a_final_dot", "bob@example.test.", "<bob@example.test>"),
    ("of_an_idn", "bob@b\u{fc}cher.example", "<bob@xn--bcher-kva.example>"),
    ("in_utf_8", "j\u{f6}rg@example.test", "<j\u{f6}rg@example.test>"),
    ("quoted_with_a_space", "\"b ob\"@example.test", "<\"b ob\"@example.test>"),
    ("quoted_with_an_angle", "\"b>ob\"@example.test", "<\"b>ob\"@example.test>"),
    ("quoted_with_an_at", "\"b@ob\"@example.test", "<\"b@ob\"@example.test>"),
    ("quoted_with_a_quote", "\"b\\\"ob\"@example.test", "<\"b\\\"ob\"@example.test>"),
    ("quoted_with_a_backslash", "\"b\\\\ob\"@example.test", "<\"b\\\\ob\"@example.test>"),
    ("quoted_and_empty", "\"\"@example.test", "<\"\"@example.test>"),
    ("quoted_like_parameters", "\"b> SIZE=1\"@example.test", "<\"b> SIZE=1\"@example.test>"),
];

/// A bounce address with 90 bytes before the @, like those of VERP and SRS.
const LONG: &str = "SRS0=HHH=TT=lists.example.test=verp+0123456789012345678901234567890123456789012345678901234@example.test";
const LONG_PATH: &str = "<SRS0=HHH=TT=lists.example.test=verp+0123456789012345678901234567890123456789012345678901234@example.test>";

pub(crate) fn cases() -> Vec<Case> {
    let all = ADDRESSES.iter().map(|&(name, address, path)| {
        let case = Case::new(format!("recipient_{name}"), RFC_5321, greets().serve());
        case.sends([mails::small(&[address])]).client_sends(format!("RCPT TO:{path}\r\n"))
    });
    all.collect()
}

/// Characters that end a line on some system, or that a terminal interprets.
const BREAKS: &[(&str, &str)] = &[
    ("crlf", "\r\n"),
    ("crlf_and_a_command", "\r\nRCPT TO:<eve@example.test>\r\n"),
    ("cr", "\r"),
    ("lf", "\n"),
    ("nul", "\0"),
    ("bell", "\u{7}"),
    ("vertical_tab", "\u{b}"),
    ("form_feed", "\u{c}"),
    ("escape", "\u{1b}[2J"),
    ("delete", "\u{7f}"),
    ("next_line", "\u{85}"),
];

/// A field that reaches the wire, and whether its type refuses a text.
type Field = (&'static str, fn(&str) -> bool);

const FIELDS: &[Field] = &[
    ("address", |text| format!("a{text}b@example.test").parse::<Address>().is_err()),
    ("quoted_address", |text| format!("\"a{text}b\"@example.test").parse::<Address>().is_err()),
    ("domain", |text| format!("a@exa{text}mple.test").parse::<Address>().is_err()),
    ("end_of_domain", |text| format!("a@example.test{text}").parse::<Address>().is_err()),
    ("display_name", |text| format!("A{text}B <a@example.test>").parse::<Mailbox>().is_err()),
    ("header", |text| HeaderText::new(format!("a{text}b")).is_err()),
    ("hello", |text| format!("client{text}.example.test").parse::<HelloName>().is_err()),
    ("host", |text| format!("mail{text}.example.test").parse::<HostName>().is_err()),
    ("url", |text| format!("smtp://mail{text}.example.test").parse::<ServerUrl>().is_err()),
    ("user", |text| Credentials::new(format!("a{text}b"), "sesame").is_err()),
    ("message_id", |text| format!("a{text}b@example.test").parse::<MessageId>().is_err()),
    ("media_type", |text| format!("text/pl{text}ain").parse::<MediaType>().is_err()),
];

/// One trial for each text in each field.
pub(crate) fn refusals() -> Vec<Trial> {
    let all = FIELDS.iter().flat_map(|&(field, is_refused)| {
        BREAKS.iter().map(move |&(name, text)| {
            Trial::test(format!("types::{field}::{name}"), move || match is_refused(text) {
                true => Ok(()),
                false => Err(format!("{text:?} is accepted ({INJECTION})").into()),
            })
        })
    });
    all.chain([nul_in_password(), nul_in_message()]).collect()
}

/// AUTH PLAIN separates its fields with NUL (RFC 4616 §2).
fn nul_in_password() -> Trial {
    Trial::test("types::password::nul", || match Credentials::new("ann", "ses\0ame") {
        Err(_) => Ok(()),
        Ok(_) => Err("it is accepted".into()),
    })
}

/// No server has to accept a NUL (RFC 5322 §4).
fn nul_in_message() -> Trial {
    Trial::test("types::message::nul", || match mailer::Message::from_bytes("A: b\r\n\r\n\0") {
        Err(_) => Ok(()),
        Ok(_) => Err("it is accepted".into()),
    })
}

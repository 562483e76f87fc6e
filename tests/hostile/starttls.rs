//! STARTTLS is missing, refused, removed on the path, or followed by plain text, and TLS fails.

use std::time::Duration;

use mailer::{
    Kind::{Authentication, Lost, Protocol, Refused, Temporary, TimedOut, Tls},
    Security::{self, Opportunistic},
    Step,
};
use mailer_server::Script;
use mailer_tests::mails;

use crate::case::{Case, Expected, RAW, TO, greets, not_sent, unknown, until};

const RFC_3207: &str = "RFC 3207 §4, §4.2, §6";
const NO_STARTTLS: &str = "NO STARTTLS (USENIX Security 2021) §4; CVE-2011-0411; curl test 980";
const OURS: &str = "RFC 5321 §3.8, §4.5.3.2: a server may end or stall at any time";

/// Commands that the client must not send before TLS.
const NOTHING: &[&str] = &["AUTH", "MAIL", "RCPT", "DATA"];

/// The other extensions in the reply to EHLO.
const WITHOUT: &[&str] = &["PIPELINING", "8BITMIME", "AUTH PLAIN LOGIN"];

/// The reply to STARTTLS, and the expected result.
const ANSWERS: &[(&str, &str, Expected)] = &[
    ("454", "454 4.7.0 TLS not available", not_sent(Temporary, Step::StartTls)),
    ("421", "421 4.3.0 shutting down", not_sent(Temporary, Step::StartTls)),
    ("500", "500 5.5.1 what?", not_sent(Tls, Step::StartTls)),
    ("502", "502 5.5.1 not here", not_sent(Tls, Step::StartTls)),
    ("503", "503 5.5.1 not now", not_sent(Tls, Step::StartTls)),
    ("530", "530 5.7.0 log in first", not_sent(Tls, Step::StartTls)),
    ("554", "554 5.7.3 cannot", not_sent(Tls, Step::StartTls)),
];

/// Plain text after the 220, which the client must not read as replies inside TLS.
const INJECTIONS: &[(&str, &[u8])] = &[
    ("plaintext_after_220", b"250-mail.example.test\r\n250 AUTH PLAIN LOGIN\r\n"),
    ("greeting_after_220", b"220 mail.example.test\r\n"),
    ("refusal_after_220", b"550 5.7.1 not you\r\n"),
    ("half_a_reply_after_220", b"250-mail.exam"),
    ("one_byte_after_220", b"2"),
    ("line_end_after_220", b"\r\n"),
    ("nul_after_220", b"\0"),
];

/// Bytes that replace the server's part of the TLS handshake.
const NO_TLS: &[(&str, &[u8])] = &[
    ("plaintext_for_tls", b"250-mail.example.test\r\n250 AUTH PLAIN LOGIN\r\n"),
    ("garbage_for_tls", b"\xde\xad\xbe\xef\xde\xad\xbe\xef\xde\xad\xbe\xef"),
    ("handshake_failure_for_tls", &[0x15, 3, 3, 0, 2, 2, 40]),
    ("protocol_version_for_tls", &[0x15, 3, 3, 0, 2, 2, 70]),
    ("unknown_name_for_tls", &[0x15, 3, 3, 0, 2, 2, 112]),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = missing();
    cases.extend(answers());
    cases.extend(injections());
    cases.extend(broken());
    cases.extend(undecryptable());
    cases.extend(changed());
    cases
}

fn missing() -> Vec<Case> {
    let without = || greets().announcing(WITHOUT).serve();
    let case = |name: &str, script: Script| {
        Case::new(name, RFC_3207, script)
            .secured()
            .expects([not_sent(Tls, Step::StartTls)])
            .error_contains(&["does not offer STARTTLS"])
            .client_never_sends(NOTHING)
    };
    let replaced_by = |line: &'static str| greets().announcing(&["PIPELINING", line]).serve();
    vec![
        case("not_offered", without()).documented_as("the reply to EHLO does not offer STARTTLS"),
        case("overwritten", replaced_by("XXXXXXXA")),
        case("misspelled", replaced_by("STARTTLSX")),
        case("announced_by_the_greeting_line_only", {
            greets().answer("EHLO", "250 STARTTLS").serve()
        })
        .backends(RAW),
        case("extensions_unknown", greets().answer("EHLO", "502 what?").serve())
            .expects([not_sent(Refused, Step::Ehlo)])
            .error_contains(&["EHLO"])
            .documented_as("it does not know EHLO, and so not STARTTLS"),
        // Opportunistic mode would send the password in the clear to an attacker that removed STARTTLS.
        case("not_offered_to_a_password", without()).security(Opportunistic),
        Case::new("not_offered_and_nothing_to_hide", "RFC 7435", without()).security(Opportunistic),
    ]
}

fn answers() -> Vec<Case> {
    let refused = ANSWERS.iter().flat_map(|&(code, reply, expected)| {
        let case = |name: String| {
            let script = until("STARTTLS").answer("STARTTLS", reply).serve();
            Case::new(name, RFC_3207, script).expects([expected]).client_never_sends(NOTHING)
        };
        let required = case(format!("refused_by_{code}")).secured();
        [
            match code {
                "421" | "454" | "502" => required.documented_as(format!("STARTTLS gets `{reply}`")),
                _ => required,
            },
            // A server that announces STARTTLS must support it, even where TLS is optional.
            case(format!("refused_by_{code}_and_optional")).security(Opportunistic),
        ]
    });
    let meaningless = ["250 ok", "235 welcome", "354 go ahead", "334 ", "221 bye", "hello"];
    let meaningless = meaningless.map(|reply| {
        let name = format!("answered_by_{}", reply.split(' ').next().unwrap_or_default());
        let script = until("STARTTLS").answer("STARTTLS", reply).serve();
        Case::new(name, RFC_3207, script)
            .secured()
            .backends(RAW)
            .expects([not_sent(Protocol, Step::StartTls)])
            .client_never_sends(NOTHING)
    });
    refused.chain(meaningless).collect()
}

fn injections() -> Vec<Case> {
    let after = INJECTIONS.iter().map(|&(name, bytes)| {
        let both = [b"220 go ahead\r\n", bytes].concat();
        Case::new(name, NO_STARTTLS, until("STARTTLS").expect("STARTTLS").send(both).tls().serve())
            .secured()
            .backends(RAW)
            .expects([not_sent(Protocol, Step::StartTls)])
            .error_contains(&["outside TLS", "distrust the path"])
            .client_never_sends(NOTHING)
    });
    let early = "250-mail.example.test\n250 STARTTLS\n220 go ahead";
    let before = Case::new("answered_before_it_is_sent", NO_STARTTLS, {
        greets().answer("EHLO", early).tls().serve()
    })
    .secured()
    .backends(RAW)
    .may_deviate()
    .expects([not_sent(Protocol, Step::StartTls)])
    .error_contains(&["answers no command"])
    .client_never_sends(NOTHING);
    let with_row = |case: Case| match case.name.as_str() {
        "plaintext_after_220" => case.documented_as("plain text follows the 220 to STARTTLS"),
        _ => case,
    };
    after.map(with_row).chain([before]).collect()
}

/// A TLS handshake that fails, hangs or is cut.
fn broken() -> Vec<Case> {
    let go = || until("STARTTLS").answer("STARTTLS", "220 go ahead");
    let case = |name: &str, script: Script, expected: Expected| {
        Case::new(name, OURS, script).secured().expects([expected]).client_never_sends(NOTHING)
    };
    // Waits for the first byte of the ClientHello, so that these bytes cannot arrive before it.
    let sends = |bytes: &[u8]| go().read_exact(1).send(bytes).read_exact(1 << 20);
    let mut cases: Vec<Case> = NO_TLS
        .iter()
        .map(|&(name, bytes)| {
            let case = Case::new(name, NO_STARTTLS, sends(bytes));
            case.secured().expects([not_sent(Tls, Step::Tls)]).client_never_sends(NOTHING)
        })
        .collect();
    for bytes in [0, 1, 5, 6, 100, 500] {
        let name = format!("handshake_cut_after_{bytes}");
        cases.push(case(&name, go().tls_cut_after(bytes), not_sent(Lost, Step::Tls)));
    }
    let pause = Duration::from_millis(100);
    let in_clear = go().tls().expect("EHLO").send_in_clear("421 4.4.2 bye\r\n").read_exact(1 << 20);
    cases.extend([
        case("closed_at_starttls", until("STARTTLS").close(), not_sent(Lost, Step::StartTls)),
        case("reset_at_starttls", until("STARTTLS").reset(), not_sent(Lost, Step::StartTls)),
        case("closed_after_220", go().close(), not_sent(Lost, Step::Tls))
            .documented_as("it closes the connection within the TLS handshake"),
        case("reset_after_220", go().read_exact(1).reset(), not_sent(Lost, Step::Tls)),
        case("silent_at_starttls", until("STARTTLS").hang(), not_sent(TimedOut, Step::StartTls))
            .stalled(Step::StartTls),
        case("silent_after_220", go().hang(), not_sent(TimedOut, Step::Tls))
            .stalled(Step::Tls)
            .documented_as("the TLS handshake hangs"),
        case("handshake_drips", go().tls_drip(pause), not_sent(TimedOut, Step::Tls))
            .stalled(Step::Tls),
        case("closed_inside_tls", go().tls().close(), not_sent(Lost, Step::EhloAgain)),
        case("cut_inside_tls", go().tls().cut(), not_sent(Lost, Step::EhloAgain)),
        case("silent_inside_tls", go().tls().hang(), not_sent(TimedOut, Step::EhloAgain))
            .stalled(Step::EhloAgain),
        // Some servers do this on purpose, to send a last reply.
        case("continues_in_the_clear", in_clear, not_sent(Lost, Step::EhloAgain)),
    ]);
    cases
}

/// A record that cannot be decrypted, instead of a reply inside TLS: an attack on the path, or a defect.
/// A second attempt would fail too, so this is not a lost connection.
fn undecryptable() -> Vec<Case> {
    let record = [b"\x17\x03\x03\x00\x20".as_slice(), &[b'A'; 32]].concat();
    let begins: [(&str, Script, Security); 2] = [
        (
            "starttls",
            until("STARTTLS").answer("STARTTLS", "220 go ahead").tls(),
            Security::Required,
        ),
        ("implicit", Script::new().tls().then(greets()), Security::Implicit),
    ];
    let places = [
        ("mail", "MAIL", Step::Mail),
        ("rcpt", "RCPT", Step::Recipient),
        ("data", "DATA", Step::Data),
    ];
    let cases = begins.iter().flat_map(|(mode, script, security)| {
        places.map(|(name, verb, step)| {
            let script = script
                .clone()
                .announcing(&["STARTTLS", "AUTH PLAIN"])
                .serve_until(verb)
                .expect(verb);
            let script = script.send_in_clear(record.clone()).read_exact(1 << 20);
            Case::new(format!("undecryptable_record_at_{name}_{mode}"), OURS, script)
                .security(*security)
                .logs_in()
                .expects([not_sent(Tls, step)])
        })
    });
    let end =
        begins[0].1.clone().serve_until(".").send_in_clear(record.clone()).read_exact(1 << 20);
    let end = Case::new("undecryptable_record_at_the_end_of_data", OURS, end);
    cases.chain([end.secured().expects([unknown(Tls, Step::EndOfData)])]).collect()
}

/// Extensions announced before TLS do not apply inside TLS (RFC 3207 §4.2).
fn changed() -> Vec<Case> {
    let before = "250-mail.example.test\n250-STARTTLS\n250-SIZE 10\n250-PIPELINING\n250-CHUNKING\n\
                  250 AUTH LOGIN";
    let secured = |inside: &str| {
        greets()
            .answer("EHLO", before)
            .answer("STARTTLS", "220 go ahead")
            .tls()
            .answer("EHLO", inside)
    };
    let ehlo = "250-mail.example.test\n250 AUTH PLAIN";
    let without_groups = secured(ehlo)
        .answer("AUTH PLAIN ", "235 welcome")
        .answer("MAIL FROM:<alice@example.test>", "250 ok")
        .serve();
    vec![
        Case::new("announces_less_inside_tls", RFC_3207, without_groups)
            .secured()
            .client_never_sends(&["AUTH LOGIN", "BDAT", "MAIL FROM:<alice@example.test> SIZE"]),
        Case::new("announces_auth_outside_tls_only", RFC_3207, {
            secured("250 mail.example.test").serve()
        })
        .secured()
        .expects([not_sent(Authentication, Step::Auth)])
        .client_never_sends(NOTHING)
        .documented_as("it offers AUTH without TLS only, not inside TLS"),
        Case::new("announces_starttls_inside_tls", RFC_3207, {
            secured("250-mail.example.test\n250-STARTTLS\n250 AUTH PLAIN").serve()
        })
        .secured(),
        Case::new("refuses_ehlo_inside_tls", RFC_3207, secured("550 5.7.1 no").serve())
            .secured()
            .expects([not_sent(Refused, Step::EhloAgain)])
            .client_never_sends(NOTHING),
        // After a second greeting every reply would belong to the wrong command.
        Case::new("greets_again_inside_tls", RFC_3207, {
            until("STARTTLS").answer("STARTTLS", "220 go ahead").tls().reply("220 again").serve()
        })
        .security(mailer::Security::Required)
        .backends(RAW)
        .may_deviate()
        .sends([mails::small(&[TO])])
        .expects([not_sent(Protocol, Step::EhloAgain)]),
    ]
}

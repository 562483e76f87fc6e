//! The opening: from the first byte until mails can be sent.

use mailer::{Kind, Mechanism, Step};
use mailer_protocol::Flow;

use crate::play::plain;

#[test]
fn starttls_forgets_what_was_announced_before() {
    let result = plain(Flow::Auto).url("smtp://mail.example.com").user(None).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250-PIPELINING
         S: 250-AUTH LOGIN
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 go
         ==
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 AUTH PLAIN LOGIN
         C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm
         S: 235 accepted
         C: MAIL FROM:<ann@example.com>
         S: 550 no
         ",
    );
    assert_eq!(result.error(), (Kind::Refused, Some(Step::Mail)));
}

#[test]
fn implicit_tls_comes_first_and_login_answers_two_challenges() {
    let play = plain(Flow::Auto).url("smtps://mail.example.com").user(Some(Mechanism::Login));
    let result = play.quit().run(
        "==
         S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 AUTH=LOGIN
         C: AUTH LOGIN
         S: 334 VXNlcm5hbWU6
         C: dGlt
         S: 334 UGFzc3dvcmQ6
         C: dGFuc3RhYWZ0YW5zdGFhZg==
         S: 235 accepted
         C: QUIT
         S: 221 bye",
    );
    assert!(result.failure.is_none());
}

#[test]
fn starttls_refuses_bytes_after_220() {
    let result = plain(Flow::Auto).url("smtp://mail.example.com").mail(&["bob"]).run_in_pieces(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 go
         S: 250 PIPELINING",
        usize::MAX,
        usize::MAX,
    );
    let failure = result.failure.expect("a failure");
    assert_eq!((failure.kind(), failure.step()), (Kind::Protocol, Some(Step::StartTls)));
}

/// Otherwise TLS would start before STARTTLS is written.
#[test]
fn a_reply_to_starttls_before_it_is_written_is_an_error() {
    let result = plain(Flow::Auto).url("smtp://mail.example.com").mail(&["bob"]).run_in_pieces(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 STARTTLS
         S: 220 go",
        usize::MAX,
        usize::MAX,
    );
    let failure = result.failure.expect("a failure");
    assert_eq!((failure.kind(), failure.step()), (Kind::Protocol, Some(Step::StartTls)));
}

/// RFC 5321 §4.2.1: the first digit of an unexpected code decides. What RFC 5321 §4.3.2 lists comes first in each
/// row.
#[test]
fn the_first_digit_of_each_reply_decides() {
    for (greeting, ehlo, helo, accepted) in [
        ("220", "250", "250", true),
        ("200", "250", "250", true),
        ("211", "250", "250", true),
        ("250", "250", "250", true),
        ("259", "250", "250", true),
        ("220", "200", "250", true),
        ("220", "214", "250", true),
        ("220", "251", "250", true),
        ("220", "259", "250", true),
        ("220", "502", "251", true),
        // A second greeting, or a reply to QUIT.
        ("220", "220", "250", false),
        ("220", "221", "250", false),
        ("220", "502", "220", false),
        // These answer DATA and AUTH.
        ("354", "250", "250", false),
        ("334", "250", "250", false),
        ("220", "354", "250", false),
        ("220", "334", "250", false),
        ("220", "502", "354", false),
    ] {
        let mut script = format!("S: {greeting} text\n");
        let mut is_open = greeting.starts_with('2');
        if is_open {
            script += &format!("C: EHLO [127.0.0.1]\nS: {ehlo} text\n");
        }
        if is_open && ehlo.starts_with('5') {
            script += &format!("C: HELO [127.0.0.1]\nS: {helo} text\n");
        }
        is_open &= accepted;
        if is_open {
            script += "C: QUIT\nS: 221 bye\n";
        }
        let failure = plain(Flow::Auto).quit().run(script).failure;
        let kind = failure.map(|error| error.kind());
        let wanted = if accepted { None } else { Some(Kind::Protocol) };
        assert_eq!(kind, wanted, "{greeting} {ehlo} {helo}");
    }
}

#[test]
fn only_220_allows_tls_after_starttls() {
    for code in ["200", "221", "250", "354"] {
        let script = format!(
            "S: 220 ready
             C: EHLO [127.0.0.1]
             S: 250-mail.example.com
             S: 250 STARTTLS
             C: STARTTLS
             S: {code} go"
        );
        let play = plain(Flow::Auto).url("smtp://mail.example.com").mail(&["bob"]);
        let failure = play.run(script).failure.expect("a failure");
        assert_eq!((failure.kind(), failure.step()), (Kind::Protocol, Some(Step::StartTls)));
    }
}

#[test]
fn a_missing_or_refused_starttls_leads_to_quit_without_a_password() {
    let play = plain(Flow::Auto).url("smtp://mail.example.com").user(None);
    let missing = play.run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 AUTH PLAIN
         C: QUIT
         S: 221 bye",
    );
    assert_eq!(missing.failure.expect("a failure").kind(), Kind::Tls);
    let refused = play.run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 502 not here
         C: QUIT
         S: 221 bye",
    );
    let failure = refused.failure.expect("a failure");
    assert_eq!((failure.kind(), failure.reply().map(|r| r.code)), (Kind::Tls, Some(502)));
}

#[test]
fn opportunistic_security_continues_without_tls_only_without_a_password() {
    let url = "smtp://mail.example.com?tls=opportunistic";
    let script = "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 AUTH PLAIN";
    let without = plain(Flow::Auto).url(url).quit();
    assert!(without.run(format!("{script}\nC: QUIT\nS: 221 bye")).failure.is_none());
    let with = plain(Flow::Auto).url(url).user(None);
    let failure = with.run(format!("{script}\nC: QUIT\nS: 221 bye")).failure;
    assert_eq!(failure.expect("a failure").kind(), Kind::Tls);
}

#[test]
fn a_server_that_refuses_ehlo_gets_helo() {
    let result = plain(Flow::Auto).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 500 what?
         C: HELO [127.0.0.1]
         S: 250 mail.example.com
         C: MAIL FROM:<ann@example.com>
         S: 250 ok
         C: RCPT TO:<bob@example.com>
         S: 450 later",
    );
    assert_eq!(result.error(), (Kind::Temporary, Some(Step::Recipient)));
}

#[test]
fn a_refused_password_or_a_missing_mechanism_leads_to_quit() {
    let script = |auth: &str, rest: &str| {
        format!(
            "S: 220 ready
             C: EHLO [127.0.0.1]
             S: 250-mail.example.com
             S: 250 {auth}
             {rest}
             C: QUIT
             S: 221 bye"
        )
    };
    let plain_line = "C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm";
    for (auth, rest, kind) in [
        ("AUTH PLAIN", format!("{plain_line}\nS: 535 5.7.8 no"), Kind::Authentication),
        ("AUTH PLAIN", format!("{plain_line}\nS: 454 4.7.0 later"), Kind::Temporary),
        ("AUTH XOAUTH2", String::new(), Kind::Authentication),
        ("PIPELINING", String::new(), Kind::Authentication),
    ] {
        let result = plain(Flow::Auto).user(None).run(script(auth, &rest));
        let failure = result.failure.expect("a failure");
        assert_eq!((failure.kind(), failure.step()), (kind, Some(Step::Auth)), "{auth}");
    }
}

//! The scripts of twenty cases of the hostile suite, `tests/hostile` of this repository. That suite checks
//! that they are the same as its own.

use std::time::Duration;

use mailer_server::{CertificateKind, Script};

const REST: usize = 1 << 20;

/// Returns each case's name in the suite, and its server.
pub(crate) fn scripts() -> [(&'static str, Script); 20] {
    [
        ("replies::byte_by_byte", byte_by_byte()),
        ("replies::another_code_in_the_second_line_at_mail", {
            until("MAIL")
                .announcing(&[])
                .expect("MAIL")
                .send("250-ok\r\n550 no\r\n")
                .read_exact(REST)
        }),
        ("replies::endless_line_at_greeting", {
            Script::new().announcing(&[]).send("220 ").flood(vec![b'x'; 10_000], 10_000)
        }),
        ("replies::sends_every_reply_at_once", {
            Script::new().reply("220 hi\n250 hi\n250 ok\n250 ok\n354 go\n250 ok").read_exact(REST)
        }),
        ("replies::answers_mail_twice", {
            until("MAIL").announcing(&[]).answer("MAIL", "250 ok\n250 ok").serve()
        }),
        ("replies::closed_at_end_of_data", until(".").announcing(&[]).close()),
        ("replies::closed_between_lines_at_end_of_data", {
            until(".").announcing(&[]).send("250-ok\r\n").close()
        }),
        ("replies::silent_at_end_of_data", until(".").announcing(&[]).hang()),
        ("starttls::not_offered", {
            greets().announcing(&["PIPELINING", "8BITMIME", "AUTH PLAIN LOGIN"]).serve()
        }),
        ("starttls::refused_by_454", {
            until("STARTTLS").answer("STARTTLS", "454 4.7.0 TLS not available").serve()
        }),
        ("starttls::plaintext_after_220", {
            let reply = "220 go ahead\r\n250-mail.example.test\r\n250 AUTH PLAIN LOGIN\r\n";
            until("STARTTLS").expect("STARTTLS").send(reply).tls().serve()
        }),
        ("starttls::announces_auth_outside_tls_only", auth_outside_tls_only()),
        ("certificates::of_another_name_required", {
            greets().serve().certificate(CertificateKind::WrongHost)
        }),
        ("auth::plain_gets_535", {
            until("AUTH").answer("AUTH PLAIN ", "535 5.7.8 wrong password").serve()
        }),
        ("transaction::refuses_eve_by_550", {
            let two = until("RCPT").answer("RCPT", "250 ok").answer("RCPT", "250 ok");
            two.answer("RCPT", "550 not eve@example.test").serve()
        }),
        ("transaction::sends_354_after_refusing_every_recipient", {
            let refused = until("RCPT").answer("RCPT", "550 no").answer("DATA", "354 go");
            refused.answer(".", "554 5.5.1 no valid recipients").serve()
        }),
        ("transaction::data_gets_554", until("DATA").answer("DATA", "554 no data").serve()),
        ("transaction::end_of_data_gets_452", until(".").reply("452 no end of data").serve()),
        ("content::lf_dot_lf", greets().serve()),
        ("quit::quit_closes", until("QUIT").expect("QUIT").close()),
    ]
}

/// A server that greets.
fn greets() -> Script {
    Script::new().reply("220 mail.example.test ESMTP")
}

/// A server that greets, and serves until a line begins with this; `.` is the end of the letter.
fn until(prefix: &str) -> Script {
    greets().serve_until(prefix)
}

fn byte_by_byte() -> Script {
    let slowly = |script: Script, reply: &str| script.drip(reply, Duration::ZERO);
    let greeted = slowly(Script::new(), "220 mail.example.test\r\n").expect("EHLO");
    let sender = slowly(greeted, "250-mail.example.test\r\n250 SIZE\r\n").expect("MAIL");
    let recipient = slowly(sender, "250 ok\r\n").expect("RCPT");
    let data = slowly(recipient, "250 ok\r\n").expect("DATA");
    slowly(slowly(data, "354 go\r\n").read_until("\r\n.\r\n"), "250 ok\r\n").serve()
}

fn auth_outside_tls_only() -> Script {
    let before = "250-mail.example.test\n250-STARTTLS\n250-SIZE 10\n250-PIPELINING\n250-CHUNKING\n\
                  250 AUTH LOGIN";
    let secured = greets().answer("EHLO", before).answer("STARTTLS", "220 go ahead").tls();
    secured.answer("EHLO", "250 mail.example.test").serve()
}

//! AUTH, and which clients may send.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer_server::{Account, Config, Profile};

use crate::client::{Client, plain_response, secured, start, with};

/// A configuration that allows AUTH without TLS, and does not delay the reply to a wrong password.
fn clear() -> Config {
    let mut config = Config::plain().with_auth_required(true);
    config.limits.failed_login_delay = Duration::ZERO;
    config.allow_auth_without_tls = true;
    config.with_account(Account::new("user", "secret"))
}

fn hello(client: &mut Client) -> String {
    client.says("EHLO client.example", "250")
}

#[test]
fn plain_works_with_and_without_initial_response() {
    let (server, mut client) = with(clear());
    let response = plain_response(server.account().expect("an account"));
    assert!(hello(&mut client).contains("250-AUTH LOGIN PLAIN XOAUTH2"));
    client.says("MAIL FROM:<a@example.com>", "530 5.7.0");
    client.says(&format!("AUTH PLAIN {response}"), "235 2.7.0");
    client.says(&format!("AUTH PLAIN {response}"), "503");
    client.says("MAIL FROM:<a@example.com> AUTH=<>", "250");

    let mut client = Client::connect(&server);
    client.expect("220");
    hello(&mut client);
    assert_eq!(client.says("auth plain", "334"), "334 \r\n");
    client.says(&response, "235");
}

#[test]
fn login_works_with_and_without_initial_response() {
    let (server, mut client) = with(clear());
    hello(&mut client);
    assert_eq!(client.says("AUTH LOGIN", "334"), "334 VXNlcm5hbWU6\r\n");
    assert_eq!(client.says("dXNlcg==", "334"), "334 UGFzc3dvcmQ6\r\n");
    client.says("c2VjcmV0", "235");

    let mut client = Client::connect(&server);
    client.expect("220");
    hello(&mut client);
    client.says("AUTH LOGIN dXNlcg==", "334 UGFzc3dvcmQ6");
    client.says("c2VjcmV0", "235");
}

#[test]
fn wrong_credentials_and_malformed_responses_are_refused() {
    let (_server, mut client) = with(clear());
    client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "503");
    hello(&mut client);
    client.says("AUTH PLAIN AHVzZXIAd3Jvbmc=", "535 5.7.8");
    client.says("AUTH PLAIN =", "501");
    client.says("AUTH PLAIN not/base64!", "501");
    client.says("AUTH PLAIN", "334");
    client.says("*", "501");
    client.says("AUTH LOGIN", "334");
    client.says("dXNlcg==", "334");
    client.says("*", "501");
    client.says("AUTH XOAUTH2 abcd", "501");
    client.says("AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9eA==", "504");
    client.says("AUTH NO-SUCH-THING", "504");
    client.says("MAIL FROM:<a@example.com>", "530");
    client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "235");
}

/// Encodes a message in which `^` is the separator of fields.
fn bearer(message: &str) -> String {
    STANDARD.encode(message.replace('^', "\u{1}"))
}

#[test]
fn a_token_logs_in_by_either_mechanism() {
    let config = clear().with_account(Account::new("user", "secret").with_token("t0ken"));
    let messages = [
        ("OAUTHBEARER", "n,a=user,^host=h^auth=Bearer t0ken^^"),
        ("XOAUTH2", "user=user^auth=Bearer t0ken^^"),
    ];
    for (mechanism, message) in messages {
        let (_server, mut client) = with(config.clone());
        hello(&mut client);
        client.says(&format!("AUTH {mechanism} {}", bearer(message)), "235");
        let (_server, mut client) = with(config.clone());
        hello(&mut client);
        assert_eq!(client.says(&format!("AUTH {mechanism}"), "334"), "334 \r\n");
        client.says(&bearer(message), "235");
    }
}

/// RFC 7628 §3.2.3: the client acknowledges the explanation of the refusal.
#[test]
fn a_wrong_token_is_explained_before_it_is_refused() {
    let config = clear().with_account(Account::new("user", "secret").with_token("t0ken"));
    for (mechanism, message, explanation, acknowledgement) in [
        (
            "OAUTHBEARER",
            "n,a=user,^auth=Bearer wrong^^",
            r#"{"status":"invalid_token","schemes":"bearer","scope":"smtp"}"#,
            "AQ==",
        ),
        (
            "XOAUTH2",
            "user=user^auth=Bearer wrong^^",
            r#"{"status":"401","schemes":"bearer","scope":"smtp"}"#,
            "",
        ),
    ] {
        let (_server, mut client) = with(config.clone());
        hello(&mut client);
        let auth = format!("AUTH {mechanism} {}", bearer(message));
        let challenge = client.says(&auth, "334");
        assert_eq!(challenge, format!("334 {}\r\n", STANDARD.encode(explanation)));
        client.says(acknowledgement, "535 5.7.8");
        client.says(&auth, "334");
        client.says("YQ==", "501");
        client.says(&auth, "334");
        client.says("*", "501");
        client.says("MAIL FROM:<a@example.com>", "530");
    }
}

#[test]
fn scram_challenges_known_and_unknown_users_alike() {
    let profile = Profile::gmail().with_mechanisms(["SCRAM-SHA-256"]);
    let (_server, mut client) = with(clear().with_profile(profile));
    assert!(hello(&mut client).contains("250-AUTH SCRAM-SHA-256\r\n"));
    for user in ["user", "stranger"] {
        let first = STANDARD.encode(format!("n,,n={user},r=nonce"));
        let challenge = client.says(&format!("AUTH SCRAM-SHA-256 {first}"), "334 ");
        let challenge = STANDARD.decode(challenge["334 ".len()..].trim_end()).expect("base64");
        let challenge = String::from_utf8(challenge).expect("text");
        assert!(challenge.starts_with("r=nonce") && challenge.ends_with(",i=4096"), "{challenge}");
        let nonce = challenge.split(',').next().expect("a nonce");
        let proof = STANDARD.encode([1; 32]);
        client.says(&STANDARD.encode(format!("c=biws,{nonce},p={proof}")), "535 5.7.8");
    }
    client.says(&format!("AUTH SCRAM-SHA-256 {}", STANDARD.encode("n=user,r=nonce")), "501");
}

#[test]
fn the_third_failed_login_closes_the_connection() {
    let (server, mut client) = with(clear());
    hello(&mut client);
    client.says("AUTH PLAIN AHVzZXIAd3Jvbmc=", "535");
    // Another mechanism or another EHLO does not reset the count. A cancelled login does not count.
    client.says("AUTH LOGIN", "334");
    client.says("*", "501");
    client.says("AUTH LOGIN dXNlcg==", "334");
    client.says("d3Jvbmc=", "535");
    hello(&mut client);
    client.send("AUTH PLAIN AHVzZXIAd3Jvbmc=\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
    client.expect("535");
    client.expect("421 4.7.0 Too many failed logins");
    assert!(client.is_closed());

    let mut client = Client::connect(&server);
    client.expect("220");
    hello(&mut client);
    client.says("AUTH PLAIN AHVzZXIAd3Jvbmc=", "535");
    client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "235");
}

#[test]
fn a_failed_login_is_delayed_without_blocking_other_sessions() {
    let mut config = clear();
    config.limits.failed_login_delay = Duration::MAX;
    let (server, mut guessing) = with(config);
    hello(&mut guessing);
    guessing.send("AUTH PLAIN AHVzZXIAd3Jvbmc=\r\n");
    let mut client = Client::connect(&server);
    client.expect("220");
    hello(&mut client);
    client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "235");
    drop(server);
    guessing.expect("421 4.3.2");
}

#[test]
fn auth_within_a_transaction_is_refused() {
    let (_server, mut client) = with(clear().with_auth_required(false));
    hello(&mut client);
    client.says("MAIL FROM:<a@example.com>", "250");
    client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "503");
}

#[test]
fn a_mechanism_that_is_not_announced_is_refused() {
    let only_login = Profile::gmail().with_mechanisms(["LOGIN"]);
    let (_server, mut client) = with(clear().with_profile(only_login));
    assert!(hello(&mut client).contains("250-AUTH LOGIN\r\n"));
    client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "504");
}

#[test]
fn auth_and_the_envelope_may_share_a_flight() {
    let (server, mut client) = with(clear());
    hello(&mut client);
    client.send(
        b"AUTH PLAIN AHVzZXIAc2VjcmV0\r\nMAIL FROM:<a@example.com>\r\n\
          RCPT TO:<b@example.com>\r\nDATA\r\n",
    );
    let replies = client.read();
    let codes: Vec<&str> = replies.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["235", "250", "250", "354"]);
    client.send(b".\r\n");
    client.expect("250");
    assert_eq!(server.mails()[0].authenticated_as.as_deref(), Some("user"));
}

#[test]
fn after_helo_the_reply_names_ehlo() {
    for config in [clear(), Config::default()] {
        let (_server, mut client) = with(config);
        client.says("HELO client.example", "250");
        client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "503 Send EHLO first");
    }
    let (_server, mut client) = with(Config::default());
    client.says("HELO client.example", "250");
    client.says("STARTTLS", "503 Send EHLO first");
}

#[test]
fn by_default_tls_is_required_before_auth_and_mail() {
    let server = start(Config::default());
    let mut client = Client::connect(&server);
    client.expect("220");
    let reply = hello(&mut client);
    assert!(reply.contains("STARTTLS") && !reply.contains("AUTH"), "{reply}");
    client.says("MAIL FROM:<a@example.com>", "530 5.7.0");
    client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "538 5.7.11");

    let mut client = secured(&server);
    let reply = hello(&mut client);
    assert!(!reply.contains("STARTTLS") && reply.contains("AUTH LOGIN PLAIN"), "{reply}");
    client.says("STARTTLS", "503");
    client.says("MAIL FROM:<a@example.com>", "530");
    let response = plain_response(server.account().expect("an account"));
    client.says(&format!("AUTH PLAIN {response}"), "235");
    client.says("MAIL FROM:<a@example.com>", "250");
}

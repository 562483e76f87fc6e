//! Servers that require or offer AUTH (RFC 4954).

use mailer::{
    Credentials,
    Kind::{Authentication, Protocol, Refused, Temporary},
    Mechanism, Server, Step,
};
use mailer_backends::Flow;
use mailer_server::{Account, Config, Extension, Fault, Point};

use crate::{
    accepts::without,
    case::{ACCEPTED, Case, Expected, not_sent, rejected},
    many::numbered,
    testbed::{PASSWORD, USER},
};

/// Replies to AUTH, and the expected result.
const REPLIES: &[(&str, &str, Expected)] = &[
    ("refuses_auth", "535 5.7.8 wrong", not_sent(Authentication, Step::Auth)),
    ("wants_another_password", "534 5.7.9 app password", not_sent(Authentication, Step::Auth)),
    (
        "does_not_know_the_mechanism",
        "504 5.5.4 not implemented",
        not_sent(Authentication, Step::Auth),
    ),
    // RFC 4954 §4.7.3: not a wrong password
    ("cannot_check_for_now", "454 4.7.0 later", not_sent(Temporary, Step::Auth)),
];

/// Commands that the client must not send after AUTH has failed.
const NO_MAIL: &[&str] = &["MAIL", "RCPT", "DATA"];
const NO_AUTH: &[&str] = &["AUTH", "MAIL", "RCPT", "DATA"];

pub(crate) fn cases() -> Vec<Case> {
    let refusals = REPLIES.iter().map(|&(name, reply, expected)| {
        Case::new(name)
            .fault(Fault::at(Point::Auth).reply(reply))
            .expects([expected])
            .client_never_sends(NO_MAIL)
    });
    let mechanisms = [
        Case::new("accepts_only_auth_login").server(offers(&["LOGIN"])),
        Case::new("accepts_only_auth_plain").server(offers(&["XOAUTH2", "PLAIN"])),
        Case::new("accepts_no_auth").without_credentials().client_never_sends(&["AUTH"]),
        Case::new("prompts_for_login_in_other_words")
            .logs_in_by(Mechanism::Login)
            // "Your name?"
            .fault(Fault::at(Point::Auth).reply("334 WW91ciBuYW1lPw==")),
    ];
    let each = Mechanism::ALL.iter().copied().map(|mechanism| {
        Case::new(format!("accepts_auth_{}", lower(mechanism))).logs_in_by(mechanism)
    });
    // The server offers a mechanism that it does not know after all (RFC 4954 §4). Any other refusal is
    // final.
    let unknown = |name: &str, mechanism: &'static str| {
        let fault = Fault::at(Point::Auth).when(format!("AUTH {mechanism}"));
        Case::new(name).fault(fault.reply("504 5.5.4 not implemented"))
    };
    let joined = |name: &str| unknown(name, "PLAIN").sends(numbered(3)).joined();
    let others =
        [
            // The client connects again, and waits for the reply to AUTH.
            joined("does_not_know_the_mechanism_of_a_pipelined_auth")
                .flows(&[Flow::Auto, Flow::Pipelined, Flow::Overlapped])
                .expects([ACCEPTED.offered_again(), ACCEPTED, ACCEPTED]),
            joined("does_not_know_the_mechanism_in_lockstep")
                .flows(&[Flow::Lockstep])
                .expects([ACCEPTED; 3]),
            // The content that follows AUTH is never written twice.
            joined("does_not_know_the_mechanism_before_a_content")
                .flows(&[Flow::Chunked])
                .expects([not_sent(Authentication, Step::Auth), ACCEPTED, ACCEPTED]),
            joined("does_not_know_the_mechanism_before_contents")
                .flows(&[Flow::Streamed])
                .expects([not_sent(Authentication, Step::Auth); 3]),
            unknown("offers_plain_but_does_not_know_it", "PLAIN"),
            unknown("offers_oauthbearer_but_does_not_know_it", "OAUTHBEARER").client(with_a_token),
            Case::new("refuses_plain_by_policy")
                .fault(Fault::at(Point::Auth).when("AUTH PLAIN").reply("534 5.7.9 too weak"))
                .client_never_sends(&["AUTH LOGIN"])
                .expects([not_sent(Authentication, Step::Auth)]),
            Case::new("offers_only_mechanisms_for_a_password")
                .server(offers(&["PLAIN", "LOGIN"]))
                .client(with_a_token)
                .client_never_sends(NO_AUTH)
                .expects([not_sent(Authentication, Step::Auth)]),
            Case::new("accepts_a_long_token_after_a_challenge")
                .server(|config| {
                    config.accounts = vec![Account::new(USER, "x").with_token("t".repeat(2000))];
                })
                .client(|server| {
                    server.credentials = Credentials::with_token(USER, "t".repeat(2000)).ok();
                }),
        ];
    let missing = [
        Case::new("does_not_offer_the_mechanism")
            .logs_in_by(Mechanism::Plain)
            .server(offers(&["LOGIN"]))
            .expects([not_sent(Authentication, Step::Auth)])
            .client_never_sends(NO_AUTH),
        Case::new("offers_no_known_mechanism")
            .server(offers(&["XOAUTH2"]))
            .expects([not_sent(Authentication, Step::Auth)])
            .client_never_sends(NO_AUTH),
        Case::new("offers_no_auth")
            .server(without(Extension::Auth))
            .expects([not_sent(Authentication, Step::Auth)])
            .client_never_sends(NO_AUTH),
        Case::new("wants_auth_and_gets_none")
            .client(|server| server.credentials = None)
            .expects([rejected(Refused, Step::Mail)]),
    ];
    let wrong = Mechanism::ALL.iter().copied().map(|mechanism| {
        Case::new(format!("refuses_the_secret_by_{}", lower(mechanism)))
            .client(with_a_wrong_password)
            .logs_in_by(mechanism)
            .expects([not_sent(Authentication, Step::Auth)])
            .client_never_sends(NO_MAIL)
    });
    let breaches = [Case::new("asks_for_more_than_auth_plain_has")
        .logs_in_by(Mechanism::Plain)
        .fault(Fault::at(Point::Auth).reply("334 bW9yZT8="))
        .expects([not_sent(Protocol, Step::Auth)])
        .client_never_sends(NO_MAIL)];
    refusals
        .chain(mechanisms)
        .chain(each)
        .chain(others)
        .chain(missing)
        .chain(wrong)
        .chain(breaches)
        .collect()
}

fn lower(mechanism: Mechanism) -> String {
    mechanism.name().to_lowercase()
}

fn with_a_token(server: &mut Server) {
    server.credentials = Credentials::with_token(USER, PASSWORD).ok();
}

fn offers(mechanisms: &'static [&str]) -> impl Fn(&mut Config) {
    move |config| config.profile = config.profile.clone().with_mechanisms(mechanisms.to_vec())
}

fn with_a_wrong_password(server: &mut Server) {
    server.credentials = Credentials::new(USER, "not-sesame").ok();
}

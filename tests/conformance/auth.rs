//! Servers that require or offer AUTH (RFC 4954).

use mailer::{
    Credentials,
    Kind::{Authentication, Protocol, Refused, Temporary},
    Mechanism, Server, Step,
};
use mailer_server::{Config, Extension, Fault, Point};

use crate::{
    accepts::without,
    case::{Case, Expected, not_sent, rejected},
    testbed::USER,
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
        Case::new("accepts_auth_plain").client(by(Mechanism::Plain)),
        Case::new("accepts_auth_login").client(by(Mechanism::Login)),
        Case::new("accepts_only_auth_login").server(offers(&["LOGIN"])),
        Case::new("accepts_only_auth_plain").server(offers(&["XOAUTH2", "PLAIN"])),
        Case::new("accepts_no_auth").without_credentials().client_never_sends(&["AUTH"]),
        Case::new("prompts_for_login_in_other_words")
            .client(by(Mechanism::Login))
            // "Your name?"
            .fault(Fault::at(Point::Auth).reply("334 WW91ciBuYW1lPw==")),
    ];
    let missing = [
        Case::new("does_not_offer_the_mechanism")
            .server(offers(&["LOGIN"]))
            .client(by(Mechanism::Plain))
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
        Case::new(format!("refuses_the_password_by_{}", mechanism.name().to_lowercase()))
            .client(by(mechanism))
            .client(with_a_wrong_password)
            .expects([not_sent(Authentication, Step::Auth)])
            .client_never_sends(NO_MAIL)
    });
    let breaches = [Case::new("asks_for_more_than_auth_plain_has")
        .client(by(Mechanism::Plain))
        .fault(Fault::at(Point::Auth).reply("334 bW9yZT8="))
        .expects([not_sent(Protocol, Step::Auth)])
        .client_never_sends(NO_MAIL)];
    refusals.chain(mechanisms).chain(missing).chain(wrong).chain(breaches).collect()
}

fn by(mechanism: Mechanism) -> impl Fn(&mut Server) {
    move |server| server.mechanism = Some(mechanism)
}

fn offers(mechanisms: &'static [&str]) -> impl Fn(&mut Config) {
    move |config| config.profile = config.profile.clone().with_mechanisms(mechanisms.to_vec())
}

fn with_a_wrong_password(server: &mut Server) {
    server.credentials = Credentials::new(USER, "not sesame").ok();
}

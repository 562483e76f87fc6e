//! AUTH: refusals of each mechanism, in each flow, and whole exchanges of SCRAM.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Kind, Mechanism, Outcome, Step};
use mailer_protocol::{Flow, Pipelining};

use crate::{
    play::{Play, Result, plain},
    script::Script,
};

const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

/// Refusals of AUTH, 504 excepted, and the kind of their error.
const FINAL: [(&str, Kind); 13] = [
    ("432 4.7.12 a new password is due", Kind::Temporary),
    ("450 4.7.0 later", Kind::Temporary),
    ("454 4.7.0 later", Kind::Temporary),
    ("500 5.5.2 what?", Kind::Authentication),
    ("501 5.5.2 not base64", Kind::Authentication),
    ("502 5.5.1 not implemented", Kind::Authentication),
    ("503 5.5.1 not now", Kind::Authentication),
    ("530 5.7.0 TLS first", Kind::Authentication),
    ("534 5.7.9 too weak", Kind::Authentication),
    ("535 5.7.8 wrong", Kind::Authentication),
    ("538 5.7.11 TLS first", Kind::Authentication),
    ("550 5.7.0 no", Kind::Authentication),
    ("554 5.7.0 no", Kind::Authentication),
];
const UNKNOWN: &str = "504 5.5.4 unknown mechanism";

/// Each mechanism, and the one that follows it if the server offers all.
const NEXT: [(Mechanism, Option<Mechanism>); 5] = [
    (Mechanism::ScramSha256, Some(Mechanism::Plain)),
    (Mechanism::Plain, Some(Mechanism::Login)),
    (Mechanism::Login, None),
    (Mechanism::OAuthBearer, Some(Mechanism::XOAuth2)),
    (Mechanism::XOAuth2, None),
];

/// Returns the first line of AUTH.
fn auth(mechanism: Mechanism) -> String {
    let message = match mechanism {
        Mechanism::ScramSha256 => format!("n,,n=tim,r={NONCE}"),
        Mechanism::Plain => "\0tim\0tanstaaftanstaaf".to_owned(),
        Mechanism::OAuthBearer => "n,a=tim,\u{1}host=mail.example.com\u{1}port=25\u{1}\
                                   auth=Bearer tanstaaftanstaaf\u{1}\u{1}"
            .to_owned(),
        Mechanism::XOAuth2 => "user=tim\u{1}auth=Bearer tanstaaftanstaaf\u{1}\u{1}".to_owned(),
        _ => return format!("AUTH {}", mechanism.name()),
    };
    format!("AUTH {} {}", mechanism.name(), STANDARD.encode(message))
}

/// The options of a client.
#[derive(Clone, Copy, Debug)]
struct Client {
    flow: Flow,
    pipeline_auth: bool,
}

impl Client {
    /// Each flow, and AUTH pipelined or not.
    fn all() -> impl Iterator<Item = Self> {
        let both = |&flow: &Flow| [false, true].map(|pipeline_auth| Self { flow, pipeline_auth });
        Flow::ALL.iter().flat_map(both)
    }

    /// Returns a client that begins with this mechanism, and may go on to those that follow it.
    fn begins_with(self, mechanism: Mechanism) -> Play {
        let Self { flow, pipeline_auth } = self;
        let from = Mechanism::ALL.iter().position(|it| *it == mechanism).unwrap();
        let play = plain(Pipelining { pipeline_auth, ..flow.into() }).nonce(NONCE).mail(&["bob"]);
        let play = match mechanism.takes_token() {
            true => play.token("tim", "tanstaaftanstaaf"),
            false => play.login("tim", "tanstaaftanstaaf"),
        };
        play.mechanisms(&Mechanism::ALL[from..])
    }

    /// Whether AUTH shares its flight with the mail: RFC 4954 §4 allows it for PLAIN only.
    fn shares_flight(self, mechanism: Mechanism) -> bool {
        self.pipeline_auth && mechanism == Mechanism::Plain && self.flow != Flow::Lockstep
    }

    /// Whether the content is written in the same flight as its envelope.
    fn writes_content(self) -> bool {
        matches!(self.flow, Flow::Chunked | Flow::Streamed)
    }
}

fn ehlo() -> Script {
    let offer = "AUTH SCRAM-SHA-256 PLAIN LOGIN OAUTHBEARER XOAUTH2";
    Script::ehlo(&["PIPELINING", "CHUNKING", offer])
}

/// Adds an attempt that ends with this reply, and QUIT if the session sends it.
fn refused(script: Script, client: Client, mechanism: Mechanism, reply: &str) -> Script {
    let script = script.client(&auth(mechanism));
    let quit = |script: Script| script.client("QUIT").server("221 bye");
    // A server that wants AUTH refuses the mail in the same flight.
    let refusals = format!("{reply} | 530 no | 503 no | 503 no");
    match client.shares_flight(mechanism) {
        false => quit(script.server(reply)),
        // The content is written already, so the replies to it are read.
        true if client.writes_content() => quit(script.chunk(&["bob"]).server(&refusals)),
        true => script.group(&["bob"]).server(&refusals),
    }
}

/// Returns kind, step and code of the error that ends the session.
fn failure(result: &Result) -> (Kind, Option<Step>, u16) {
    let failure = result.failure.as_ref().expect("a failure");
    (failure.kind(), failure.step(), failure.reply().expect("a reply").code)
}

/// RFC 4954 §4: the server does not know a mechanism that it offers.
#[test]
fn the_next_mechanism_is_tried_after_504() {
    for (mechanism, next) in NEXT {
        for client in Client::all().filter(|client| !client.shares_flight(mechanism)) {
            let (script, code) = match next {
                // The second refusal is final.
                Some(next) => {
                    let script = ehlo().client(&auth(mechanism)).server(UNKNOWN);
                    (refused(script, client, next, "535 5.7.8 wrong"), 535)
                }
                None => (refused(ehlo(), client, mechanism, UNKNOWN), 504),
            };
            let result = client.begins_with(mechanism).run(script);
            let wanted = (Kind::Authentication, Some(Step::Auth), code);
            assert_eq!(failure(&result), wanted, "{mechanism:?}, {client:?}");
            assert!(!result.mechanism_unknown);
        }
    }
}

/// The mail is offered again on a new connection, unless its content was written: that is never written
/// twice.
#[test]
fn the_next_mechanism_is_tried_after_504_to_a_pipelined_auth() {
    for client in Client::all().filter(|client| client.shares_flight(Mechanism::Plain)) {
        let script = refused(ehlo(), client, Mechanism::Plain, UNKNOWN);
        let result = client.begins_with(Mechanism::Plain).run(script);
        assert_eq!(result.only(), (Outcome::NotSent, !client.writes_content()), "{client:?}");
        assert_eq!(result.error(), (Kind::Authentication, Some(Step::Auth)));
        assert!(result.mechanism_unknown, "{client:?}");
    }
}

/// The server may accept mail from anyone. The user wanted to authenticate, so no content follows.
#[test]
fn no_content_follows_504_to_a_pipelined_auth() {
    let script = ehlo().client(&auth(Mechanism::Plain)).group(&["bob"]);
    let script = script.server(UNKNOWN).server("250 ok | 250 ok | 354 go ahead");
    let client = Client { flow: Flow::Pipelined, pipeline_auth: true };
    let result = client.begins_with(Mechanism::Plain).run(script);
    assert_eq!(result.only(), (Outcome::NotSent, true));
}

#[test]
fn any_other_refusal_is_final() {
    for (mechanism, _) in NEXT {
        for client in Client::all() {
            for (reply, kind) in FINAL {
                let script = refused(ehlo(), client, mechanism, reply);
                let result = client.begins_with(mechanism).run(script);
                let (found, step, _) = failure(&result);
                assert_eq!((found, step), (kind, Some(Step::Auth)), "{client:?}: {reply}");
                let again = result.receipts.iter().any(|(_, again)| *again);
                assert!(!again && !result.mechanism_unknown, "{client:?}: {reply}");
            }
        }
    }
}

#[test]
fn a_504_is_final_if_no_other_mechanism_is_left() {
    for (mechanism, _) in NEXT {
        for client in Client::all() {
            let script = refused(ehlo(), client, mechanism, UNKNOWN);
            let result = client.begins_with(mechanism).mechanisms(&[mechanism]).run(script);
            assert_eq!(failure(&result), (Kind::Authentication, Some(Step::Auth), 504));
            assert!(!result.receipts.iter().any(|(_, again)| *again), "{mechanism:?}, {client:?}");
        }
    }
}

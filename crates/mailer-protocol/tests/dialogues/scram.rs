//! Whole exchanges of SCRAM-SHA-256 with known answers (RFC 5802, RFC 7677).

use mailer::{Error, Kind, Mechanism, Step};
use mailer_protocol::Flow;

use crate::{
    play::{Play, plain},
    script::Script,
};

/// RFC 7677 §3, in base64 (RFC 4954 §4).
const FIRST: &str = "biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=";
const SERVER_FIRST: &str = "334 cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGopaE5sRiRrMCxz\
                            PVcyMlphSjBTTlk3c29Fc1VFamI2Z1E9PSxpPTQwOTY=";
const FINAL: &str = "Yz1iaXdzLHI9ck9wck5HZndFYmVSV2diTkVrcU8laHZZRHBXVWEyUmFUQ0FmdXhGSWxqKWhObEYkazAscD1k\
                     SHpiWmFwV0lrNGpVaE4rVXRlOXl0YWc5empmTUhnc3FtbWl6N0FuZFZRPQ==";
const SERVER_FINAL: &str = "334 dj02cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4vZEI1bkxUSlJzamw5NUc0PQ==";

fn scram(user: &str, password: &str) -> Play {
    let play = plain(Flow::Auto).user(Some(Mechanism::ScramSha256)).login(user, password);
    play.nonce("rOprNGfwEbeRWgbNEkqO")
}

fn ehlo() -> Script {
    Script::ehlo(&["AUTH SCRAM-SHA-256"])
}

/// The exchange up to the client's proof, with the messages of RFC 7677.
fn proof() -> Script {
    let script = ehlo().client(&format!("AUTH SCRAM-SHA-256 {FIRST}"));
    script.server(SERVER_FIRST).client(FINAL)
}

/// Returns the error that ends the session of RFC 7677's client.
fn failure(script: Script) -> Error {
    scram("user", "pencil").run(script).failure.expect("a failure")
}

#[test]
fn the_session_of_rfc_7677_succeeds() {
    let script = proof().server(SERVER_FINAL).client("").server("235 2.7.0 welcome");
    let result = scram("user", "pencil").quit().run(script.client("QUIT").server("221 bye"));
    assert!(result.failure.is_none(), "{:?}", result.failure);
}

/// RFC 4954 §4: a line has at most 512 bytes, so a longer message waits for an empty challenge.
#[test]
fn a_long_first_message_waits_for_an_empty_challenge() {
    let user = "u".repeat(400);
    let first = format!("n,,n={user},r=rOprNGfwEbeRWgbNEkqO");
    let first = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, first);
    let script = ehlo().client("AUTH SCRAM-SHA-256").server("334 ").client(&first);
    let script = script.server("535 5.7.8 no").client("QUIT").server("221 bye");
    let failure = scram(&user, "pencil").run(script).failure.expect("a failure");
    assert_eq!(failure.kind(), Kind::Authentication);
}

/// SASLprep maps the user `a,b=cª` to `a,b=ca`, and removes the soft hyphen of the password (RFC 4013 §3).
/// The name is escaped (RFC 5802 §5.1). Python's `hashlib` and `hmac` computed the proofs.
#[test]
fn user_and_password_are_prepared_and_escaped() {
    let script = ehlo()
        .client("AUTH SCRAM-SHA-256 biwsbj1hPTJDYj0zRGNhLHI9ck9wck5HZndFYmVSV2diTkVrcU8=")
        .server(SERVER_FIRST)
        .client(
            "Yz1iaXdzLHI9ck9wck5HZndFYmVSV2diTkVrcU8laHZZRHBXVWEyUmFUQ0FmdXhGSWxqKWhObEYkazAscD1rK1U4Njh0\
             UkNuUjB4ZllJd1YrNGZ4YVZWK3I5VUhlcXFIVStjWE92THZNPQ==",
        )
        .server("334 dj1IUkpQNnk2MUZOZEpzS3BqSldwT2F2T1Bqbm4rMTJTUXM1OVhKRHZmdkhzPQ==")
        .client("")
        .server("235 2.7.0 welcome");
    let result = scram("a,b=c\u{aa}", "I\u{ad}X").quit();
    let result = result.run(script.client("QUIT").server("221 bye"));
    assert!(result.failure.is_none(), "{:?}", result.failure);
}

/// The server did not prove that it knows the password, so it may be an impostor.
#[test]
fn success_without_the_servers_signature_is_an_error() {
    let first = ehlo().client(&format!("AUTH SCRAM-SHA-256 {FIRST}"));
    for script in [first, proof()] {
        let failure = failure(script.server("235 2.7.0 welcome"));
        assert_eq!((failure.kind(), failure.step()), (Kind::Protocol, Some(Step::Auth)));
    }
}

#[test]
fn a_challenge_after_the_end_is_an_error() {
    let script = proof().server(SERVER_FINAL).client("").server("334 ");
    assert_eq!(failure(script).kind(), Kind::Protocol);
}

#[test]
fn a_refusal_is_reported_at_each_step() {
    let first = ehlo().client(&format!("AUTH SCRAM-SHA-256 {FIRST}"));
    let signed = proof().server(SERVER_FINAL).client("");
    for script in [first, proof(), signed] {
        let script = script.server("535 5.7.8 no").client("QUIT").server("221 bye");
        let failure = failure(script);
        assert_eq!((failure.kind(), failure.step()), (Kind::Authentication, Some(Step::Auth)));
    }
}

#[test]
fn a_connection_that_is_cut_is_reported_at_each_step() {
    let first = ehlo().client(&format!("AUTH SCRAM-SHA-256 {FIRST}"));
    let signed = proof().server(SERVER_FINAL).client("");
    for script in [first, proof(), signed] {
        let failure = failure(script);
        assert_eq!((failure.kind(), failure.step()), (Kind::Lost, Some(Step::Auth)));
    }
}

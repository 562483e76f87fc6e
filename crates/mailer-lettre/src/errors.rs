//! What lettre's errors mean: the one place where they become [`Error`]s.
//!
//! lettre's error has predicates for some of its kinds and words for the rest; the reply it keeps
//! has lost its lines. So what was [`Heard`] says where it happened and what the server said, and
//! the error says how it ended.

use std::{any::Any, error::Error as StdError, io, net::TcpStream};

use lettre::transport::smtp;
use mailer::{Error, Kind, Reply, Server, Step};
use native_tls::HandshakeError;

use crate::{
    guard::GivenUp,
    observe::{Heard, begun_reply},
    settings::Settings,
};

/// Characters of a reply that is none, at most, in an error.
const SHOWN: usize = 200;

/// What an error of lettre means.
pub(crate) fn explain(error: &smtp::Error, heard: &Heard, settings: &Settings) -> Error {
    let words = || settings.mask.apply(in_words(error));
    if let Some(status) = error.status() {
        return refused(u16::from(status), heard, words);
    }
    if error.is_client() {
        return of_lettre(&words(), heard, settings);
    }
    if error.is_response() {
        return of_reply(&words(), heard);
    }
    of_network(error, heard, settings).unwrap_or_else(|| {
        Error::new(Kind::Internal, "lettre gave up for no reason that is known here")
            .at(heard.step)
            .because(words())
    })
}

/// lettre panicked.
pub(crate) fn panicked(payload: &(dyn Any + Send), settings: &Settings) -> Error {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let what = match payload.is::<GivenUp>() {
        true => "lettre was stopped".to_owned(),
        false => format!("lettre panicked: {}", settings.mask.apply(text.to_owned())),
    };
    Error::new(Kind::Internal, what).hint("report it; the next mail gets a new connection")
}

/// lettre takes an answer to QUIT or NOOP for what it is and says nothing about it.
pub(crate) fn unanswered(step: Step, heard: &Heard, settings: &Settings) -> Error {
    if heard.written_at.elapsed() >= settings.timeout {
        Error::timed_out(step, settings.timeout)
    } else {
        Error::lost(step)
    }
}

/// The server said 4yz or 5yz.
fn refused(status: u16, heard: &Heard, words: impl Fn() -> String) -> Error {
    let whole = heard.reply.clone().filter(|reply| reply.code == status);
    Error::refused(heard.step, whole.unwrap_or_else(|| Reply::new(status, words())))
}

/// lettre itself would not go on. Its words are all that tells why.
fn of_lettre(words: &str, heard: &Heard, settings: &Settings) -> Error {
    let says = |part: &str| words.contains(part);
    if says("SMTPUTF8") {
        Error::not_offered("SMTPUTF8")
    } else if says("8BITMIME") {
        Error::not_offered("8BITMIME")
    } else if says("STARTTLS") {
        Error::starttls_not_offered(&settings.server)
    } else if says("authentication mechanism") {
        Error::no_mechanism(&offered_mechanisms(heard))
    } else {
        // A challenge that the mechanism does not have, or one that is neither user nor password.
        Error::not_smtp(heard.step, "the server asked something that has no answer")
            .because(words.to_owned())
    }
}

/// What stands behind AUTH in the answer to EHLO (RFC 4954 §3).
fn offered_mechanisms(heard: &Heard) -> String {
    let Some(reply) = &heard.reply else { return String::new() };
    let offer = reply.lines().find_map(|line| line.strip_prefix("AUTH "));
    offer.unwrap_or_default().to_owned()
}

/// What came is no reply, or came only in part.
fn of_reply(words: &str, heard: &Heard) -> Error {
    let step = reading_step(heard);
    // What the server said before it went away, or broke the grammar, may be why.
    let begun = heard.garbled.as_deref().and_then(begun_reply);
    let with_begun = |error: Error| match begun.clone() {
        Some(begun) => error.reply(begun),
        None => error,
    };
    if words.contains("incomplete response") {
        return with_begun(Error::lost(step));
    }
    if let (true, Some(reply)) = (heard.answered, &heard.reply) {
        return Error::not_smtp(step, "the server's reply has no meaning here")
            .reply(reply.clone());
    }
    let garbled = heard.garbled.as_deref().unwrap_or(words);
    let shown: String = garbled.chars().take(SHOWN).collect();
    with_begun(Error::not_smtp(step, format!("the reply \"{shown}\" is not SMTP")))
}

/// The network, or TLS.
fn of_network(error: &smtp::Error, heard: &Heard, settings: &Settings) -> Option<Error> {
    let words = settings.mask.apply(in_words(error));
    if let Some(handshake) = find::<HandshakeError<TcpStream>>(error) {
        return Some(of_handshake(handshake, words, settings));
    }
    let cause = find::<io::Error>(error)?;
    // lettre's words are all that tells connecting from the first read.
    let connecting = heard.step == Step::Connect && words.starts_with("Connection error");
    let step = if connecting { Step::Connect } else { failed_step(heard, settings) };
    Some(match cause.kind() {
        _ if connecting => unreachable(cause, &settings.server).because(words),
        _ if is_timeout(cause) => Error::timed_out(step, settings.timeout).because(words),
        io::ErrorKind::InvalidData => {
            Error::not_smtp(step, "the reply is not UTF-8, and lettre reads nothing else")
        }
        _ => Error::broken(step, words),
    })
}

fn of_handshake(error: &HandshakeError<TcpStream>, words: String, settings: &Settings) -> Error {
    let cause = find::<io::Error>(error);
    if matches!(error, HandshakeError::WouldBlock(_)) || cause.is_some_and(is_timeout) {
        Error::timed_out(Step::Tls, settings.timeout)
    } else if cause.is_some() || is_eof(&words) {
        Error::lost(Step::Tls).because(words)
    } else {
        Error::tls_failed(&settings.server, words)
    }
}

/// OpenSSL's words for a connection that ended without its farewell.
fn is_eof(words: &str) -> bool {
    words.contains("unexpected EOF") || words.contains("unexpected eof")
}

/// A read time-out is `WouldBlock` on some systems and `TimedOut` on others.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// The resolver's errors come from no system call; nor does the end of std's own time-out.
fn unreachable(cause: &io::Error, server: &Server) -> Error {
    if cause.raw_os_error().is_none() && !is_timeout(cause) {
        Error::not_resolved(server)
    } else {
        Error::not_connected(server, cause)
    }
}

/// Whose reply was read.
fn reading_step(heard: &Heard) -> Step {
    match heard.step {
        Step::Connect => Step::Greeting,
        step => step,
    }
}

/// What was going on: the step that waits for its reply, or the one that could not be written.
pub(crate) fn failed_step(heard: &Heard, settings: &Settings) -> Step {
    let after_ehlo = if settings.credentials.is_some() { Step::Auth } else { Step::Mail };
    match heard.step {
        _ if !heard.answered => reading_step(heard),
        Step::Greeting => Step::Ehlo,
        Step::Ehlo if settings.may_starttls() => Step::StartTls,
        Step::StartTls => Step::Tls,
        Step::Tls => Step::EhloAgain,
        Step::Ehlo | Step::EhloAgain => after_ehlo,
        Step::Auth | Step::Noop => Step::Mail,
        Step::Mail => Step::Recipient,
        Step::Data => Step::Content,
        // Before that, the next piece could not be written.
        Step::Content if heard.content_sent => Step::EndOfData,
        step => step,
    }
}

/// The first error of this type in the chain.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The error and its causes, as text: lettre's may repeat what the server repeated of a secret, so
/// no cause is handed on that has not been masked.
fn in_words(error: &smtp::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        next = cause.source();
    }
    words
}
